import SwitchCore
import TandemTesting
import Testing

/// Switches that share a core database.
struct SharedTests {
    private static let kinds: [DatabaseServer?] = [nil] + (DatabaseServer.areThere ? DatabaseServer.allCases : [])

    /// What one has, and what it takes out at its start and its end, is its own.
    @Test(arguments: kinds)
    func eachHasItsOwnRows(server: DatabaseServer?) throws {
        let directory = TemporaryDirectory()
        let dsn = try server?.dsn()
        let first = try KeptSwitch(dsn: dsn, host: "shared1", in: directory)
        let second = try KeptSwitch(dsn: dsn, host: "shared2", in: directory)
        try first.start()
        func rows(_ host: String) -> [Int] {
            ["channels", "calls"].map { second.rows("SELECT * FROM \($0) WHERE hostname = '\(host)'").count }
        }
        _ = try first.softswitch.callInside("6000", on: first.loop)
        #expect(first.comesTrue { rows("shared1") == [4, 1] })
        try second.start()
        #expect(rows("shared1") == [4, 1])
        let call = try second.softswitch.callInside("6000", on: second.loop)
        #expect(second.comesTrue { rows("shared2") == [4, 1] })
        // Scripts may give calls the same identifiers on both: neither is taken for the other's.
        let calls = second.rows(
            "SELECT hostname FROM basic_calls WHERE uuid = '\(call.id)' AND hostname LIKE 'shared%' ORDER BY hostname"
        )
        #expect(calls == [["shared1"], ["shared2"]])
        second.softswitch.changes.noteEverything()
        second.loop.advance(by: .seconds(1))
        #expect(second.comesTrue { rows("shared2") == [4, 1] })
        // It crashes, and another run finds only what it has left itself.
        let again = try KeptSwitch(dsn: dsn, host: "shared2", in: directory)
        try again.start()
        #expect(again.comesTrue { rows("shared2") == [0, 0] })
        #expect(rows("shared1") == [4, 1])
        try again.stop()
        #expect(rows("shared1") == [4, 1])
        #expect(second.rows("SELECT * FROM interfaces WHERE hostname = 'shared2'").isEmpty)
        try first.stop()
        #expect(rows("shared1") == [0, 0])
    }

    /// The rows of a switch that died and does not come back are taken out by another one; what never said that it was alive
    /// stays.
    @Test(arguments: kinds)
    func aDeadSwitchLeavesNothing(server: DatabaseServer?) throws {
        let directory = TemporaryDirectory()
        let dsn = try server?.dsn()
        let first = try KeptSwitch(dsn: dsn, host: "mortal1", in: directory)
        let second = try KeptSwitch(dsn: dsn, host: "mortal2", in: directory)
        func count(_ host: String) -> [Int] {
            ["channels", "calls", "registrations"].map { table in
                second.rows("SELECT * FROM \(table) WHERE hostname = '\(host)'").count
            }
        }
        first.softswitch.registrations.register({ [Self.registration] }, as: "test")
        try first.start()
        try second.start()
        _ = try first.softswitch.callInside("6000", on: first.loop)
        #expect(first.comesTrue { count("mortal1") == [4, 1, 1] })
        try second.change("INSERT INTO channels (uuid, hostname) VALUES ('x', 'freeswitch1')")
        try second.change("INSERT INTO registrations (reg_user, hostname) VALUES ('1001', 'freeswitch1')")
        #expect(first.comesTrue { second.rows("SELECT * FROM tandem_switches WHERE hostname = 'mortal1'").count == 1 })
        second.loop.advance(by: .seconds(20))
        #expect(second.comesTrue { count("mortal1") == [4, 1, 1] })
        // It says no more that it is alive; its time is over.
        try second.change("UPDATE tandem_switches SET lease = 1 WHERE hostname = 'mortal1'")
        #expect(second.comesTrue { count("mortal1") == [0, 0, 0] })
        #expect(second.rows("SELECT * FROM interfaces WHERE hostname = 'mortal1'").isEmpty)
        #expect(count("freeswitch1") == [1, 0, 1])
        #expect(!second.rows("SELECT * FROM interfaces WHERE hostname = 'mortal2'").isEmpty)
        // It was only cut off, and writes everything anew.
        #expect(first.comesTrue { count("mortal1") == [4, 1, 1] })
        for table in ["channels", "registrations"] {
            try second.change("DELETE FROM \(table) WHERE hostname = 'freeswitch1'")
        }
        try first.stop()
        try second.stop()
        #expect(second.rows("SELECT * FROM tandem_switches WHERE hostname LIKE 'mortal%'").isEmpty)
    }

    private static let registration = RegistrationListing(
        user: "1000",
        realm: "pbx.example",
        token: "call-1000",
        url: "sofia/internal/sip:1000@192.0.2.1:5060",
        expires: 1_700_000_000,
        networkAddress: "192.0.2.1",
        networkPort: "5060",
        networkProtocol: "udp"
    )
}
