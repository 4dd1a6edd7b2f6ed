import Cache
import Database
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// Documents while a server of PostgreSQL or MariaDB is away.
@Suite(.enabled(if: DatabaseServer.areThere)) struct ServerLossTests {
    private static func user(_ name: String) -> XMLQuestion {
        XMLQuestion(section: .directory, value: "", fields: [("user", name), ("domain", "one.example")])
    }

    private static func password(_ document: DocumentSource.Found?) -> String? {
        document?.document.value("password")
    }

    @Test(arguments: DatabaseServer.allCases)
    func callsGoOnWithWhatIsKept(_ server: DatabaseServer) async throws {
        let small = try SmallTables(.v5_5)
        try small.extension("1000", ["password": "old"])
        try await ServerTables.with(server) { tables in
            _ = try await TypedTables(small, server).copy(to: tables)
            let port = try server.port()
            let relay = try await TCPRelay(to: try #require(Int(port)))
            let name = tables.dsn.replacing("ort=\(port)", with: "ort=\(relay.port)")
            #expect(name != tables.dsn)
            var limits = PoolSettings(connections: 2)
            limits.deadline = .seconds(60)
            let pool = DatabasePool(try DatabaseDSN(name, directory: ""), limits)
            var keeping = KeepingSettings()
            // Everything has to be loaded again, and counts still where it cannot be.
            (keeping.cache.lifetime, keeping.cache.staleWhileRevalidating) = (.zero, .zero)
            keeping.cache.errorPause = .zero
            let handler = XMLHandler(DatabaseTables(pool), options: SmallTables.options)
            let documents = keeping.source(handler, in: nil) { _ in }
            #expect(Self.password(try await documents.document(for: Self.user("1000"))) == "old")
            try await relay.stop()
            for _ in 0..<20 {
                #expect(Self.password(try await documents.document(for: Self.user("1000"))) == "old")
            }
            await #expect(throws: DatabaseError.self) { try await documents.document(for: Self.user("1001")) }
            try await tables.change(["UPDATE v_extensions SET password = 'new'"])
            try await relay.start()
            var found = Self.password(try await documents.document(for: Self.user("1000")))
            for _ in 0..<1000 where found != "new" {
                try await Task.sleep(for: .milliseconds(20))
                found = Self.password(try await documents.document(for: Self.user("1000")))
            }
            #expect(found == "new")
            await pool.close()
            try await relay.stop()
        }
    }
}
