import CoreDatabase
import SwitchCore
import TandemTesting
import Testing

/// The tables that are not about channels, and the life of the database.
struct OtherTableTests {
    private static func listing(_ user: String, port: String = "5060", profile: String = "internal")
        -> RegistrationListing
    {
        RegistrationListing(
            user: user,
            realm: "pbx.example",
            token: "call-\(user)-\(port)",
            url: "sofia/\(profile)/sip:\(user)@192.0.2.1:\(port)",
            expires: 1_700_000_000,
            networkAddress: "192.0.2.1",
            networkPort: port,
            networkProtocol: "udp"
        )
    }

    private static func registrant(_ user: String, profile: String = "internal") -> TableChanges.Registrant {
        TableChanges.Registrant(dialPrefix: "sofia/\(profile)/", user: user, realm: "pbx.example")
    }

    @Test(arguments: [
        ("aliases", "aliases", "alias add fp show calls", "alias del fp"),
        ("complete", "complete", "complete add one two", "complete del one two"),
        ("tasks", "tasks", "sched_api +3600 group1 status", "sched_del group1"),
    ])
    func smallTables(table: String, subject: String, add: String, remove: String) throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        _ = exchange.command(add)
        #expect(exchange.listing("show \(subject)").count == 1)
        #expect(exchange.comesToHold(table, subject))
        _ = exchange.command(remove)
        #expect(exchange.comesTrue { exchange.rows("SELECT * FROM \(table)").isEmpty })
        try exchange.stop()
    }

    @Test func interfaces() throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        #expect(
            exchange.comesTrue {
                exchange.rows("SELECT type, name, ikey FROM interfaces") == exchange.listing("show interfaces")
            }
        )
        let query = "SELECT description, syntax, hostname FROM interfaces WHERE type = 'api' AND name = 'msleep'"
        #expect(exchange.rows(query) == [["waits", "<milliseconds>", KeptSwitch.host]])
        let softswitch = exchange.softswitch
        _ = try exchange.finish { await softswitch.modules.unload("mod_loopback", from: softswitch) }
        #expect(exchange.comesTrue { exchange.rows("SELECT * FROM interfaces WHERE ikey = 'mod_loopback'").isEmpty })
        #expect(exchange.rows(query).count == 1)
        try exchange.stop()
    }

    @Test func registrations() throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        let changes = exchange.softswitch.changes
        let query = "SELECT reg_user, network_port FROM registrations"
        changes.note([Self.listing("1000"), Self.listing("1000", port: "5070")], of: Self.registrant("1000"))
        changes.note([Self.listing("1001")], of: Self.registrant("1001"))
        let other = Self.listing("1000", port: "5080", profile: "external")
        changes.note([other], of: Self.registrant("1000", profile: "external"))
        let all = [["1000", "5060"], ["1000", "5070"], ["1000", "5080"], ["1001", "5060"]]
        #expect(exchange.comesTrue { exchange.rows(query) == all })
        // The contacts that a user has with another profile stay.
        changes.note([], of: Self.registrant("1000"))
        #expect(exchange.comesTrue { exchange.rows(query) == [["1000", "5080"], ["1001", "5060"]] })
        #expect(
            exchange.rows("SELECT * FROM registrations WHERE reg_user = '1001'") == [
                [
                    "1001", "pbx.example", "call-1001-5060", "sofia/internal/sip:1001@192.0.2.1:5060", "1700000000",
                    "192.0.2.1", "5060", "udp", KeptSwitch.host, "",
                ]
            ]
        )
        try exchange.stop()
        #expect(exchange.rows(query).isEmpty)
    }

    /// More changes than can be named are counted, and everything is read anew.
    @Test func overflow() throws {
        let exchange = try KeptSwitch()
        let truth = [Self.listing("1000"), Self.listing("1001")]
        exchange.softswitch.registrations.register({ truth }, as: "test")
        try exchange.start()
        let query = "SELECT reg_user FROM registrations"
        #expect(exchange.comesTrue { exchange.rows(query) == [["1000"], ["1001"]] })
        let changes = exchange.softswitch.changes
        for number in 0...TableChanges.defaultLimit {
            changes.note([Self.listing("9\(number)")], of: Self.registrant("9\(number)"))
        }
        #expect(changes.droppedCount == UInt64(TableChanges.defaultLimit) + 1)
        #expect(exchange.comesToHold("registrations", "registrations"))
        #expect(exchange.rows(query) == [["1000"], ["1001"]])
        try exchange.stop()
    }

    /// A file that a crash left behind: the rows of this machine go, those of others stay.
    @Test func afterACrash() throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        try exchange.stop()
        for host in [KeptSwitch.host, "node2"] {
            try exchange.change("INSERT INTO channels (uuid, hostname) VALUES ('left-\(host)', '\(host)')")
            try exchange.change("INSERT INTO aliases (alias, hostname) VALUES ('left-\(host)', '\(host)')")
        }
        try exchange.start()
        #expect(exchange.rows("SELECT uuid FROM channels") == [["left-node2"]])
        #expect(exchange.rows("SELECT alias FROM aliases") == [["left-node2"]])
        // The first look writes everything that is there, and takes nothing of the others' out.
        #expect(exchange.comesTrue { !exchange.rows("SELECT * FROM interfaces").isEmpty })
        #expect(exchange.rows("SELECT uuid FROM channels") == [["left-node2"]])
        try exchange.stop()
    }

    /// A database that fails is left alone for a while, and gets everything when it works again.
    @Test func afterAFailure() throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        #expect(exchange.comesTrue { !exchange.rows("SELECT * FROM interfaces").isEmpty })
        try exchange.change("ALTER TABLE aliases RENAME TO away")
        _ = exchange.command("alias add one status")
        _ = exchange.command("complete add two")
        #expect(exchange.comesTrue { exchange.failures > 0 })
        #expect(exchange.rows("SELECT * FROM complete").isEmpty)
        try exchange.change("ALTER TABLE away RENAME TO aliases")
        #expect(exchange.comesToHold("aliases", "aliases"))
        #expect(exchange.comesToHold("complete", "complete"))
        try exchange.stop()
    }

    @Test(arguments: [
        ("pgsql://freeswitch:secret@db/x", "pgsql:// is followed by host="),
        ("freeswitch:user:secret", "not through ODBC"),
    ])
    func namesThatAreWrong(dsn: String, reason: String) throws {
        let exchange = try KeptSwitch()
        let softswitch = exchange.softswitch
        softswitch.configuration.coreDatabase = CoreDatabaseSettings(dsn: dsn)
        let runs = try exchange.finish { (try? await CoreDatabase.start(for: softswitch)) ?? nil }
        #expect(runs == nil)
        #expect(!softswitch.changes.isWatched)
        softswitch.configuration.coreDatabase?.isRequired = true
        let error = try exchange.finish {
            do {
                _ = try await CoreDatabase.start(for: softswitch)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(error.contains(reason))
        #expect(!error.contains("secret"))
    }

    @Test func nothingIsWatchedWithoutADatabase() throws {
        let exchange = try KeptSwitch()
        let softswitch = exchange.softswitch
        softswitch.configuration.coreDatabase = nil
        #expect(try exchange.finish { (try? await CoreDatabase.start(for: softswitch)) ?? nil } == nil)
        #expect(!softswitch.changes.isWatched)
        #expect(exchange.directory.names().isEmpty)
    }
}
