/// One flat JSON object (RFC 8259): the headers in order, arrays as arrays, the body as `_body`.
enum JSONEventEncoding {
    private static let hexDigits = Array("0123456789abcdef".utf8)

    static func encode(_ event: Event) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(event.headers.count * 48 + (event.body?.utf8.count ?? 0))
        output.append(UInt8(ascii: "{"))
        for header in event.headers {
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            append(quoted: header.name, to: &output)
            output.append(UInt8(ascii: ":"))
            append(value: header.value, to: &output)
        }
        if let body = event.body {
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            output.append(text: "\"Content-Length\":\"\(body.utf8.count)\",\"_body\":")
            append(quoted: body, to: &output)
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    private static func append(value: String, to output: inout [UInt8]) {
        guard VariableArray.isArray(value) else {
            append(quoted: value, to: &output)
            return
        }
        var separator = UInt8(ascii: "[")
        for element in VariableArray.elements(of: value) {
            output.append(separator)
            append(quoted: element, to: &output)
            separator = UInt8(ascii: ",")
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func append(quoted text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        if text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for byte in text.utf8 { append(escaped: byte, to: &output) }
        } else {
            output.append(text: text)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func append(escaped byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            output.append(UInt8(ascii: "\\"))
            output.append(byte)
        case 0x0A: output.append(text: "\\n")
        case 0x0D: output.append(text: "\\r")
        case 0x09: output.append(text: "\\t")
        case 0..<0x20:
            output.append(text: "\\u00")
            output.append(hexDigits[Int(byte >> 4)])
            output.append(hexDigits[Int(byte & 15)])
        default: output.append(byte)
        }
    }
}
