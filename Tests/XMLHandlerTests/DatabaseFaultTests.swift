import Database
import Glibc
import HTTPTransport
import Logging
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// A database that cannot be used: whoever asks hears why.
struct DatabaseFaultTests {
    private static let password = "kV3qz8Rw"

    private static func user(_ name: String) -> XMLQuestion {
        XMLQuestion(section: .directory, value: "", fields: [("user", name), ("domain", "one.example")])
    }

    private func open(_ dsn: String, _ limits: PoolSettings) throws -> (documents: DocumentSource, pool: DatabasePool) {
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: "/"), limits)
        let handler = XMLHandler(DatabaseTables(pool), options: SmallTables.options)
        return (KeepingSettings().source(handler, in: nil) { _ in }, pool)
    }

    /// Who may not read what pages alone fill has documents all the same; other tables are needed.
    @Test func rightsForWhatDocumentsNeedAreEnough() async throws {
        let tables = try SmallTables()
        try tables.extension("1000")
        let faulty = FaultyTables(tables.source)
        for table in XMLHandler.tablesOfPages { faulty.fail("\(table) t ON", .refused) }
        let handler = XMLHandler(faulty, options: SmallTables.options)
        #expect(try await handler.answer(Self.user("1000")).document != nil)
        faulty.fail("v_extensions t ON", .refused)
        handler.lookAnew()
        await #expect(throws: DatabaseError.self) { try await handler.answer(Self.user("1000")) }
        // Whether a table is there is not known while the database is away.
        faulty.fail("v_extensions t ON", nil)
        faulty.fail("v_modules t ON", .lost)
        await #expect(throws: DatabaseError.self) { try await handler.answer(Self.user("1000")) }
    }

    /// The name leads to where nobody listens, or to a file that cannot be: that is said, and no password.
    @Test(
        arguments: [
            ("pgsql://host=127.0.0.1 port=PORT dbname=pbx user=pbx password='\(password)'", "PORT"),
            ("mariadb://Server=127.0.0.1;Port=PORT;Database=pbx;Uid=pbx;Pwd={\(password)};", "127.0.0.1"),
            ("sqlite:///nonexistent/pbx.db", "/nonexistent/pbx.db"),
        ]
    )
    private func saysWhatIsNotThere(dsn: String, reason: String) async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let port = "\(bindToLoopback(descriptor))"
        let (documents, pool) = try open(dsn.replacing("PORT", with: port), PoolSettings(connections: 1))
        let error = await #expect(throws: DatabaseError.self) {
            try await documents.document(for: Self.user("1000"))
        }
        let text = error?.description ?? ""
        #expect(text.contains(reason.replacing("PORT", with: port)), "\(text)")
        #expect(!text.contains(Self.password))
        // Over HTTP it is said in the log, and the client asks its next binding.
        let log = LogCapture()
        let service = HandlerService(
            documents,
            credentials: nil,
            logger: Logger(label: "test") { _ in log },
            isHealthy: { false }
        )
        let form = "section=directory&key_value=one.example&user=1000&domain=one.example"
        let page = await service.answer(HTTPRequest("POST", "/", body: Array(form.utf8)))
        #expect(page.status == .serviceUnavailable)
        #expect(log.lines.contains { $0.contains("could not be answered") })
        #expect(!log.lines.contains { $0.contains(Self.password) })
        await pool.close()
    }

    /// More look-ups than may wait for a connection are refused at once, and say so; the others have their time.
    @Test func refusesMoreThanMayWait() async throws {
        let hole = BlackHole()
        var limits = PoolSettings(connections: 1)
        (limits.waiters, limits.connecting, limits.deadline) = (2, .seconds(2), .seconds(4))
        let dsn = "pgsql://host=127.0.0.1 port=\(hole.port) dbname=pbx user=pbx password=x"
        let (documents, pool) = try open(dsn, limits)
        let errors = await withTaskGroup(of: String.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do {
                        _ = try await documents.document(for: Self.user("\(number)"))
                        return ""
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        // In the order in which they ended.
        let refused = errors.prefix { $0 == "2 calls wait for a connection already" }
        #expect(refused.count >= 17)
        #expect(errors.count == 20 && !errors.contains(""))
        await pool.close()
        withExtendedLifetime(hole) {}
    }
}
