import SwitchCore
import TandemTesting
import Testing

/// Calls through a whole switch on a simulated network and clock.
struct SimulatedCallTests {
    @Test func registersWithDigestAndForgets() throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 1)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 200"])
        #expect(exchange.gauge("registrations") == 1)
        // A minute, and the minute's grace for a late refresh.
        exchange.loop.advance(by: .seconds(121))
        #expect(exchange.gauge("registrations") == 0)
    }

    @Test func tellsOfRegistrations() throws {
        let exchange = try SimulatedSwitch(seed: 3)
        exchange.start()
        #expect(exchange.command("show registrations count") == "\n0 total.\n")
        let phone = SimulatedPhone(exchange, seed: 3)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        for (line, answer) in [
            ("sofia_count_reg internal/1000@10.0.0.1", "1"), ("sofia_count_reg internal/1001@10.0.0.1", "0"),
            ("sofia_count_reg internal/1000", "1"), ("sofia_count_reg 1000@nowhere", "-1"), ("sofia_count_reg", ""),
            ("sofia_username_of internal/1000@10.0.0.1", "1000"), ("sofia_username_of internal/1001", ""),
            ("sofia_username_of 1000@nowhere", ""),
        ] {
            #expect(exchange.command(line) == answer, "\(line)")
        }
        let rows = exchange.command("show registrations as delim |").split(separator: "\n")
        #expect(
            rows[0] == "reg_user|realm|token|url|expires|network_ip|network_port|network_proto|hostname|metadata"
        )
        let columns = rows[1].split(separator: "|", omittingEmptySubsequences: false)
        #expect(columns[0] == "1000")
        #expect(columns[1] == "10.0.0.1")
        #expect(columns[3] == "sofia/internal/sip:1000@\(phone.address)")
        // Two seconds have gone by when a registration of a minute is there.
        #expect(Int(columns[4]).map { (58...62).contains($0) } == true)
        #expect(columns[5] == "\(phone.address)")
        #expect(columns[7] == "udp")
        #expect(exchange.command("reload mod_sofia").hasSuffix("+OK module unloaded\n+OK module loaded\n"))
        #expect(exchange.command("show registrations count") == "\n0 total.\n")
    }

    /// What lists of registrations say, as text and as XML.
    @Test(arguments: [
        ("reg", 1), ("reg sip:1000@", 1), ("reg nobody", 0), ("user 1000@10.0.0.1", 1), ("user 10.0.0.1", 1),
        ("user 1000@", 1), ("user 1001@10.0.0.1", 0),
    ])
    func listsRegistrations(choice: String, count: Int) throws {
        let exchange = try SimulatedSwitch(seed: 3)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 3)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        let text = exchange.command("sofia status profile internal \(choice)")
        #expect(text.contains("Total items returned: \(count)\n"))
        let xml = exchange.command("sofia xmlstatus profile internal \(choice)")
        let tags = xml.split(separator: "\n").filter { $0.hasPrefix("        <") }
            .compactMap { $0.split(separator: "<").dropFirst().first?.prefix { $0 != ">" } }.joined(separator: " ")
        let all = """
            call-id user contact agent status ping-status ping-time host network-ip network-port sip-auth-user \
            sip-auth-realm mwi-account
            """
        #expect(tags == (count == 1 ? all : ""))
        guard count == 1 else { return }
        #expect(text.contains("User:       \t1000@10.0.0.1\n") && text.contains("(unknown) EXP("))
        #expect(xml.contains("<contact>\"\" &lt;sip:1000@"))
    }

    @Test func tellsOfAProfileInXML() throws {
        let exchange = try SimulatedSwitch(seed: 3)
        exchange.start()
        let xml = exchange.command("sofia xmlstatus profile internal")
        #expect(xml.contains("  <profile-info>\n    <name>internal</name>\n") && xml.hasSuffix("</profile>\n"))
        #expect(exchange.command("sofia xmlstatus profile nobody") == "Invalid Profile!\n")
    }

    /// The headers that programs know of each event about a registration, and what they say.
    @Test func tellsWhatBecomesOfRegistrations() throws {
        let exchange = try SimulatedSwitch(seed: 4)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 4)
        let subscription = exchange.softswitch.events.subscribe(to: [.custom, .presenceIn]) {}
        var told: [String] = []
        func tell(after seconds: Int, _ register: () -> Void) {
            register()
            exchange.loop.advance(by: .seconds(seconds))
            for event in subscription.takeAll() {
                let own = event.headers.map(\.name).drop { $0 != "Event-Subclass" && $0 != "proto" }
                    .filter { !$0.hasPrefix("Event-") }
                told.append("\(event.subclass ?? "PRESENCE_IN") \(own.joined(separator: " "))")
            }
        }
        tell(after: 1) { phone.register(expires: 60) }
        tell(after: 1) { phone.register(expires: 60) }
        tell(after: 1) { phone.register(expires: 0) }
        let request =
            "profile-name from-user from-host contact call-id rpid status expires to-user to-host network-ip "
            + "network-port"
        let attempt = "sofia::register_attempt \(request) username realm user-agent auth-result"
        let arrival =
            "sofia::register profile-name from-user from-host presence-hosts contact call-id rpid status expires to-user "
            + "to-host network-ip network-port username realm user-agent"
        let absence = "PRESENCE_IN proto rpid login user-agent from status event_type"
        let challenge = "sofia::pre_register \(request) user-agent"
        #expect(
            told == [
                challenge, attempt, arrival, challenge, attempt, arrival + " update-reg", challenge, attempt,
                "sofia::unregister profile-name username from-user from-host contact call-id rpid realm network-ip "
                    + "network-port user-agent expires", absence,
            ]
        )
        told = []
        tell(after: 125) { phone.register(expires: 60) }
        #expect(
            told == [
                challenge, attempt, arrival,
                "sofia::expire profile-name call-id user username host contact expires user-agent realm network-ip "
                    + "network-port",
                absence,
            ]
        )
        #expect(phone.heard.allSatisfy { $0 == "REGISTER 200" })
    }

    /// Whoever keeps a copy of the registrations hears whose have changed, and what they are then.
    @Test func namesChangedRegistrations() throws {
        let exchange = try SimulatedSwitch(seed: 4)
        exchange.start()
        let changes = exchange.softswitch.changes
        changes.watch {}
        _ = changes.takeAll()
        let phone = SimulatedPhone(exchange, seed: 4)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        let registrant = TableChanges.Registrant(dialPrefix: "sofia/internal/", user: "1000", realm: "10.0.0.1")
        let added = changes.takeAll().registrants
        #expect(Array(added.keys) == [registrant])
        #expect(added[registrant]?.map(\.user) == ["1000"])
        #expect(added[registrant]?.first?.url.hasPrefix(registrant.dialPrefix) == true)
        exchange.loop.advance(by: .seconds(121))
        #expect(changes.takeAll().registrants[registrant]?.isEmpty == true)
    }

    @Test func refusesAWrongPassword() throws {
        let exchange = try SimulatedSwitch(seed: 2)
        exchange.start()
        let phone = SimulatedPhone(exchange, password: "wrong", seed: 2)
        let subscription = exchange.softswitch.events.subscribe(to: [.custom]) {}
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 403"])
        // Who watches for guessed passwords hears whose it is and where it was tried.
        let events = subscription.takeAll()
        #expect(
            events.map(\.subclass) == [
                "sofia::pre_register", "sofia::register_attempt", "sofia::register_failure",
            ]
        )
        #expect(events.dropFirst().map { $0["auth-result"] } == ["FORBIDDEN", "FORBIDDEN"])
        for name in ["profile-name", "to-user", "to-host", "network-ip", "network-port", "registration-type"] {
            #expect(events.last?[name]?.isEmpty == false, "\(name)")
        }
        #expect(exchange.gauge("registrations") == 0)
    }

    @Test func passesTheDialplansStatusOn() throws {
        let exchange = try SimulatedSwitch(seed: 3)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 3)
        _ = phone.call("5001")
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["rejected 486"])
        _ = phone.call("5999")
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["rejected 486", "rejected 404"])
    }

    /// With a fifth of all datagrams lost, doubled and reordered ones among the rest, a call is still set up and ended,
    /// and nothing of it is left.
    @Test(arguments: UInt64(1)...40)
    func survivesLoss(seed: UInt64) throws {
        var conditions = NetworkConditions()
        conditions.loss = 0.2
        conditions.duplication = 0.05
        conditions.jitter = .milliseconds(50)
        let exchange = try SimulatedSwitch(seed: seed, conditions: conditions)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: UInt8(seed))
        let call = phone.call("5000")
        exchange.loop.advance(by: .seconds(33))
        #expect(phone.heard.first == "answered")
        #expect(exchange.softswitch.sessions.count == 1)
        phone.hangUp(call)
        exchange.loop.advance(by: .seconds(120))
        #expect(phone.heard == ["answered", "ended"])
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.gauge("transactions") == 0)
        #expect(exchange.gauge("dialogs") == 0)
        #expect(exchange.gauge("timers") == 0)
        #expect(phone.leftovers == 0)
    }
}
