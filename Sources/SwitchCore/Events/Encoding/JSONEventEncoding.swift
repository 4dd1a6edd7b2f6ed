/// One flat JSON object (RFC 8259): the headers in order, arrays as arrays, the body as `_body`.
enum JSONEventEncoding {
    /// More than what a header has besides its texts.
    private static let headerBytes = 8

    static func encode(_ event: Event) -> [UInt8] {
        // A control becomes six bytes. The separator between the elements of an array is longer than what it becomes.
        let bound = event.textBytes * 6 + event.headers.count * headerBytes + 64
        return [UInt8](capacity: bound) { output in
            output.append(UInt8(ascii: "{"))
            for header in event.headers {
                if output.count > 1 { output.append(UInt8(ascii: ",")) }
                output.append(UInt8(ascii: "\""))
                append(escaped: header.prefix, to: &output)
                append(escaped: header.ownName, to: &output)
                output.append(text: "\":")
                append(value: header.value, to: &output)
            }
            if let body = event.body {
                if output.count > 1 { output.append(UInt8(ascii: ",")) }
                output.append(text: "\"Content-Length\":\"\(body.utf8.count)\",\"_body\":")
                append(quoted: body, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func append(value: String, to output: inout OutputSpan<UInt8>) {
        guard VariableArray.isArray(value) else {
            append(quoted: value, to: &output)
            return
        }
        output.append(UInt8(ascii: "["))
        for (index, element) in VariableArray.elements(of: value).enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(quoted: element, to: &output)
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func append(quoted text: String, to output: inout OutputSpan<UInt8>) {
        output.append(UInt8(ascii: "\""))
        append(escaped: text, to: &output)
        output.append(UInt8(ascii: "\""))
    }

    private static func append(escaped text: String, to output: inout OutputSpan<UInt8>) {
        let bytes = text.utf8.span
        for index in bytes.indices {
            let byte = bytes[index]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                output.append(byte)
            } else {
                append(escaped: byte, to: &output)
            }
        }
    }

    private static func append(escaped byte: UInt8, to output: inout OutputSpan<UInt8>) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0..<0x20:
            output.append(text: "u00")
            output.append(OutputSpan<UInt8>.hexDigit(byte >> 4, from: UInt8(ascii: "a")))
            output.append(OutputSpan<UInt8>.hexDigit(byte & 15, from: UInt8(ascii: "a")))
        default: output.append(byte)
        }
    }
}
