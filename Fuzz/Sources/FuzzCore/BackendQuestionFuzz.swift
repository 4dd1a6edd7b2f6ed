import BackendProtocol
import Base

/// Feeds bytes to the reader of JSON, and to what divides a stream into questions of PowerDNS.
public enum BackendQuestionFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        if let value = JSONValue(parsing: bytes) {
            precondition(JSONValue(parsing: Array(text(of: value).utf8)) == value, "what was read is printed as it was")
        }
        var whole = BackendFramer()
        let questions = whole.push(bytes)
        var divided = BackendFramer()
        var found: [[UInt8]]? = []
        for byte in bytes {
            guard let more = divided.push([byte]) else {
                found = nil
                break
            }
            found? += more
        }
        precondition(found == questions, "however the bytes are divided, the questions are the same")
        for question in questions ?? [] { _ = BackendQuestion(json: question)?.parameters["qname"]?.text }
    }

    private static func text(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let truth): truth ? "true" : "false"
        case .number(let number): "\(number)"
        case .string(let string): JSONText.quoted(string)
        case .array(let elements): JSONText.array(json: elements.map { text(of: $0) })
        case .object(let members): JSONText.object(json: members.map { ($0.name, text(of: $0.value)) })
        }
    }
}
