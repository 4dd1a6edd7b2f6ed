import Base
import Cache
import Glibc
import Logging
import XMLConfig
import XMLHandler

/// Documents from FusionPBX's tables: what finding one costs, in memory, in memcached and in the database.
enum HandlerBench {
    /// - Parameter database: An empty database; a file of SQLite without one.
    static func run(seconds: Double, memcached: String?, database: String?) async throws -> String {
        let stopwatch = Stopwatch(seconds: seconds)
        let own = memcached == nil ? BenchMemcached() : nil
        let servers = (memcached ?? own?.address).map { ServerAddress.list($0) } ?? []
        guard let servers else { throw BenchError(description: "--memcache-servers is no list of servers") }
        let database = try BenchDatabase(database)
        let text = try await database.whileFilled { tables in
            func makeHandler(keepsRows: Bool) -> XMLHandler {
                XMLHandler(tables, options: HandlerOptions(hostName: "bench") { "random" }, keepsRows: keepsRows)
            }
            let (forgetful, handler) = (makeHandler(keepsRows: false), makeHandler(keepsRows: true))
            let kind = database.kind
            var text = try await costs(stopwatch, handler, forgetful, servers, kind).text + "\n"
            text += try await HandlerCallBench.run(seconds, handler, forgetful: forgetful, keepings(servers), kind)
            text += try await HandlerRouteBench.run(seconds, database)
            text += try await statements(handler, tables)
            text += try await misses(handler, tables)
            return text + (try await HandlerCallBench.scan(handler, tables))
        }
        return withExtendedLifetime(own) { text }
    }

    // MARK: - Questions

    private static func user(_ number: Int) -> XMLQuestion {
        HandlerCallBench.user(1000 + number, "switch_xml_locate_user")
    }

    /// A channel has some hundred fields; the ones that count come late.
    static let context: XMLQuestion = {
        let variables = (0..<120).map { ("variable_sip_header_\($0)", "a value of some length") }
        return XMLQuestion(
            section: .dialplan,
            value: "",
            fields: [("Caller-Direction", "inbound"), ("Caller-Destination-Number", "7100")] + variables
                + [("Hunt-Context", HandlerBenchTables.domain)]
        )
    }()

    /// A number that somebody calls from outside.
    private static func called(_ number: Int) -> XMLQuestion {
        XMLQuestion(
            section: .dialplan,
            value: "",
            fields: [
                ("Caller-Context", "public"), ("Caller-Network-Addr", "192.0.2.1"),
                ("Caller-Destination-Number", HandlerBenchTables.calledNumber(number)),
            ]
        )
    }

    /// Where documents are kept.
    private static func keepings(_ servers: [ServerAddress]) -> [(String, KeepingSettings)] {
        guard !servers.isEmpty else { return [("in memory", KeepingSettings())] }
        var keeping = KeepingSettings()
        (keeping.servers, keeping.prefix) = (servers, "tandem-bench-\(getpid()):")
        // Memory is asked, and not believed.
        keeping.cache.memoryLifetime = .zero
        return [("in memory", KeepingSettings()), ("in memcached", keeping)]
    }

    // MARK: - Costs

    /// What a document should not cost more than, in microseconds.
    private static let (memoryAim, memcachedAim, tablesAim) = (100, 500, 2000)

    private static func costs(
        _ stopwatch: Stopwatch,
        _ handler: XMLHandler,
        _ forgetful: XMLHandler,
        _ servers: [ServerAddress],
        _ kind: String
    ) async throws -> BenchTable {
        var table = BenchTable(
            """
            documents: \(HandlerBenchTables.domains) domains, \(HandlerBenchTables.extensions) extensions and \
            \(HandlerBenchTables.dialplans) dialplan entries in one of them, \
            \(HandlerBenchTables.domains * HandlerBenchTables.numbers) numbers (\(kind))
            """,
            unit: "document"
        )
        func add(_ what: String, _ keeping: KeepingSettings, aim: Int) async throws {
            let client = keeping.makeClient(Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
            defer { client?.close() }
            let documents = keeping.source(handler, in: client) { _ in }
            for (name, question) in [
                ("a user", user(0)), ("a dialplan", context), ("a number called from outside", called(0)),
            ] {
                guard try await documents.document(for: question) != nil else {
                    throw BenchError(description: "the bench's own tables have no \(name)")
                }
                table.add(
                    "\(name), \(what)",
                    await stopwatch.measure { _ = try? await documents.document(for: question) },
                    aim: aim
                )
            }
            if client != nil, let counts = documents.counts, counts.remote == 0 {
                throw BenchError(description: "memcached does not answer")
            }
        }
        for (what, keeping) in keepings(servers) {
            try await add(what, keeping, aim: keeping.servers.isEmpty ? memoryAim : memcachedAim)
        }
        var none = KeepingSettings()
        none.isOn = false
        try await add("made of the tables", none, aim: tablesAim)
        table.add(
            "a dialplan, of rows that nobody has read",
            await stopwatch.measure { _ = try? await forgetful.answer(context) },
            aim: tablesAim
        )
        return table
    }

    // MARK: - Counts

    private static func statements(_ handler: XMLHandler, _ tables: HandlerBenchTables) async throws -> String {
        var text = "statements of a document that nobody has: "
        let documents = KeepingSettings().source(handler, in: nil) { _ in }
        _ = tables.takeCount()
        _ = try await documents.document(for: user(1))
        text += "a user \(tables.takeCount())"
        _ = try await documents.document(for: context)
        text += ", a dialplan \(tables.takeCount())"
        _ = try await documents.document(for: called(1))
        return text + ", a number \(tables.takeCount()) (aim: 3, 1, 1)\n"
    }

    private static let askers = 1000

    private static func misses(_ handler: XMLHandler, _ tables: HandlerBenchTables) async throws -> String {
        let documents = KeepingSettings().source(handler, in: nil) { _ in }
        _ = tables.takeCount()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<askers { group.addTask { _ = try await documents.document(for: context) } }
            try await group.waitForAll()
        }
        return "statements of \(askers) questions for the same dialplan at once: \(tables.takeCount()) (aim: 1)\n"
    }
}
