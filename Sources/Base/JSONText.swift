/// Writes JSON (RFC 8259).
public enum JSONText {
    /// An object of texts, in order.
    public static func object(_ members: [(name: String, value: String)]) -> String {
        object(json: members.map { ($0.name, quoted($0.value)) })
    }

    /// An object of values that are JSON already, in order.
    public static func object(json members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(quoted($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }

    /// An array of values that are JSON already.
    public static func array(json elements: [String]) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    /// A string (RFC 8259 §7).
    public static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
