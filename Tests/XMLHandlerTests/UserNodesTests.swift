import Database
import Synchronization
import Testing
import XMLConfig

@testable import XMLHandler

/// Calls to users who are registered with another switch (`xml_handler.fs_path`).
struct UserNodesTests {
    /// Registrations as the core database has them: user, realm, host, URL, expiry.
    private static func registrations(_ rows: [[String]]) throws -> SQLiteTables {
        let values = rows.map { row in row.map { "'\($0)'" }.joined(separator: ", ") }
        return try SQLiteTables(
            ["CREATE TABLE registrations (reg_user, realm, hostname, url, expires)"]
                + values.map { "INSERT INTO registrations VALUES (\($0))" }
        )
    }

    /// The same at the second 1000, and nobody said that it is alive.
    private static func nodes(_ rows: [[String]]) throws -> UserNodes {
        let tables = try registrations(rows)
        return UserNodes(tables, .sqlite, now: { 1000 }, tell: { _ in })
    }

    private static func row(
        _ host: String,
        url: String = "sofia/lan/sip:1000@192.0.2.1:5060",
        expires: Int = 2000,
        user: String = "1000",
        realm: String = "one.example"
    ) -> [String] {
        [user, realm, host, url, String(expires)]
    }

    @Test(
        arguments: [
            ([], nil),
            ([row("pbx2")], "lan at pbx2"),
            // Here, too; no more; of somebody else.
            ([row("pbx2"), row("pbx1")], nil),
            ([row("pbx2"), row("pbx1", expires: 1000)], "lan at pbx2"),
            ([row("pbx2", expires: 1000)], nil),
            ([row("pbx2", user: "1001")], nil),
            ([row("pbx2", realm: "two.example")], nil),
            // The one that lasts longest, which is a number.
            ([row("pbx2", expires: 9999), row("pbx3", expires: 10_000)], "lan at pbx3"),
            // Without a profile that can be one.
            ([row("pbx2", url: "")], "internal at pbx2"),
            ([row("pbx2", url: "error/user_not_registered")], "internal at pbx2"),
            ([row("pbx2", url: "sofia/a,b/sip:1000@192.0.2.1")], "internal at pbx2"),
            // What would be something else in a dial string.
            ([row("pbx2,sofia/external/1@192.0.2.9")], nil),
            ([row("")], nil),
        ] as [([[String]], String?)]
    ) func found(rows: [[String]], expected: String?) async throws {
        let node = try await Self.nodes(rows).node(of: "1000", in: "one.example", besides: ["pbx1", "one"])
        #expect(node.map { "\($0.profile) at \($0.host)" } == expected)
    }

    /// A switch whose time is over is called by nobody, whatever it has left; one that never said that it is alive may be.
    @Test(
        arguments: [
            ([row("pbx2")], ["pbx2": 1], nil),
            ([row("pbx2")], ["pbx2": far], "lan at pbx2"),
            ([row("pbx2")], ["pbx3": 1], "lan at pbx2"),
            ([row("pbx2", expires: 9999), row("pbx3")], ["pbx2": 1, "pbx3": far], "lan at pbx3"),
            // It knows itself that it is alive.
            ([row("pbx2"), row("pbx1")], ["pbx1": 1, "pbx2": far], nil),
        ] as [([[String]], [String: Int], String?)]
    ) func deadSwitches(rows: [[String]], leases: [String: Int], expected: String?) async throws {
        let tables = try Self.registrations(rows)
        try tables.change(Self.switches(leases))
        let nodes = UserNodes(tables, .sqlite, now: { 1000 }, tell: { _ in })
        let node = await nodes.node(of: "1000", in: "one.example", besides: ["pbx1"])
        #expect(node.map { "\($0.profile) at \($0.host)" } == expected)
        #expect(tables.takeStatements().count == 1)
    }

    /// In thousands of years, by the clock of the database.
    private static let far = 99_999_999_999

    private static func switches(_ leases: [String: Int]) -> [String] {
        ["CREATE TABLE tandem_switches (hostname, lease)"]
            + leases.map { "INSERT INTO tandem_switches VALUES ('\($0.key)', \($0.value))" }
    }

    /// Where nobody has the table it is looked for now and then.
    @Test func theTableOfSwitchesComes() async throws {
        let tables = try Self.registrations([Self.row("pbx2", expires: 9999)])
        let time = MovedTime()
        let nodes = UserNodes(tables, .sqlite, now: { time.seconds.withLock { $0 } }, tell: { _ in })
        func host() async -> String? { await nodes.node(of: "1000", in: "one.example", besides: [])?.host }
        for statements in [2, 1] {
            #expect(await host() == "pbx2")
            #expect(tables.takeStatements().count == statements)
        }
        try tables.change(Self.switches(["pbx2": 1]))
        #expect(await host() == "pbx2")
        time.seconds.withLock { $0 += 300 }
        #expect(await host() == nil)
    }

    /// A user who may not read it does without it, and a database that is away is not asked twice.
    @Test(arguments: [(DatabaseError.Kind.refused, "pbx2"), (.unavailable, nil)] as [(DatabaseError.Kind, String?)])
    func theTableOfSwitchesFails(kind: DatabaseError.Kind, host: String?) async throws {
        let tables = try Self.registrations([Self.row("pbx2")])
        let faulty = FaultyTables(tables)
        faulty.fail("tandem_switches", kind)
        let nodes = UserNodes(faulty, .sqlite, now: { 1000 }, tell: { _ in })
        #expect(await nodes.node(of: "1000", in: "one.example", besides: [])?.host == host)
        #expect(tables.takeStatements().count == (host == nil ? 0 : 1))
    }

    // MARK: - Dial strings

    private static let usual = "{leg_timeout=${call_timeout}}${sofia_contact(*/${dialed_user}@x)}"

    private static func documents(_ tables: SmallTables, _ nodes: UserNodes, registersAsAlias: Bool = false)
        -> DocumentSource
    {
        var options = SmallTables.options
        (options.nodes, options.registersAsNumberAlias) = (nodes, registersAsAlias)
        return KeptDocuments.patient.source(XMLHandler(tables.source, options: options), in: nil) { _ in }
    }

    private static let called = [("dialed_extension", "1000")]

    /// The settings' dial string counts no more, the user's own does, as does that it is not to be disturbed.
    @Test(
        arguments: [
            (
                [], "", called,
                "{sip_invite_domain=one.example,presence_id=1000@one.example}sofia/lan/1000@one.example;fs_path=sip:pbx2"
            ),
            ([], "", [], usual),
            ([], "user/1", called, "user/1"),
            (["do_not_disturb"], "", called, "error/user_busy"),
        ] as [([String], String, [(String, String)], String)]
    ) func dialStrings(on: [String], own: String, fields: [(String, String)], expected: String) async throws {
        let tables = try SmallTables()
        try tables.extension("1000", ["dial_string": own], on: on)
        let documents = Self.documents(tables, try Self.nodes([Self.row("pbx2")]))
        let found = try #require(try await documents.document(for: .user("1000", fields)))
        #expect(found.document.value("dial-string") == expected)
        #expect(found.isKept == fields.isEmpty)
        // Who does not call gets what is kept, and it is the usual document.
        _ = tables.source.takeStatements()
        let kept = try await documents.document(for: .user("1000"))
        #expect(kept?.isKept == true && tables.source.takeStatements().isEmpty)
        #expect(kept?.document.value("dial-string")?.contains("fs_path") == false)
    }

    /// A switch that asks over HTTP is here where it says that it is.
    @Test(
        arguments: [
            ([("FreeSWITCH-Switchname", "pbx2")], false), ([("hostname", "pbx2")], false),
            ([("FreeSWITCH-Switchname", "pbx3")], true), ([], true),
        ] as [([(String, String)], Bool)]
    ) func otherSwitches(fields: [(String, String)], isElsewhere: Bool) async throws {
        let tables = try SmallTables()
        try tables.extension("1000")
        let documents = Self.documents(tables, try Self.nodes([Self.row("pbx2")]))
        let found = try await documents.document(for: .user("1000", Self.called + fields), from: "host")
        #expect(found?.document.value("dial-string")?.contains("fs_path=sip:pbx2") == isElsewhere)
    }

    /// Whoever registers by its number alias is looked for by that.
    @Test(arguments: [(false, "user-5"), (true, "5")])
    func aliases(registersAsAlias: Bool, name: String) async throws {
        let tables = try SmallTables()
        try tables.extension("user-5", ["number_alias": "5"])
        let nodes = try Self.nodes([Self.row("pbx2", user: name)])
        let documents = Self.documents(tables, nodes, registersAsAlias: registersAsAlias)
        let found = try await documents.document(for: .user("5", Self.called))
        let dialString = found?.document.value("dial-string")
        #expect(dialString?.hasSuffix("sofia/lan/\(name)@one.example;fs_path=sip:pbx2") == true)
    }

    /// What is known of a user counts where the tables cannot be read, and they are read once for it.
    @Test func theTablesAreAway() async throws {
        let tables = try SmallTables()
        try tables.extension("1000")
        let faulty = FaultyTables(tables.source)
        var options = SmallTables.options
        options.nodes = try Self.nodes([Self.row("pbx2")])
        let documents = KeptDocuments.patient.source(XMLHandler(faulty, options: options), in: nil) { _ in }
        func dialString() async throws -> String? {
            try await documents.document(for: .user("1000", Self.called))?.document.value("dial-string")
        }
        #expect(try await documents.document(for: .user("1000")) != nil)
        faulty.fail("v_", .unavailable)
        #expect(try await dialString() == Self.usual)
        faulty.fail("v_", nil)
        let elsewhere = try await dialString()
        #expect(elsewhere?.hasSuffix("sofia/lan/1000@one.example;fs_path=sip:pbx2") == true)
        faulty.fail("v_", .unavailable)
        _ = tables.source.takeStatements()
        #expect(try await dialString() == elsewhere)
        #expect(tables.source.takeStatements().isEmpty)
        // A change of the user is one of both.
        faulty.fail("v_", nil)
        try tables.source.change(["UPDATE v_extensions SET dial_string = 'user/2'"])
        await documents.forget("directory:1000@one.example")
        #expect(try await dialString() == "user/2")
    }

    /// Without the registrations users are called as usual, and that is told once, as is its end.
    @Test func aDatabaseThatIsAway() async throws {
        let tables = try SmallTables()
        try tables.extension("1000")
        let flaky = FlakyTables()
        let told = FlakyTables.Told()
        let documents = Self.documents(
            tables,
            UserNodes(flaky, .sqlite, now: { 1000 }, tell: { text in told.lines.withLock { $0.append(text) } })
        )
        for isAway in [true, true, false, false] {
            flaky.isAway.withLock { $0 = isAway }
            let found = try await documents.document(for: .user("1000", Self.called))
            #expect(found?.document.value("dial-string") == Self.usual)
        }
        #expect(told.lines.withLock { $0.count } == 2)
    }
}

/// A time that a test moves.
private final class MovedTime: Sendable {
    let seconds = Mutex<Int64>(1000)
}

/// Registrations that can be read or not; there are none.
private final class FlakyTables: TableSource {
    struct Gone: Error {}

    final class Told: Sendable {
        let lines = Mutex<[String]>([])
    }

    let isAway = Mutex(true)

    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
        guard !isAway.withLock({ $0 }) else { throw Gone() }
        return []
    }
}
