import Base
import SwitchCore
import TandemTesting
import Testing

@testable import Sofia

/// Phones that are registered with one node are called from another.
struct SharedRegistrationTests {
    @Test func callsAPhoneOfAnotherNode() throws {
        let cluster = try SimulatedCluster(seed: 1)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        let call = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard == ["REGISTER 200", "called"])
        // Both see the whole call: the caller's node the caller, the phone's node the phone.
        for node in [cluster.first, cluster.second] {
            #expect(node.softswitch.sessions.count == 2)
            #expect(node.command("show calls count") == "\n1 total.\n")
        }
        let rows = cluster.first.command("show channels as delim |").split(separator: "\n")
        // The one that came from the other node, and the one to the phone.
        #expect(rows.count { $0.contains("|1002|") && $0.contains("|1001|") } == 2)
        let delivered = try #require(rows.first { $0.contains("|inbound|") }?.split(separator: "|").first)
        #expect(cluster.first.command("uuid_getvar \(delivered) domain_name") == "10.0.0.1")
        caller.hangUp(call)
        #expect(cluster.comesTrue { phone.heard.last == "ended" })
        #expect(cluster.comesTrue { cluster.first.softswitch.sessions.count == 0 })
        #expect(cluster.second.softswitch.sessions.count == 0)
    }

    /// What the phone says is what the caller hears.
    @Test(arguments: [486, 603, 480])
    func passesTheRefusalOn(status: Int) throws {
        let cluster = try SimulatedCluster(seed: 2)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        phone.manner = .refuses(status)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last?.hasPrefix("rejected") == true })
        #expect(caller.heard.last == "rejected \(status)")
    }

    @Test func cancelsAtTheOtherNode() throws {
        let cluster = try SimulatedCluster(seed: 3)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        phone.manner = .rings
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        let call = caller.call("1001")
        #expect(cluster.comesTrue { phone.heard.last == "called" })
        caller.hangUp(call)
        #expect(cluster.comesTrue { phone.heard.last == "cancelled" })
        #expect(cluster.comesTrue { cluster.first.softswitch.sessions.count == 0 })
    }

    /// The node that the phone has left does not call it from memory, nor twice.
    @Test(arguments: ["contact", "call-id", "false"])
    func followsAPhoneThatMoves(policy: String) throws {
        let cluster = try SimulatedCluster(seed: 4, settings: ["multiple-registrations": policy])
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.first, seed: 2)
        try cluster.register(phone, at: cluster.second, heard: 2)
        #expect(
            try cluster.rows("SELECT hostname FROM sip_registrations WHERE sip_user = '1001'") == [["node2"]]
        )
        let call = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard.count { $0 == "called" } == 1)
        #expect(cluster.second.softswitch.sessions.count == 2)
        caller.hangUp(call)
        #expect(cluster.comesTrue { cluster.second.softswitch.sessions.count == 0 })
    }

    /// Phones of one user at both nodes ring together.
    @Test func ringsPhonesOfBothNodes() throws {
        let cluster = try SimulatedCluster(seed: 5)
        let first = try cluster.phone("1001", at: cluster.first, seed: 1)
        try cluster.change(
            """
            INSERT INTO sip_registrations SELECT 'other', sip_user, sip_host, presence_hosts, \
            replace(contact, '.17', '.99'), status, ping_status, ping_count, ping_time, force_ping, rpid, expires, \
            ping_expires, user_agent, server_user, server_host, profile_name, 'node2', network_ip, network_port, \
            sip_username, sip_realm, mwi_user, mwi_host, orig_server_host, orig_hostname, sub_host, registered_ms \
            FROM sip_registrations WHERE sip_user = '1001'
            """
        )
        let strings = try contacts(of: "1001", at: cluster.first, in: cluster)
        #expect(strings.count == 2)
        #expect(strings.first == "sofia/internal/sip:1001@\(first.address)")
        #expect(strings.last?.contains("fs_node=node2") == true)
        // The secret that opens the other node's door is not in what people see.
        let secret = try cluster.rows("SELECT secret FROM sip_nodes WHERE hostname = 'node2'")
        #expect(secret.first?.first?.count == 64)
        #expect(!strings.joined().contains(try #require(secret.first?.first)))
    }

    /// A node that is gone leaves nobody to be called there.
    @Test func forgetsADeadNode() throws {
        let cluster = try SimulatedCluster(seed: 6)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        #expect(try contacts(of: "1001", at: cluster.second, in: cluster).count == 1)
        // It says no more that it is alive.
        try cluster.change("CREATE TRIGGER dead BEFORE UPDATE ON sip_nodes BEGIN SELECT RAISE(IGNORE); END")
        try cluster.change("DELETE FROM sip_nodes WHERE hostname = 'node1'")
        try cluster.change("INSERT INTO sip_nodes VALUES ('node1', 'internal', 'sip:10.0.0.1', 'x', 1)")
        #expect(try contacts(of: "1001", at: cluster.second, in: cluster).isEmpty)
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "rejected 480" })
        #expect(!phone.heard.contains("called"))
    }

    /// A node that has just died, whose lease is not over, costs the caller seconds, and not half a minute.
    @Test func givesUpANodeThatSaysNothing() throws {
        let cluster = try SimulatedCluster(seed: 17)
        _ = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        // Nobody is there.
        try cluster.change("UPDATE sip_nodes SET uri = 'sip:10.0.0.77:5060' WHERE hostname = 'node1'")
        let begin = cluster.loop.now
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last?.hasPrefix("rejected") == true })
        #expect((.seconds(2) ... .seconds(4)).contains(cluster.loop.now - begin))
        #expect(cluster.second.softswitch.sessions.count == 0)
    }

    /// Only the first caller waits for a node that says nothing; when it says that it is alive, its phones are called.
    @Test func remembersANodeThatSaysNothing() throws {
        let cluster = try SimulatedCluster(seed: 18)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        // It renews nothing, and nobody is there.
        let frozen = """
            CREATE TRIGGER frozen BEFORE UPDATE ON sip_nodes WHEN NEW.hostname = 'node1' BEGIN SELECT RAISE(IGNORE); END
            """
        try cluster.change("UPDATE sip_nodes SET uri = 'sip:10.0.0.77:5060' WHERE hostname = 'node1'")
        try cluster.change(frozen)
        func timeOfACall(_ count: Int) -> Duration? {
            let begin = cluster.loop.now
            _ = caller.call("1001")
            let isOver = cluster.comesTrue { caller.heard.count { $0.hasPrefix("rejected") } == count }
            return isOver ? cluster.loop.now - begin : nil
        }
        #expect((.seconds(2) ... .seconds(4)).contains(try #require(timeOfACall(1))))
        #expect(try #require(timeOfACall(2)) < .seconds(1))
        #expect(caller.heard.last == "rejected 480")
        #expect(try contacts(of: "1001", at: cluster.second, in: cluster).isEmpty)
        // One more word of it is enough.
        try cluster.change("DROP TRIGGER frozen")
        try cluster.change("UPDATE sip_nodes SET uri = 'sip:10.0.0.1:5060', lease = lease + 5 WHERE hostname = 'node1'")
        try cluster.change(frozen)
        #expect(!phone.heard.contains("called"))
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard.contains("called"))
    }

    @Test func saysThatItIsAliveAndThatItEnds() throws {
        let cluster = try SimulatedCluster(seed: 7)
        let alive = "SELECT count(*) FROM sip_nodes WHERE lease > strftime('%s', 'now') + 0"
        #expect(try cluster.rows(alive) == [["2"]])
        let softswitch = cluster.first.softswitch
        Task.immediate(executorPreference: cluster.loop) {
            _ = await softswitch.modules.unload("mod_sofia", from: softswitch)
        }
        #expect(cluster.comesTrue { (try? cluster.rows(alive)) == [["1"]] })
    }

    /// A contact that the database has, but not the node that it names.
    @Test func refusesAContactThatIsGone() throws {
        let cluster = try SimulatedCluster(seed: 8)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        try cluster.change("UPDATE sip_registrations SET contact = replace(contact, '.17', '.99')")
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "rejected 480" })
        #expect(!phone.heard.contains("called"))
        // It was the node that said so.
        #expect(cluster.first.gauge("sip_calls_failed") == 1)
        #expect(cluster.first.softswitch.sessions.count == 0)
    }

    /// Who does not know the node's secret does not get into its dialplan either.
    @Test func refusesWhoDoesNotKnowTheSecret() throws {
        let cluster = try SimulatedCluster(seed: 12)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        try cluster.change("UPDATE sip_nodes SET secret = '00' WHERE hostname = 'node1'")
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last?.hasPrefix("rejected") == true })
        #expect(!phone.heard.contains("called"))
        #expect(cluster.first.gauge("sip_calls_failed") == 1)
        #expect(cluster.first.softswitch.sessions.count == 0)
    }

    /// What a phone writes into its contact for switches means nothing.
    @Test func takesNoOrdersFromContacts() throws {
        let cluster = try SimulatedCluster(seed: 13)
        let phone = SimulatedPhone(cluster.first, user: "1001", seed: 1)
        phone.register(
            expires: 600,
            parameters: ["fs_path": "sip:10.0.0.99", "fs_node": "node2", "fs_aor": "1005%4010.0.0.1", "line": "7"]
        )
        #expect(
            cluster.comesTrue {
                (try? cluster.rows("SELECT contact FROM sip_registrations"))
                    == [["\"\" <sip:1001@\(phone.address);line=7>"]]
            }
        )
        // A node that has no row any more is none of ours: the phone is called directly, and nobody else.
        try cluster.change("DELETE FROM sip_nodes WHERE hostname = 'node1'")
        #expect(
            try contacts(of: "1001", at: cluster.second, in: cluster)
                == ["sofia/internal/sip:1001@\(phone.address);line=7"]
        )
    }

    /// What could not be written is written when it can be.
    @Test func writesWhenTheDatabaseIsBack() throws {
        let cluster = try SimulatedCluster(seed: 14)
        try cluster.change("ALTER TABLE sip_registrations RENAME TO away")
        let phone = SimulatedPhone(cluster.first, user: "1001", seed: 1)
        phone.register(expires: 600)
        #expect(cluster.comesTrue { cluster.first.profile?.store?.isKept == false })
        #expect(phone.heard == ["REGISTER 200"])
        try cluster.change("ALTER TABLE away RENAME TO sip_registrations")
        #expect(cluster.comesTrue { (try? cluster.rows("SELECT * FROM sip_registrations").count) == 1 })
        #expect(cluster.comesTrue { cluster.first.profile?.store?.isKept == true })
    }

    /// One that the database does not take does not hold up the others.
    @Test func leavesOutWhatTheDatabaseRefuses() throws {
        let cluster = try SimulatedCluster(seed: 15)
        try cluster.change(
            """
            CREATE TRIGGER picky BEFORE INSERT ON sip_registrations WHEN new.sip_user = '1003' \
            BEGIN SELECT RAISE(ABORT, 'not this one'); END
            """
        )
        let phones = ["1003", "1001"].map { SimulatedPhone(cluster.first, user: $0, seed: 1) }
        for phone in phones { phone.register(expires: 600) }
        #expect(cluster.comesTrue { (try? cluster.rows("SELECT sip_user FROM sip_registrations")) == [["1001"]] })
        #expect(phones.allSatisfy { $0.heard == ["REGISTER 200"] })
    }

    /// What was heard last is in the database before the profile has ended.
    @Test func writesTheLatestBeforeItEnds() throws {
        let cluster = try SimulatedCluster(seed: 16)
        let phone = SimulatedPhone(cluster.first, user: "1001", seed: 1)
        phone.register(expires: 600)
        let softswitch = cluster.first.softswitch
        // The challenge and the answer to it, and not a tenth of a second more.
        cluster.loop.advance(by: .milliseconds(50))
        #expect(phone.heard == ["REGISTER 200"])
        Task.immediate(executorPreference: cluster.loop) {
            _ = await softswitch.modules.unload("mod_sofia", from: softswitch)
        }
        #expect(cluster.loop.runUntil { cluster.first.profile == nil })
        #expect(cluster.comesTrue { (try? cluster.rows("SELECT sip_user FROM sip_registrations")) == [["1001"]] })
    }

    /// Without the database, a node has its own phones still.
    @Test func callsItsOwnPhonesWithoutTheDatabase() throws {
        let cluster = try SimulatedCluster(seed: 9)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.first, seed: 2)
        try cluster.change("DROP TABLE sip_nodes")
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard.last == "called")
    }

    /// What was registered before a restart is registered after it.
    @Test func remembersAfterARestart() throws {
        let cluster = try SimulatedCluster(seed: 10)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let before = try cluster.rows("SELECT * FROM sip_registrations")
        cluster.loop.advance(by: .seconds(300))
        let softswitch = cluster.first.softswitch
        Task.immediate(executorPreference: cluster.loop) { _ = await softswitch.execute(command: "reload mod_sofia") }
        #expect(cluster.loop.runUntil { cluster.first.profile == nil })
        #expect(cluster.loop.runUntil { cluster.first.profile?.store != nil })
        #expect(cluster.first.gauge("registrations") == 1)
        #expect(try cluster.rows("SELECT * FROM sip_registrations") == before)
        let caller = try cluster.phone("1002", at: cluster.second, seed: 2)
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard.last == "called")
        // It ends when it would have ended: after ten minutes, and the minute's grace for a late refresh.
        cluster.loop.advance(by: .seconds(330))
        #expect(cluster.first.gauge("registrations") == 1)
        cluster.loop.advance(by: .seconds(40))
        #expect(cluster.first.gauge("registrations") == 0)
    }

    /// Whoever keeps a copy, as the core database does, has no rows of a profile that has ended, and has them again when it is
    /// back, before any phone says more.
    @Test(
        arguments: [
            ("sofia profile internal stop wait", "sofia profile internal start"),
            ("unload mod_sofia", "load mod_sofia"),
        ]
    ) func copiesGoAndComeWithTheProfile(end: String, begin: String) throws {
        let cluster = try SimulatedCluster(seed: 19)
        _ = try cluster.phone("1001", at: cluster.first, seed: 1)
        let softswitch = cluster.first.softswitch
        softswitch.changes.watch {}
        /// The users of a copy that is made anew; `nil` where nothing says that it has to be.
        func copied() -> [String]? {
            guard softswitch.changes.takeAll().isEverything else { return nil }
            return cluster.finish { await softswitch.registrationTable().rows.compactMap(\.first) }
        }
        #expect(copied() == ["1001"])
        // Profiles take no orders in their first seconds.
        cluster.loop.advance(by: .seconds(20))
        _ = cluster.finish { await softswitch.execute(command: end) }
        #expect(cluster.loop.runUntil { cluster.first.profile == nil })
        #expect(copied() == [])
        _ = cluster.finish { await softswitch.execute(command: begin) }
        #expect(cluster.loop.runUntil { cluster.first.profile?.store != nil })
        #expect(copied() == ["1001"])
    }

    /// FreeSWITCH's columns, as its tools read them.
    @Test func fillsFreeSWITCHsColumns() throws {
        let cluster = try SimulatedCluster(seed: 11)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let columns =
            "sip_user, sip_host, contact, status, profile_name, hostname, network_ip, network_port, "
            + "sip_username, sip_realm, mwi_user, mwi_host, orig_hostname, sub_host"
        #expect(
            try cluster.rows("SELECT \(columns) FROM sip_registrations") == [
                [
                    "1001", "10.0.0.1", "\"\" <sip:1001@\(phone.address)>", "Registered(UDP)", "internal", "node1",
                    "\(phone.address)", "5060", "1001", "10.0.0.1", "1001", "10.0.0.1", "node1", "10.0.0.1",
                ]
            ]
        )
        let expires = try cluster.rows("SELECT expires FROM sip_registrations").first?.first.flatMap { Int64($0) }
        // Ten minutes, and the minute's grace for a late refresh.
        let left = try #require(expires) - (try #require(cluster.first.profile).epoch)
        #expect((640...660).contains(left))
        phone.register(expires: 0)
        #expect(cluster.comesTrue { (try? cluster.rows("SELECT * FROM sip_registrations"))?.isEmpty == true })
    }

    private func contacts(
        of user: String,
        at node: SimulatedSwitch,
        in cluster: SimulatedCluster
    ) throws -> [String] {
        let profile = try #require(node.profile)
        return try #require(cluster.finish { await profile.dialStrings(of: user, domain: "10.0.0.1") })
    }
}
