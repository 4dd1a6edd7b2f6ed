import Base

/// The comma list of `name=value` that follows the scheme `Digest` (RFC 7616 §3.3, §3.4).
struct DigestFields {
    /// Fields that one header may have; more are refused.
    static let limit = 32
    private var fields: [(name: String, value: String)] = []

    /// Reads `Digest name=value, name="value" …`; `nil` for another scheme, broken quotes and repeated names.
    init?(parsing text: String) {
        var cursor = Cursor(bytes: Array(text.utf8))
        guard cursor.name() == "digest" else { return nil }
        fields.reserveCapacity(12)
        while true {
            cursor.skip { $0.isBlank || $0 == 0x0D || $0 == 0x0A || $0 == UInt8(ascii: ",") }
            if cursor.isAtEnd { break }
            let name = cursor.name()
            guard !name.isEmpty, cursor.take(UInt8(ascii: "=")), let value = cursor.value(),
                fields.count < Self.limit, self[name] == nil
            else { return nil }
            fields.append((name, value))
        }
    }

    /// The value of a field without quotes, by its name in lower case.
    subscript(_ name: String) -> String? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    private struct Cursor {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { position >= bytes.count }

        mutating func skip(while isSkipped: (UInt8) -> Bool) {
            while position < bytes.count, isSkipped(bytes[position]) { position += 1 }
        }

        /// A token in lower case.
        mutating func name() -> String {
            skip { $0.isBlank || $0 == 0x0D || $0 == 0x0A }
            var token: [UInt8] = []
            skip {
                guard $0 > 0x20, $0 != UInt8(ascii: ","), $0 != UInt8(ascii: "="), $0 != 0x22 else { return false }
                token.append($0.lowercasedASCII)
                return true
            }
            return String(decoding: token, as: UTF8.self)
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skip { $0.isBlank || $0 == 0x0D || $0 == 0x0A }
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A quoted string without its escapes, or everything up to the next comma or blank.
        mutating func value() -> String? {
            guard take(0x22) else {
                let start = position
                skip { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != 0x22 }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            var out: [UInt8] = []
            while position < bytes.count {
                var byte = bytes[position]
                position += 1
                if byte == 0x22 { return String(decoding: out, as: UTF8.self) }
                if byte == UInt8(ascii: "\\") {
                    guard position < bytes.count else { return nil }
                    byte = bytes[position]
                    position += 1
                }
                out.append(byte)
            }
            return nil
        }
    }

    /// A value between quotes, with what has to be escaped escaped.
    static func quoted(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == UInt8(ascii: "\\") }) else { return "\"\(value)\"" }
        return "\"" + value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }
}
