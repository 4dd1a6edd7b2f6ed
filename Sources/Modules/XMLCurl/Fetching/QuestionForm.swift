import Base
import SwitchCore
import XMLConfig

/// A question as the fields of a form, with the names and in the order that FreeSWITCH sends them in.
struct QuestionForm: Sendable {
    /// What every question has: whose it is, and what is looked for.
    private let lookedFor: [(String, String)]
    /// The headers of the event that describes the question.
    private let event: [(String, String)]

    /// - Parameters:
    ///   - host: The name of the switch.
    ///   - event: What describes the question, beginning with what every event begins with.
    init(host: String, section: XMLSection, tag: String, key: String, value: String, event: [(String, String)]) {
        lookedFor = [
            ("hostname", host), ("section", section.rawValue), ("tag_name", tag), ("key_name", key),
            ("key_value", value),
        ]
        self.event = event
    }

    /// The value of a field; names compare without case.
    subscript(name: String) -> String? {
        (lookedFor + event).first { $0.0.equalsIgnoringASCIICase(name) }?.1
    }

    /// The form (`application/x-www-form-urlencoded`).
    ///
    /// FreeSWITCH leaves the names, and the values of the first five fields, as they are; here nothing that a caller has
    /// written can look like another field.
    ///
    /// - Parameter names: The only headers of the event that are in it; all when there are none.
    func text(keeping names: Set<String>) -> String {
        let kept = names.isEmpty ? event : event.filter { names.contains($0.0) }
        return (lookedFor + kept)
            .map { PlainEventEncoding.encode($0.0) + "=" + PlainEventEncoding.encode($0.1) }
            .joined(separator: "&")
    }
}
