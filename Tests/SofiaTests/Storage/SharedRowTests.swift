import Base
import SIP
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import Sofia

/// What nodes write into the rows that they share, and what they make of those of others.
struct SharedRowTests {
    /// A phone that registers with both nodes in one moment is called once, and gone when it says so to either.
    @Test(arguments: ["contact", "call-id"])
    func oneMomentAtBothNodes(policy: String) throws {
        let cluster = try SimulatedCluster(seed: 31, settings: ["multiple-registrations": policy])
        try cluster.checkOneMoment()
    }

    /// A phone that has moved to another node and left it is not called where it was before.
    @Test(arguments: ["contact", "call-id", "false"])
    func aPhoneThatMovedAndLeft(policy: String) throws {
        let cluster = try SimulatedCluster(seed: 32, settings: ["multiple-registrations": policy])
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let caller = try cluster.phone("1002", at: cluster.first, seed: 2)
        try cluster.register(phone, at: cluster.second, heard: 2)
        phone.register(expires: 0)
        #expect(
            cluster.comesTrue {
                (try? cluster.rows("SELECT * FROM sip_registrations WHERE sip_user = '1001'"))?.isEmpty == true
            }
        )
        cluster.loop.advance(by: .seconds(10))
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last?.hasPrefix("rejected") == true })
        #expect(caller.heard.last == "rejected 480")
        #expect(!phone.heard.contains("called"))
        // It is called again as soon as it is back.
        try cluster.register(phone, at: cluster.first, heard: 4)
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
    }

    /// What the database never took is called all the same.
    @Test func aPhoneThatHasNoRow() throws {
        let cluster = try SimulatedCluster(seed: 33)
        try cluster.change(
            """
            CREATE TRIGGER picky BEFORE INSERT ON sip_registrations WHEN new.sip_user = '1001' \
            BEGIN SELECT RAISE(ABORT, 'not this one'); END
            """
        )
        let phone = SimulatedPhone(cluster.first, user: "1001", seed: 1)
        phone.register(expires: 600)
        let caller = try cluster.phone("1002", at: cluster.first, seed: 2)
        cluster.loop.advance(by: .seconds(60))
        _ = caller.call("1001")
        #expect(cluster.comesTrue { caller.heard.last == "answered" })
        #expect(phone.heard.last == "called")
    }

    /// A name that no database can have is told, and phones register all the same.
    @Test(arguments: ["odbc://dsn:user:s3cret", "pgsql://host", "balancer://nobody", "balancer://a b"])
    func aWrongNameKeepsNobodyFromRegistering(dsn: String) throws {
        let log = LogCapture()
        let exchange = try SimulatedSwitch(seed: 37, settings: ["odbc-dsn": dsn], log: log)
        exchange.start()
        let phone = SimulatedPhone(exchange, user: "1001", seed: 1)
        phone.register(expires: 600)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 200"])
        let lines = log.lines.filter { $0.contains("kept in memory alone: odbc-dsn") }
        #expect(lines.count == 1)
        #expect(!lines.joined().contains("s3cret"))
    }

    /// `tandem check` says so before.
    @Test(arguments: [
        ("odbc://dsn", 1), ("balancer://a b", 1), ("pgsql://host=db dbname=x", 0), ("balancer://main", 0),
    ])
    func aWrongNameIsFoundBefore(dsn: String, errors: Int) throws {
        let text = """
            <configuration name="sofia.conf"><profiles><profile name="internal"><settings>
            <param name="odbc-dsn" value="\(dsn)"/></settings></profile></profiles></configuration>
            """
        let found = SofiaCheck.diagnostics(for: try XMLDocument.parse(Array(text.utf8), named: "test"))
        #expect(found.count { $0.severity == .error && $0.message.hasPrefix("odbc-dsn: ") } == errors)
        #expect(found.count == errors)
    }

    /// Phones of a user at all nodes count, where the operator has set a limit.
    @Test(arguments: [("2", "contact", 200), ("1", "contact", 403), ("1", "false", 200), (nil, "contact", 200)])
    func limitsPhonesOfAllNodes(limit: String?, policy: String, status: Int) throws {
        var settings = ["multiple-registrations": policy]
        settings["max-registrations-per-extension"] = limit
        let cluster = try SimulatedCluster(seed: 34, settings: settings)
        _ = try cluster.phone("1002", at: cluster.first, seed: 2)
        // Another phone of the user 1001 is with the other node.
        try cluster.change(
            """
            INSERT INTO sip_registrations SELECT 'other', '1001', sip_host, presence_hosts, \
            replace(contact, '.18', '.99'), status, ping_status, ping_count, ping_time, force_ping, rpid, expires, \
            ping_expires, user_agent, '1001', server_host, profile_name, 'node2', network_ip, network_port, \
            sip_username, sip_realm, mwi_user, mwi_host, orig_server_host, orig_hostname, sub_host, registered_ms \
            FROM sip_registrations WHERE sip_user = '1002'
            """
        )
        let phone = SimulatedPhone(cluster.first, user: "1001", seed: 1)
        phone.register(expires: 600)
        #expect(cluster.comesTrue { phone.heard.contains { $0.hasPrefix("REGISTER") } })
        #expect(phone.heard == ["REGISTER \(status)"])
        guard status == 403 else { return }
        try cluster.change("DELETE FROM sip_registrations WHERE sip_user = '1001'")
        phone.register(expires: 600)
        #expect(cluster.comesTrue { phone.heard.last == "REGISTER 200" })
    }

    /// A refresh changes the row where it is, and no index.
    @Test func changesOnlyTheRowOfARefresh() throws {
        let cluster = try SimulatedCluster(seed: 35)
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        let before = try cluster.rows("SELECT expires FROM sip_registrations")
        try cluster.noteChanges()
        cluster.loop.advance(by: .seconds(300))
        phone.register(expires: 600)
        #expect(cluster.comesTrue { (try? cluster.rows("SELECT expires FROM sip_registrations")) != before })
        #expect(try cluster.rows("SELECT what, sip_user FROM noted") == [["changed", "1001"]])
    }

    /// When changes were too many to be noted, only what differs is written.
    @Test func writesOnlyWhatDiffers() throws {
        let cluster = try SimulatedCluster(seed: 36)
        for user in ["1001", "1002", "1003"] { _ = try cluster.phone(user, at: cluster.first, seed: 1) }
        try cluster.change("UPDATE sip_registrations SET contact = 'sip:gone' WHERE sip_user = '1001'")
        try cluster.change("UPDATE sip_registrations SET user_agent = 'another' WHERE sip_user = '1002'")
        try cluster.noteChanges()
        let store = try #require(cluster.first.profile?.store)
        store.noteEverything()
        #expect(
            cluster.comesTrue { (try? cluster.rows("SELECT * FROM noted").count) == 3 }
        )
        #expect(
            try cluster.rows("SELECT what, sip_user FROM noted ORDER BY what, sip_user")
                == [["changed", "1002"], ["new", "1001"], ["taken out", "1001"]]
        )
    }
}

extension SimulatedCluster {
    /// Has a phone register with both nodes at once, leave, and come back to one.
    func checkOneMoment() throws {
        let phone = SimulatedPhone(first, user: "1001", seed: 1)
        // Neither has written anything before the other does.
        for node in [first, second] {
            phone.server = IPEndpoint(node.address, port: 5060)
            phone.register(expires: 600)
        }
        #expect(comesTrue { phone.heard == ["REGISTER 200", "REGISTER 200"] })
        let hosts = "SELECT hostname FROM sip_registrations WHERE sip_user = '1001'"
        #expect(comesTrue { (try? rows(hosts).isEmpty) == false })
        loop.advance(by: .seconds(1))
        var calls = 0
        for (node, user) in [(first, "1002"), (second, "1003")] {
            let caller = try self.phone(user, at: node, seed: 2)
            let call = caller.call("1001")
            #expect(comesTrue { caller.heard.last == "answered" })
            calls += 1
            #expect(phone.heard.count { $0 == "called" } == calls)
            caller.hangUp(call)
            #expect(comesTrue { phone.heard.last == "ended" })
        }
        // A refresh leaves one row.
        loop.advance(by: .seconds(60))
        phone.register(expires: 600)
        #expect(comesTrue { (try? rows(hosts)) == [["node2"]] })
        phone.register(expires: 0)
        #expect(comesTrue { (try? rows(hosts))?.isEmpty == true })
        for node in [first, second] {
            let profile = try #require(node.profile)
            #expect(finish { await profile.dialStrings(of: "1001", domain: "10.0.0.1") } == [])
        }
    }

    /// Notes from now on what happens to rows; for SQLite.
    fileprivate func noteChanges() throws {
        try change("CREATE TABLE noted (what TEXT, sip_user TEXT)")
        for (what, event, row) in [
            ("new", "INSERT", "new"), ("changed", "UPDATE", "new"), ("taken out", "DELETE", "old"),
        ] {
            try change(
                """
                CREATE TRIGGER note_\(event) AFTER \(event) ON sip_registrations \
                BEGIN INSERT INTO noted VALUES ('\(what)', \(row).sip_user); END
                """
            )
        }
    }
}
