import Logging
import Synchronization
import XMLConfig

/// Answers the look-ups of the switch that it is in from tables.
final class TablesProvider: XMLProvider {
    private struct State {
        var handler: XMLHandler
        var counts = Counts()
    }

    /// What has happened so far.
    struct Counts: Sendable {
        /// Look-ups that the tables were asked for.
        var questions = 0
        /// Those of them that could not be answered.
        var failures = 0
    }

    private let faults: FaultLog
    private let state: Mutex<State>

    init(_ handler: XMLHandler, logger: Logger) {
        faults = FaultLog(logger)
        state = Mutex(State(handler: handler))
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// Asks other tables from now on, at the same place among the providers.
    func replace(_ handler: XMLHandler) {
        state.withLock { $0.handler = handler }
        faults.forget()
    }

    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer {
        let handler = state.withLock { state in
            state.counts.questions += 1
            return state.handler
        }
        do {
            let answer = try await handler.answer(
                XMLQuestion(section: section, value: value, fields: parameters)
            )
            faults.tell(answer.faults)
            return answer.document.map { .document($0) } ?? .notFound
        } catch {
            state.withLock { $0.counts.failures += 1 }
            return .failure("\(error)")
        }
    }
}
