import SwitchCore

/// A channel as a line of a table sees it: values cannot end their field or the line.
///
/// Templates put the quotes around a value themselves, so a quote in it is doubled (RFC 4180 §2), which SQL reads the
/// same way, and an end of line becomes a space.
struct CSVScope: ExpansionScope {
    let channel: SessionScope

    func variable(_ name: String, index: Int?) -> String? {
        channel.variable(name, index: index).map(Self.field)
    }

    func callAPI(_ name: String, arguments: String) async -> String? {
        await channel.callAPI(name, arguments: arguments).map(Self.field)
    }

    /// The text as the content of a quoted field.
    static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 < 0x20 }) else { return text }
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\"\""
            case _ where scalar.value < 0x20 && scalar != "\t": output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
