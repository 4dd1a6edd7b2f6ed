import Synchronization
import XMLConfig

/// Answers look-ups with a document that a test can change, and notes for which profile it was asked.
final class ConfigurationProvider: XMLProvider {
    /// The document; nothing is found without one.
    let document = Mutex<String?>(nil)
    /// `profile reconfig` of each question.
    let questions = Mutex<[String]>([])

    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer {
        let values = Dictionary(parameters) { first, _ in first }
        questions.withLock { $0.append("\(values["profile"] ?? "") \(values["reconfig"] ?? "")") }
        guard let text = document.withLock({ $0 }),
            let node = try? XMLDocument.parse(Array(text.utf8), named: "provider")
        else { return .notFound }
        return .document(node)
    }
}
