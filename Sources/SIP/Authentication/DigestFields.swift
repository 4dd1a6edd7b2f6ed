import Base

/// The comma list of `name=value` that follows the scheme `Digest` (RFC 7616 §3.3, §3.4).
struct DigestFields {
    /// Fields that one header may have; more are refused.
    static let limit = 32
    private var fields: [(name: String, value: String)] = []

    /// Reads `Digest name=value, name="value" …`; `nil` for another scheme, broken quotes and repeated names.
    init?(parsing text: String) {
        let bytes = Array(text.utf8)
        var cursor = Cursor(bytes: bytes[...])
        guard cursor.token().equalsIgnoringASCIICase("Digest") else { return nil }
        while true {
            cursor.skipBlanksAndCommas()
            if cursor.isAtEnd { break }
            let name = cursor.token()
            guard !name.isEmpty, cursor.take("="), let value = cursor.value(), fields.count < Self.limit,
                self[name] == nil
            else { return nil }
            fields.append((name, value))
        }
    }

    /// The value of a field without quotes; names are compared without case.
    subscript(_ name: String) -> String? {
        fields.first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }

    private struct Cursor {
        var bytes: ArraySlice<UInt8>

        var isAtEnd: Bool { bytes.isEmpty }

        mutating func skipBlanks() {
            bytes = bytes.drop { $0.isBlank || $0 == 0x0D || $0 == 0x0A }
        }

        mutating func skipBlanksAndCommas() {
            bytes = bytes.drop { $0.isBlank || $0 == 0x0D || $0 == 0x0A || $0 == UInt8(ascii: ",") }
        }

        mutating func token() -> String {
            skipBlanks()
            let token = bytes.prefix { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") && $0 != 0x22 }
            bytes = bytes.dropFirst(token.count)
            return String(decoding: token, as: UTF8.self)
        }

        mutating func take(_ character: Character) -> Bool {
            skipBlanks()
            guard let first = bytes.first, first == character.asciiValue else { return false }
            bytes = bytes.dropFirst()
            return true
        }

        /// A quoted string without its escapes, or everything up to the next comma or blank.
        mutating func value() -> String? {
            guard take("\"") else {
                let plain = bytes.prefix { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != 0x22 }
                bytes = bytes.dropFirst(plain.count)
                return String(decoding: plain, as: UTF8.self)
            }
            var out: [UInt8] = []
            while let byte = bytes.popFirst() {
                if byte == 0x22 { return String(decoding: out, as: UTF8.self) }
                guard byte == UInt8(ascii: "\\") else {
                    out.append(byte)
                    continue
                }
                guard let escaped = bytes.popFirst() else { return nil }
                out.append(escaped)
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
