extension XMLNode: CustomStringConvertible {
    /// The element as XML text, two spaces a level, as `xml_locate` prints it.
    public var description: String {
        var output = ""
        write(to: &output, level: 0)
        return output
    }

    private func write(to output: inout String, level: Int) {
        let indentation = String(repeating: "  ", count: level)
        output += indentation + "<" + name
        for (name, value) in attributes {
            output += " \(name)=\"\(Self.escaped(value, inAttribute: true))\""
        }
        if children.isEmpty, text.isEmpty {
            output += "/>\n"
            return
        }
        output += ">" + Self.escaped(text, inAttribute: false)
        if !children.isEmpty {
            output += "\n"
            for child in children { child.write(to: &output, level: level + 1) }
            output += indentation
        }
        output += "</\(name)>\n"
    }

    /// Text with the characters that XML gives a meaning written as entities.
    public static func escaped(_ text: String, inAttribute: Bool = true) -> String {
        guard text.utf8.contains(where: { Self.needsEscape($0) }) else { return text }
        var output = ""
        output.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"" where inAttribute: output += "&quot;"
            case "\n" where inAttribute: output += "&#10;"
            case "\r": output += "&#13;"
            case "\t" where inAttribute: output += "&#9;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), 9, 10, 13: true
        default: false
        }
    }
}
