import SwitchCore
import TandemTesting
import Testing

/// The tables in databases of PostgreSQL and MariaDB, which `Tests/Integration/databases` starts.
@Suite(.enabled(if: DatabaseServer.areThere))
struct ServerTests {
    /// All the tables, in one test: there is one database of each kind.
    @Test(arguments: DatabaseServer.allCases)
    func followsTheSwitch(server: DatabaseServer) throws {
        let exchange = try KeptSwitch(dsn: try server.dsn())
        try exchange.start()
        let session = try exchange.softswitch.callInside("6000", on: exchange.loop)
        exchange.loop.run { await session.setVariable("presence_data", "x'; DROP TABLE channels; --\0\\") }
        #expect(exchange.comesTrue { exchange.rows("SELECT * FROM calls").count == 1 })
        let columns = "SELECT presence_data FROM channels WHERE uuid = '\(session.id)'"
        #expect(exchange.comesTrue { exchange.rows(columns) == [["x'; DROP TABLE channels; --\\"]] })
        exchange.loop.run { await session.setVariable("presence_data", "it's \\ 😀") }
        #expect(exchange.comesToHold("basic_calls", "calls"))
        #expect(exchange.comesToHold("detailed_calls", "detailed_calls"))
        checkOtherTables(exchange)

        // What another program takes out comes back when everything is written anew.
        try exchange.change("DELETE FROM channels")
        exchange.softswitch.changes.noteEverything()
        #expect(exchange.comesTrue { exchange.rows("SELECT * FROM channels").count == 4 })

        session.requestHangUp(.normalClearing)
        #expect(exchange.comesTrue { exchange.softswitch.sessions.count == 0 })
        #expect(exchange.comesTrue { exchange.rows("SELECT * FROM channels").isEmpty })
        #expect(exchange.failures == 0)
        try exchange.stop()
        #expect(exchange.rows("SELECT * FROM interfaces").isEmpty)
    }

    private func checkOtherTables(_ exchange: KeptSwitch) {
        #expect(
            exchange.comesTrue {
                exchange.rows("SELECT type, name, ikey FROM interfaces") == exchange.listing("show interfaces")
            }
        )
        for line in ["alias add fp show calls", "complete add one two", "sched_api +3600 group1 status"] {
            _ = exchange.command(line)
        }
        for table in ["aliases", "complete", "tasks"] { #expect(exchange.comesToHold(table, table)) }
        let listing = RegistrationListing(
            user: "Bob",
            realm: "pbx.example",
            token: "token",
            url: "sofia/internal/sip:Bob@192.0.2.1:5060",
            expires: 1_700_000_000,
            networkAddress: "192.0.2.1",
            networkPort: "5060",
            networkProtocol: "udp"
        )
        let registrations = { exchange.rows("SELECT reg_user, expires FROM registrations") }
        exchange.softswitch.changes.note([listing], of: Self.registrant("Bob"))
        #expect(exchange.comesTrue { registrations() == [["Bob", "1700000000"]] })
        // Somebody else, though only by the size of a letter.
        exchange.softswitch.changes.note([], of: Self.registrant("bob"))
        _ = exchange.command("alias add barrier status")
        #expect(exchange.comesToHold("aliases", "aliases"))
        #expect(registrations() == [["Bob", "1700000000"]])
        exchange.softswitch.changes.note([], of: Self.registrant("Bob"))
        #expect(exchange.comesTrue { registrations().isEmpty })
    }

    private static func registrant(_ user: String) -> TableChanges.Registrant {
        TableChanges.Registrant(dialPrefix: "sofia/internal/", user: user, realm: "pbx.example")
    }
}
