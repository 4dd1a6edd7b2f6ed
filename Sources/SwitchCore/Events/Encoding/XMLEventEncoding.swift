/// `<event>` with one element for each header, and for each element of an array; values are percent-encoded as in the plain form.
public enum XMLEventEncoding {
    /// More than what an element has besides its texts.
    private static let elementBytes = 16

    static func encode(_ event: Event) -> [UInt8] {
        // A name stands there twice; an ampersand of the body becomes five bytes.
        let bound = event.textBytes * 5 + event.headers.count * elementBytes + arrayBytes(event) + 256
        return [UInt8](capacity: bound) { output in
            output.append(text: "<event>\n  <headers>\n")
            for header in event.headers {
                guard VariableArray.isArray(header.value) else {
                    append(header, header.value, to: &output)
                    continue
                }
                for element in elements(of: header) { append(header, element, to: &output) }
            }
            output.append(text: "  </headers>\n")
            if let body = event.body {
                output.append(text: "  <Content-Length>\(body.utf8.count)</Content-Length>\n  <body>")
                append(escaped: body, to: &output)
                output.append(text: "</body>\n")
            }
            output.append(text: "</event>\n")
        }
    }

    /// An array whose names alone would need more is written as it is: a peer's header may be one of thousands of nothings.
    private static let longestArray = 65_536

    /// What is written of an array.
    private static func elements(of header: Event.Header) -> [String] {
        let elements = VariableArray.elements(of: header.value)
        return elements.count * elementBytes(header) <= longestArray ? elements : [header.value]
    }

    /// What an element of an array needs beside its value.
    private static func elementBytes(_ header: Event.Header) -> Int {
        (header.prefix.utf8.count + header.ownName.utf8.count) * 2 + elementBytes
    }

    /// What the names of arrays' elements need beyond what one header does.
    private static func arrayBytes(_ event: Event) -> Int {
        event.headers.lazy.filter { VariableArray.isArray($0.value) }.reduce(0) { bytes, header in
            bytes + elements(of: header).count * elementBytes(header)
        }
    }

    private static func append(_ header: Event.Header, _ value: String, to output: inout OutputSpan<UInt8>) {
        output.append(text: "    <")
        append(name: header, to: &output)
        output.append(text: ">")
        PlainEventEncoding.append(encoded: value, to: &output)
        output.append(text: "</")
        append(name: header, to: &output)
        output.append(text: ">\n")
    }

    /// A header's name where it is a name in XML as well; another character in it becomes `_` (XML 1.0 §2.3).
    private static func append(name header: Event.Header, to output: inout OutputSpan<UInt8>) {
        if needsFirstCharacter(header.prefix.utf8.first ?? header.ownName.utf8.first) {
            output.append(UInt8(ascii: "_"))
        }
        for part in [header.prefix, header.ownName] {
            let bytes = part.utf8.span
            for index in bytes.indices { output.append(isNameByte(bytes[index]) ? bytes[index] : UInt8(ascii: "_")) }
        }
    }

    /// A name where it is a name in XML as well, and otherwise what the element of a header with that name is called.
    public static func elementName(_ name: String) -> String {
        let isName = !needsFirstCharacter(name.utf8.first) && name.utf8.allSatisfy { isNameByte($0) }
        if isName { return name }
        let repaired = name.utf8.map { isNameByte($0) ? $0 : UInt8(ascii: "_") }
        return (needsFirstCharacter(name.utf8.first) ? "_" : "") + String(decoding: repaired, as: UTF8.self)
    }

    private static func needsFirstCharacter(_ first: UInt8?) -> Bool {
        first.map { !isNameByte($0) || isDigitOrSign($0) } ?? true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") <= 25 || byte == UInt8(ascii: "_") || isDigitOrSign(byte)
    }

    private static func isDigitOrSign(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// Text of a body (XML 1.0 §2.2: most controls cannot be written at all and become spaces).
    private static func append(escaped text: String, to output: inout OutputSpan<UInt8>) {
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
