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

    @Test func refusesAWrongPassword() throws {
        let exchange = try SimulatedSwitch(seed: 2)
        exchange.start()
        let phone = SimulatedPhone(exchange, password: "wrong", seed: 2)
        let subscription = exchange.softswitch.events.subscribe(to: [.custom]) {}
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 403"])
        // Who watches for guessed passwords hears whose it is and where it was tried.
        let failures = subscription.takeAll()
        #expect(failures.map(\.subclass) == ["sofia::register_failure"])
        for name in ["profile-name", "to-user", "to-host", "network-ip", "network-port"] {
            #expect(failures.first?[name]?.isEmpty == false, "\(name)")
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
