import Cache
import Database
import Logging
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// Nodes that ask the same database, each with connections and a memory of its own, and tell each other what to forget.
struct NodesOfOneDatabase {
    /// Their documents.
    let documents: [DocumentSource]
    /// The table of the first of them.
    let table: DeleteTable
    let pools: [DatabasePool]

    /// Two nodes, for the length of a closure.
    static func with(_ dsn: String, _ work: (NodesOfOneDatabase) async throws -> Void) async throws {
        let nodes = try NodesOfOneDatabase(dsn)
        let followers = nodes.documents.map { node in Task { await node.followOthers() } }
        var failure: (any Error)?
        do { try await work(nodes) } catch { failure = error }
        for follower in followers {
            follower.cancel()
            await follower.value
        }
        for pool in nodes.pools { await pool.close() }
        if let failure { throw failure }
    }

    private init(_ dsn: String) throws {
        var limits = PoolSettings(connections: 2)
        limits.deadline = .seconds(600)
        let name = try DatabaseDSN(dsn, directory: "/")
        pools = (0..<2).map { _ in DatabasePool(name, limits) }
        let keeping = KeepingSettings()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let tables = pools.map { DeleteTable($0, logger) }
        table = tables[0]
        documents = zip(pools, tables).map { pool, table in
            let handler = XMLHandler(DatabaseTables(pool), options: SmallTables.options)
            return keeping.source(handler, in: nil, sharing: table) { _ in }
        }
    }

    /// The password that a node gives for a user.
    func password(_ node: Int) async throws -> String? {
        try await documents[node].document(for: XMLQuestion.user("1000"))?.document.value("password")
    }

    /// Waits until a node gives the new password.
    func comeToKnow(_ node: Int) async throws {
        try await waitUntil("node \(node) forgets the old password") { try await password(node) == "new" }
    }

    // MARK: - What is tested with each kind of database

    /// A delete reaches the other node, which is not told of it otherwise.
    static func tellEachOther(_ dsn: String, _ tables: some ChangingTables) async throws {
        try await with(dsn) { nodes in
            for node in 0..<2 { #expect(try await nodes.password(node) == "old") }
            try await tables.change(["UPDATE v_extensions SET password = 'new'"])
            for node in 0..<2 { #expect(try await nodes.password(node) == "old") }
            await nodes.documents[0].forget("directory:1000@one.example")
            #expect(try await nodes.password(0) == "new")
            try await nodes.comeToKnow(1)
            try await waitUntil("everything is told") { nodes.documents[0].untoldDeletes == 0 }
            try await waitUntil("the table works") { nodes.table.works(.told) && nodes.table.works(.heard) }
        }
    }

    /// A row comes to be seen half a minute after its time, as that of a transaction that ended late.
    static func hearWhatComesLate(_ dsn: String, _ tables: some ChangingTables) async throws {
        try await with(dsn) { nodes in
            for node in 0..<2 { #expect(try await nodes.password(node) == "old") }
            try await tables.change(["UPDATE v_extensions SET password = 'new'"])
            // They have read the table, and written into it.
            try await waitUntil("the table is there") {
                nodes.table.works(.heard) && nodes.documents.allSatisfy { $0.untoldDeletes == 0 }
            }
            let time = "\(nodes.pools[0].dialect.epochMilliseconds) - 30000"
            try await tables.change([
                "INSERT INTO tandem_cache_deletes (id, noted, entry) VALUES ('late', \(time), '@- x\ndirectory.1000')"
            ])
            for node in 0..<2 { try await nodes.comeToKnow(node) }
        }
    }

    /// Rows are read page by page, as far back as is asked for, and taken out when they are old.
    static func readAndTidy(_ dsn: String) async throws {
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: "/"), PoolSettings(connections: 1))
        let table = DeleteTable(pool, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        // It is made by whoever comes first.
        var reading = try await table.read(ofLast: .seconds(60), orSince: nil)
        #expect(reading.rows == [] && reading.isAll)
        // In this century.
        #expect(reading.now > 1_700_000_000_000)
        let clocks = Statement("SELECT \(pool.dialect.epoch) AS s, \(pool.dialect.epochMilliseconds) AS ms")
        let clock = try #require(try await pool.query(clocks).first)
        let (seconds, milliseconds) = (try #require(clock["s"]?.integer), try #require(clock["ms"]?.integer))
        #expect((-1...1).contains(milliseconds / 1000 - seconds))
        let entries = (0..<1001).map { ForgetEntry(["s.ä\($0)"], identifier: "\($0)", list: "l") }
        for start in stride(from: 0, to: entries.count, by: 100) {
            try await table.put(Array(entries[start...].prefix(100)))
        }
        reading = try await table.read(ofLast: .seconds(3600), orSince: nil)
        #expect(Set(reading.rows.map(\.entry)) == Set(entries))
        #expect(Set(reading.rows.map(\.name)).count == 1001 && reading.isAll)
        try await pool.execute("UPDATE tandem_cache_deletes SET noted = noted - 7200000")
        #expect(try await table.read(ofLast: .seconds(3600), orSince: nil).rows.isEmpty)
        let before = reading.now - 7_200_000 - 3_600_000
        #expect(try await table.read(ofLast: .seconds(3600), orSince: before).rows.count == 1001)
        try await table.put([entries[0]])
        for _ in 0..<2 { try await table.remove(olderThan: .seconds(900)) }
        #expect(try await table.read(ofLast: .seconds(3600), orSince: before).rows.map(\.entry) == [entries[0]])
        await pool.close()
    }
}
