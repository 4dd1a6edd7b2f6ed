/// `<event>` with one element for each header; values are percent-encoded as in the plain form.
public enum XMLEventEncoding {
    static func encode(_ event: Event) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(event.headers.count * 80 + (event.body?.utf8.count ?? 0))
        output.append(text: "<event>\n  <headers>\n")
        for header in event.headers {
            let name = elementName(header.name)
            output.append(text: "    <\(name)>")
            PlainEventEncoding.append(encoded: header.value, to: &output)
            output.append(text: "</\(name)>\n")
        }
        output.append(text: "  </headers>\n")
        if let body = event.body {
            output.append(text: "  <Content-Length>\(body.utf8.count)</Content-Length>\n  <body>")
            append(escaped: body, to: &output)
            output.append(text: "</body>\n")
        }
        output.append(text: "</event>\n")
        return output
    }

    /// A header's name where it is a name in XML as well; another character in it becomes `_`.
    public static func elementName(_ name: String) -> String {
        let isName = name.utf8.allSatisfy { isNameByte($0) }
        if isName, let first = name.utf8.first, !isDigitOrSign(first) { return name }
        let repaired = String(decoding: name.utf8.map { isNameByte($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        return repaired.utf8.first.map(isDigitOrSign) ?? true ? "_\(repaired)" : repaired
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") <= 25 || byte == UInt8(ascii: "_") || isDigitOrSign(byte)
    }

    private static func isDigitOrSign(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// Text of a body (XML 1.0 §2.2: most controls cannot be written at all and become spaces).
    private static func append(escaped text: String, to output: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): output.append(text: "&amp;")
            case UInt8(ascii: "<"): output.append(text: "&lt;")
            case UInt8(ascii: ">"): output.append(text: "&gt;")
            case 0x09, 0x0A, 0x0D, 0x20...: output.append(byte)
            default: output.append(0x20)
            }
        }
    }
}
