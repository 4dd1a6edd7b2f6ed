import Cache
import SwitchCore
import Synchronization
import XMLConfig

/// Answers the look-ups of the switch that it is in from tables.
final class TablesProvider: XMLProvider {
    private struct State {
        var documents: DocumentSource
        var counts = Counts()
    }

    /// What has happened so far.
    struct Counts: Sendable {
        /// Look-ups that the tables were asked for.
        var questions = 0
        /// Those of them that could not be answered.
        var failures = 0
    }

    private let state: Mutex<State>

    init(_ documents: DocumentSource) {
        state = Mutex(State(documents: documents))
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// Asks other tables from now on, at the same place among the providers.
    func replace(_ documents: DocumentSource) {
        state.withLock { $0.documents = documents }
    }

    /// What it asks at the moment.
    var documents: DocumentSource { state.withLock { $0.documents } }

    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer {
        let documents = state.withLock { state in
            state.counts.questions += 1
            return state.documents
        }
        do {
            let found = try await documents.document(
                for: XMLQuestion(section: section, value: value, fields: parameters),
                by: LookUpRequester.address
            )
            return found.map { $0.isKept ? .kept($0.document) : .document($0.document) } ?? .notFound
        } catch CacheFault.tooMuchUnknown {
            // Counted by the cache, and no news for the log each time.
            return .unanswered
        } catch {
            state.withLock { $0.counts.failures += 1 }
            return .failure("\(error)")
        }
    }
}

extension TablesProvider: DocumentCache {
    func forget(_ key: String) async -> Int { Self.count(await documents.forget(key)) }

    func forgetAll() async -> Int { Self.count(await documents.forgetAll()) }

    /// Servers do not say how much they had.
    private static func count(_ forgotten: DocumentSource.Forgotten) -> Int {
        max(forgotten.inMemory, forgotten.isShared ? 1 : 0)
    }
}
