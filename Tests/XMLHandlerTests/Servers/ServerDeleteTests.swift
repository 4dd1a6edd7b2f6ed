import TandemTesting
import Testing

@testable import XMLHandler

/// Deletes that reach other nodes through a server of PostgreSQL or MariaDB.
@Suite(.enabled(if: DatabaseServer.areThere)) struct ServerDeleteTests {
    private func withTables(_ server: DatabaseServer, _ work: (ServerTables) async throws -> Void) async throws {
        let small = try SmallTables(.v5_5)
        try small.extension("1000", ["password": "old"])
        try await ServerTables.with(server) { tables in
            _ = try await TypedTables(small, server).copy(to: tables)
            try await work(tables)
        }
    }

    @Test(arguments: DatabaseServer.allCases)
    func nodesTellEachOther(_ server: DatabaseServer) async throws {
        try await withTables(server) { try await NodesOfOneDatabase.tellEachOther($0.dsn, $0) }
    }

    @Test(arguments: DatabaseServer.allCases)
    func nodesHearWhatComesLate(_ server: DatabaseServer) async throws {
        try await withTables(server) { try await NodesOfOneDatabase.hearWhatComesLate($0.dsn, $0) }
    }

    @Test(arguments: DatabaseServer.allCases)
    func rowsAreReadAndTakenOut(_ server: DatabaseServer) async throws {
        try await ServerTables.with(server) { try await NodesOfOneDatabase.readAndTidy($0.dsn) }
    }

    /// What is forgotten while the server is away is told when it is back; nobody waits for it.
    @Test(arguments: DatabaseServer.allCases)
    func tellsWhenTheServerIsBack(_ server: DatabaseServer) async throws {
        try await withTables(server) { tables in
            let port = try server.port()
            let relay = try await TCPRelay(to: try #require(Int(port)))
            let name = tables.dsn.replacing("ort=\(port)", with: "ort=\(relay.port)")
            #expect(name != tables.dsn)
            try await NodesOfOneDatabase.with(tables.dsn) { others in
                try await NodesOfOneDatabase.with(name) { nodes in
                    #expect(try await others.password(1) == "old")
                    try await waitUntil("the table is there") { nodes.table.works(.told) }
                    try await relay.stop()
                    try await tables.change(["UPDATE v_extensions SET password = 'new'"])
                    await nodes.documents[0].forget("directory:1000@one.example")
                    try await waitUntil("it is not told") { !nodes.table.works(.told) }
                    #expect(nodes.documents[0].untoldDeletes == 1)
                    #expect(try await others.password(1) == "old")
                    try await relay.start()
                    try await others.comeToKnow(1)
                }
            }
            try await relay.stop()
        }
    }

    /// Many that make the table at once find it made.
    @Test(arguments: DatabaseServer.allCases)
    func manyMakeTheTable(_ server: DatabaseServer) async throws {
        try await ServerTables.with(server) { tables in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.write(tables.dsn) } }
                try await group.waitForAll()
            }
        }
    }

    private static func write(_ dsn: String) async throws {
        try await NodesOfOneDatabase.with(dsn) { nodes in
            try await waitUntil("it is written and read") {
                nodes.table.works(.told) && nodes.table.works(.heard)
            }
        }
    }
}
