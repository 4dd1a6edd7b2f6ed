import Cache
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// What FusionPBX's handler kept in memcached, and what is kept there for it.
@Suite(.enabled(if: GoldenCorpus.folder != nil && MemcachedProcess.isInstalled)) struct GoldenCacheTests {
    /// What has none of its keys here: public contexts, whose numbers callers choose, and call groups, of which it keeps an
    /// empty answer.
    private static let apart: Set<String> = [
        "dialplan:public:+493012345", "dialplan:public:12085550100", "dialplan:public:19995551234",
        "directory:groups:tenant1.example",
    ]
    /// What is no XML, and is made anew: a password has a quotation mark, a phrase's pattern none.
    private static let broken: Set<String> = [
        "directory:1006@tenant1.example", "languages:en:60000000-0000-4000-8000-000000000001",
    ]

    /// The recorded questions with the tables as they are, by the key that their documents have for the script: one for each.
    private static func questions() throws -> [String: String] {
        var questions: [String: String] = [:]
        let names = XMLHandler.sections.flatMap { GoldenCorpus.names($0) }.sorted()
        for name in names where GoldenComparison.changes(name).isEmpty && !name.hasPrefix("18-") {
            let question = try GoldenCorpus.question(name)
            let key = DocumentKey.key(for: question, options: GoldenComparison.options(name))?.sharedName
            if let key, questions[key] == nil { questions[key] = name }
        }
        return questions
    }

    /// A source of documents with nothing in its memory yet.
    private static func documents(
        _ tables: SQLiteTables,
        _ keeping: KeepingSettings,
        _ client: MemcachedClient
    ) -> DocumentSource {
        keeping.source(XMLHandler(tables, options: GoldenComparison.options("")), in: client) { _ in }
    }

    /// What it has kept is found under its keys, and counts as it is.
    @Test func findsWhatTheScriptKept() async throws {
        let (items, questions) = (try GoldenCorpus.keptItems().filter(\.isDocument), try Self.questions())
        #expect(Set(items.map(\.key)).isSuperset(of: Self.apart.union(Self.broken)))
        #expect(Self.apart.isDisjoint(with: questions.keys))
        try await KeptDocuments.withServer({ $0.names = .shared }) { keeping, client async throws in
            for item in items {
                let stored = MemcachedItem(key: item.key, flags: 0, value: Array(item.value.utf8))
                try await client.store(.set, stored, seconds: 3600)
            }
            let tables = try GoldenCorpus.tables(.real)
            let comparison = try await GoldenComparison(tables, .real)
            let documents = Self.documents(tables, keeping, client)
            for item in items where !Self.apart.contains(item.key) {
                let isBroken = Self.broken.contains(item.key)
                let name = try #require(questions[item.key], "\(item.key)")
                _ = tables.takeStatements()
                let found = try await documents.document(for: try GoldenCorpus.question(name))?.document
                let statements = tables.takeStatements()
                #expect(statements.isEmpty != isBroken, "\(item.key)")
                let wanted =
                    isBroken ? comparison.wanted(name) : comparison.canonical.recorded(GoldenCorpus.answer(name))
                #expect(found.map { comparison.canonical.text($0) } == wanted, "\(item.key)")
            }
        }
    }

    /// What is kept here is under its keys, in the form in which it reads them.
    @Test func keepsForTheScript() async throws {
        let (items, questions) = (try GoldenCorpus.keptItems().filter(\.isDocument), try Self.questions())
        try await KeptDocuments.withServer({ $0.names = .shared }) { keeping, client async throws in
            let tables = try GoldenCorpus.tables(.real)
            let comparison = try await GoldenComparison(tables, .real)
            let documents = Self.documents(tables, keeping, client)
            var escaped = 0
            for item in items where !Self.apart.contains(item.key) {
                let name = try #require(questions[item.key], "\(item.key)")
                _ = try await documents.document(for: try GoldenCorpus.question(name))
                #expect(try await comesTrue { try await client.get(item.key) != nil }, "\(item.key)")
                let value = String(decoding: try #require(try await client.get(item.key)).value, as: UTF8.self)
                // Its arguments are quoted by it, on both ways.
                #expect(!value.contains("'") && !item.value.contains("'"), "\(item.key)")
                escaped += value.contains("&#39;") ? 1 : 0
                let read = value.replacing("&#39;", with: "'")
                #expect(comparison.canonical.recorded(read) == comparison.wanted(name), "\(item.key)")
            }
            #expect(escaped > 0)
        }
    }
}
