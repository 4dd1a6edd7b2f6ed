/// `Name: value` lines, an empty line, and the body.
public enum PlainEventEncoding {
    /// What stands for a value that is empty.
    private static let undefined = "_undef_"
    /// More than what a line has besides its texts.
    private static let lineBytes = 16

    static func encode(_ event: Event) -> [UInt8] {
        // Each byte of a value can become three.
        let bound = event.textBytes * 3 + event.headers.count * lineBytes + 64
        return [UInt8](capacity: bound) { output in
            for header in event.headers {
                output.append(text: header.prefix)
                append(name: header.ownName, to: &output)
                output.append(text: ": ")
                append(encoded: header.value.isEmpty ? undefined : header.value, to: &output)
                output.append(UInt8(ascii: "\n"))
            }
            if let body = event.body { output.append(text: "Content-Length: \(body.utf8.count)\n") }
            output.append(UInt8(ascii: "\n"))
            output.append(text: event.body ?? "")
        }
    }

    /// Adds a name; a control in it becomes `_`, so that no name can begin another line.
    ///
    /// Prefixes are the switch's own.
    private static func append(name: String, to output: inout OutputSpan<UInt8>) {
        let bytes = name.utf8.span
        for index in bytes.indices {
            let byte = bytes[index]
            output.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "_") : byte)
        }
    }

    /// A value as the lines have it.
    public static func encode(_ value: String) -> String {
        // Most values need nothing.
        guard value.utf8.contains(where: { isEncoded($0) }) else { return value }
        let bytes = [UInt8](capacity: value.utf8.count * 3) { append(encoded: value, to: &$0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds a value, percent-encoded where that is needed.
    static func append(encoded value: String, to output: inout OutputSpan<UInt8>) {
        let bytes = value.utf8.span
        for index in bytes.indices {
            let byte = bytes[index]
            if isEncoded(byte) { output.append(percentEncoded: byte) } else { output.append(byte) }
        }
    }

    /// Whether a byte is written as `%XX`: controls, space, what is outside of ASCII, and what means something in a URL.
    ///
    /// `/ , ( ) - . _ ~ ! $ ' *` stay.
    private static func isEncoded(_ byte: UInt8) -> Bool {
        // A bit for each byte below 64: up to the space, and "#%&+:;<=>?
        let low: UInt64 = 0xFC00_086D_FFFF_FFFF
        // From 64 on: @ [ \ ] ^ ` { | } and the delete.
        let high: UInt64 = 0xB800_0001_7800_0001
        guard byte < 128 else { return true }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }
}
