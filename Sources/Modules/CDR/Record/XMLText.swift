import XMLConfig

/// Writes an XML document, two spaces a level.
struct XMLText {
    /// What was written so far.
    private(set) var text = "<?xml version=\"1.0\"?>\n"
    private var level = 0

    /// Writes an element with a text.
    mutating func element(_ name: String, _ content: String, attributes: [(String, String)] = []) {
        begin(name, attributes)
        text += ">" + Self.legal(XMLNode.escaped(content, inAttribute: false)) + "</\(name)>\n"
    }

    /// Writes an element with elements inside.
    mutating func element(_ name: String, attributes: [(String, String)] = [], _ content: (inout XMLText) -> Void) {
        begin(name, attributes)
        text += ">\n"
        level += 1
        content(&self)
        level -= 1
        text += String(repeating: "  ", count: level) + "</\(name)>\n"
    }

    /// Writes elements that have a text each.
    mutating func elements(_ fields: [(name: String, value: String)]) {
        for field in fields { element(field.name, field.value) }
    }

    private mutating func begin(_ name: String, _ attributes: [(String, String)]) {
        text += String(repeating: "  ", count: level) + "<" + name
        for (name, value) in attributes { text += " \(name)=\"\(Self.legal(XMLNode.escaped(value)))\"" }
    }

    /// The text without the characters that no XML document may contain (XML 1.0 §2.2).
    private static func legal(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isIllegal) else { return text }
        var output = ""
        for scalar in text.unicodeScalars { output.unicodeScalars.append(isIllegal(scalar) ? "\u{FFFD}" : scalar) }
        return output
    }

    private static func isIllegal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD: false
        case ..<0x20, 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}
