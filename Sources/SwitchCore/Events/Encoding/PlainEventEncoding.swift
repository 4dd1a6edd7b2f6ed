/// `Name: value` lines, an empty line, and the body.
public enum PlainEventEncoding {
    /// What stands for a value that is empty.
    private static let undefined = "_undef_"
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// Which bytes are written as `%XX`: controls, space, everything outside of ASCII, and what means something in a URL.
    ///
    /// `/ , ( ) - . _ ~ ! $ ' *` stay.
    private static let isEncoded: [Bool] = (0..<256).map { byte in
        byte <= 0x20 || byte >= 0x7F || "\"#%&+:;<=>?@[\\]^`{|}".utf8.contains(UInt8(byte))
    }

    static func encode(_ event: Event) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(event.headers.count * 48 + (event.body?.utf8.count ?? 0))
        for header in event.headers { append(header.name, header.value, to: &output) }
        if let body = event.body {
            output.append(text: "Content-Length: ")
            output.append(number: body.utf8.count)
            output.append(text: "\n\n")
            output.append(text: body)
        } else {
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    /// Adds one line.
    static func append(_ name: String, _ value: String, to output: inout [UInt8]) {
        output.append(text: name)
        output.append(text: ": ")
        append(encoded: value.isEmpty ? undefined : value, to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    /// A value as the lines have it.
    public static func encode(_ value: String) -> String {
        var output: [UInt8] = []
        append(encoded: value, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Adds a value, percent-encoded where that is needed; most values need nothing and are copied at once.
    static func append(encoded value: String, to output: inout [UInt8]) {
        guard value.utf8.contains(where: { isEncoded[Int($0)] }) else {
            output.append(text: value)
            return
        }
        for byte in value.utf8 {
            if isEncoded[Int(byte)] {
                output.append(UInt8(ascii: "%"))
                output.append(hexDigits[Int(byte >> 4)])
                output.append(hexDigits[Int(byte & 15)])
            } else {
                output.append(byte)
            }
        }
    }
}
