import Cache
import Logging
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// A source over small tables.
struct KeptDocuments {
    let tables: SmallTables
    let documents: DocumentSource

    init(_ keeping: KeepingSettings = patient, in client: MemcachedClient? = nil) throws {
        tables = try SmallTables()
        let handler = XMLHandler(tables.source, options: SmallTables.options)
        documents = keeping.source(handler, in: client) { _ in }
    }

    /// What is usual, but what is not there is known for longer than others may keep the machine busy.
    static let patient = {
        var keeping = KeepingSettings()
        keeping.cache.negativeLifetime = .seconds(3600)
        return keeping
    }()

    /// Gives a memcached of its own to `work`, with a client of it.
    static func withServer(
        _ change: (inout KeepingSettings) -> Void = { _ in },
        _ work: (KeepingSettings, MemcachedClient) async throws -> Void
    ) async throws {
        let server = try MemcachedProcess()
        defer { withExtendedLifetime(server) {} }
        var keeping = KeepingSettings()
        keeping.servers = [ServerAddress(host: "127.0.0.1", port: Int(server.port))]
        (keeping.limits.connectTime, keeping.limits.operationTime) = (.seconds(10), .seconds(10))
        // What is stored beside is waited for, and nothing lapses however slow the machine is.
        keeping.cache.lockWait = .seconds(60)
        keeping.cache.negativeLifetime = .seconds(3600)
        change(&keeping)
        let client = try #require(keeping.makeClient(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        defer { client.close() }
        try await work(keeping, client)
    }

    /// A question's document, and how many statements it took.
    func ask(_ question: XMLQuestion) async throws -> (document: XMLNode?, statements: Int) {
        _ = tables.source.takeStatements()
        let document = try await documents.document(for: question)?.document
        return (document, tables.source.takeStatements().count)
    }
}

/// What the tests ask for.
extension XMLQuestion {
    static func user(_ name: String, _ more: [(String, String)] = []) -> XMLQuestion {
        XMLQuestion(
            section: .directory,
            value: "one.example",
            fields: [("action", "sip_auth"), ("user", name), ("domain", "one.example")] + more
        )
    }

    static func context(_ name: String, number: String = "1000", _ more: [(String, String)] = [])
        -> XMLQuestion
    {
        XMLQuestion(
            section: .dialplan,
            value: "",
            fields: [("Hunt-Context", name), ("Caller-Destination-Number", number)] + more
        )
    }

    static func file(_ name: String, menu: String? = nil) -> XMLQuestion {
        XMLQuestion(section: .configuration, value: name, fields: menu.map { [("Menu-Name", $0)] } ?? [])
    }
}
