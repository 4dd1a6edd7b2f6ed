import Cache
import Database
import HTTPTransport
import Logging
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// Deletes that reach other nodes through the database that they share, in a file of SQLite.
struct DeleteTableTests {
    private let directory = TemporaryDirectory()

    private var dsn: String { "sqlite://\(directory.path)/pbx.db" }

    private func makeTables() throws -> SQLiteTables {
        let small = try SmallTables(.v5_5, file: directory.path + "/pbx.db")
        try small.extension("1000", ["password": "old"])
        // As whoever opens it would have it, who finds nobody else there.
        try small.source.change(["PRAGMA journal_mode = WAL"])
        return small.source
    }

    @Test func nodesTellEachOther() async throws {
        try await NodesOfOneDatabase.tellEachOther(dsn, try makeTables())
    }

    @Test func nodesHearWhatComesLate() async throws {
        try await NodesOfOneDatabase.hearWhatComesLate(dsn, try makeTables())
    }

    @Test func rowsAreReadAndTakenOut() async throws {
        try await NodesOfOneDatabase.readAndTidy(dsn)
    }

    /// A user who may only read is said once, and in the metrics; when somebody else has made the table, he hears.
    @Test func saysThatItMayOnlyRead() async throws {
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: "/"), PoolSettings(connections: 1))
        let log = LogCapture()
        let source = ReadOnlySource(pool: pool)
        let table = DeleteTable(source, Logger(label: "test") { _ in log })
        for _ in 0..<3 {
            let fault = await #expect(throws: ForgetTableFault.self) {
                try await table.read(ofLast: .seconds(60), orSince: nil)
            }
            #expect(fault?.isOfTheMoment == false)
            await #expect(throws: ForgetTableFault.self) {
                try await table.put([ForgetEntry(["s.a"], identifier: "a", list: "-")])
            }
        }
        // Whoever may not make it does not try each time.
        #expect(source.creations == 1)
        let told = log.lines
        #expect(told.count == 2)
        #expect(told.allSatisfy { $0.contains(DeleteTable.name) && $0.contains("permission denied") })
        #expect(try await metrics(table).contains("tandem_xml_handler_deletes{way=\"heard\"} 0\n"))
        let other = DeleteTable(pool, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let entry = ForgetEntry(["s.b"], identifier: "b", list: "-")
        try await other.put([entry])
        for _ in 0..<2 {
            let reading = try await table.read(ofLast: .seconds(3600), orSince: nil)
            #expect(reading.rows.map(\.entry) == [entry])
        }
        #expect(log.lines.count == 3)
        let text = try await metrics(table)
        #expect(text.contains("tandem_xml_handler_deletes{way=\"heard\"} 1\n"))
        #expect(text.contains("tandem_xml_handler_deletes{way=\"told\"} 0\n"))
        await pool.close()
    }

    /// A node that takes no changes may be about to become the primary: what it is told is not at fault.
    @Test(
        arguments: [
            (.readOnly, true, true), (.other, true, true), (.refused, false, false), (.value, false, false),
            (.lost, true, false),
        ] as [(DatabaseError.Kind, Bool, Bool)]
    )
    func saysWhatPasses(kind: DatabaseError.Kind, isOfTheMoment: Bool, takesTime: Bool) async throws {
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: "/"), PoolSettings(connections: 1))
        let source = ReadOnlySource(pool: pool, refusal: DatabaseError(kind, "no"))
        let table = DeleteTable(source, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let fault = await #expect(throws: ForgetTableFault.self) {
            try await table.put([ForgetEntry(["s.a"], identifier: "a", list: "-")])
        }
        #expect(fault?.isOfTheMoment == isOfTheMoment && fault?.takesTime == takesTime)
        await pool.close()
    }

    /// Each look is one range of the index; only the pages after the first one have another bound.
    @Test(arguments: SQLDialect.allCases) func looksAtOneRange(dialect: SQLDialect) {
        let first = DeleteTable.reading(dialect, isFirst: true)
        #expect(!first.contains(" OR ") && first.count { $0 == "?" } == 2)
        let next = DeleteTable.reading(dialect, isFirst: false)
        #expect(next.contains("t.noted <= ?") && next.count { $0 == "?" } == 5)
        // No hour is there twice, whatever the time zone of the session is.
        #expect(!first.contains("NOW("))
    }

    private func metrics(_ table: DeleteTable) async throws -> String {
        let documents = KeepingSettings().source(
            XMLHandler(try SmallTables().source, options: SmallTables.options),
            in: nil,
            sharing: table
        ) { _ in }
        let service = HandlerService(
            documents,
            credentials: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isHealthy: { true }
        )
        return await service.answer(HTTPRequest("GET", "/metrics")).text
    }

    /// A database that is away is for a moment, and no password is said.
    @Test func saysThatTheDatabaseIsAway() async throws {
        let name = try DatabaseDSN("sqlite:///nonexistent/pbx.db", directory: "/")
        let pool = DatabasePool(name, PoolSettings(connections: 1))
        let log = LogCapture()
        let table = DeleteTable(pool, Logger(label: "test") { _ in log })
        for _ in 0..<3 {
            let fault = await #expect(throws: ForgetTableFault.self) {
                try await table.read(ofLast: .seconds(60), orSince: nil)
            }
            #expect(fault?.isOfTheMoment == true)
        }
        #expect(log.lines.count == 1)
        await pool.close()
    }

    @Test(
        arguments: [
            ("", true), ("<param name=\"cache-share-deletes\" value=\"false\"/>", false),
            ("<param name=\"cache\" value=\"false\"/>", false),
        ]
    )
    func isThereUnlessItIsNotWanted(settings: String, isThere: Bool) async throws {
        let text = "<configuration><settings>\(settings)</settings></configuration>"
        var diagnostics: [Diagnostic] = []
        let configuration = try HandlerConfiguration(
            xml: try XMLDocument.parse(Array(text.utf8), named: "test"),
            diagnostics: &diagnostics
        )
        #expect(diagnostics.isEmpty)
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: "/"), PoolSettings(connections: 1))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        #expect((configuration.keeping.makeDeleteTable(in: pool, logger) != nil) == isThere)
        await pool.close()
    }
}

/// A database whose user may not change anything.
private struct ReadOnlySource: DataSource {
    private final class Count: Sendable {
        let value = Atomic<Int>(0)
    }

    let pool: DatabasePool
    let refusal: DatabaseError
    private let creation = Count()

    init(
        pool: DatabasePool,
        refusal: DatabaseError = DatabaseError(.refused, "permission denied for schema public", sqlState: "42501")
    ) {
        (self.pool, self.refusal) = (pool, refusal)
    }

    /// How often it was asked to make something.
    var creations: Int { creation.value.load(ordering: .relaxed) }

    var dialect: SQLDialect { pool.dialect }

    func query(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> [DatabaseRow] {
        try await pool.query(statement, within: deadline)
    }

    func forEachRow(
        of statement: Statement,
        within deadline: Duration?,
        _ receive: @escaping @Sendable (DatabaseRow) throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        try await pool.forEachRow(of: statement, within: deadline, receive)
    }

    func execute(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> Execution {
        if statement.sql.hasPrefix("CREATE") { creation.value.add(1, ordering: .relaxed) }
        throw refusal
    }

    func execute(_ batch: [Statement], within deadline: Duration?) async throws(DatabaseError) { throw refusal }

    func transaction<Result: Sendable>(
        within deadline: Duration?,
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result {
        throw refusal
    }
}
