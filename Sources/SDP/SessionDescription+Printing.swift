import Base

extension SessionDescription {
    /// The description as bytes, in the order that RFC 4566 §5 demands, lines ending in CRLF.
    ///
    /// Line breaks inside values become blanks, so that no value can add a line. Lines of letters that have no place
    /// in that order are left out.
    public func serialized() -> [UInt8] {
        var printer = SessionDescriptionPrinter()
        printer.line("v", "0")
        if let origin {
            let id = "\(origin.sessionID) \(origin.sessionVersion)"
            printer.line("o", "\(origin.username) \(id) \(origin.connection.fields)")
        } else {
            printer.line("o", "- 0 0 IN IP4 0.0.0.0")
        }
        printer.line("s", sessionName.isEmpty ? " " : sessionName)
        printer.lines("iuep", of: otherLines)
        if let connection { printer.line("c", connection.fields) }
        printer.lines("b", of: otherLines)
        if !otherLines.contains(where: { $0.type == UInt8(ascii: "t") }) { printer.line("t", "0 0") }
        printer.lines("trz", of: otherLines)
        printer.lines("k", of: otherLines)
        printer.attributes(attributes)
        for medium in media { printer.medium(medium) }
        return printer.bytes
    }
}

extension SessionDescription: CustomStringConvertible {
    /// The description as text.
    public var description: String { String(decoding: serialized(), as: UTF8.self) }
}

extension SDPConnection {
    /// The three fields as they stand in `c=`.
    fileprivate var fields: String {
        "\(networkType) \(addressType) \(host)" + (suffix.map { "/\($0)" } ?? "")
    }
}

private struct SessionDescriptionPrinter {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    mutating func line(_ type: Unicode.Scalar, _ value: String) {
        line(UInt8(ascii: type), value)
    }

    private mutating func line(_ type: UInt8, _ value: String) {
        bytes.append(type)
        bytes.append(UInt8(ascii: "="))
        for byte in value.utf8 {
            let breaksLine = byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") || byte == 0
            bytes.append(breaksLine ? UInt8(ascii: " ") : byte)
        }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Prints the lines of the given letters, in the order in which they were kept.
    mutating func lines(_ types: StaticString, of lines: [SDPLine]) {
        let types = Array(types.description.utf8)
        for line in lines where types.contains(line.type) { self.line(line.type, line.value) }
    }

    mutating func attributes(_ attributes: [SDPAttribute]) {
        for attribute in attributes {
            line("a", attribute.value.map { "\(attribute.name):\($0)" } ?? attribute.name)
        }
    }

    mutating func medium(_ medium: MediaDescription) {
        let port = medium.portCount == 1 ? "\(medium.port)" : "\(medium.port)/\(medium.portCount)"
        line("m", ([medium.kind, port, medium.transport] + medium.formats).joined(separator: " "))
        lines("i", of: medium.otherLines)
        for connection in medium.connections { line("c", connection.fields) }
        lines("b", of: medium.otherLines)
        lines("k", of: medium.otherLines)
        attributes(medium.attributes)
    }
}
