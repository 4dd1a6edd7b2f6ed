/// Brings the bytes of a file to UTF-8 without a byte order mark.
enum TextDecoding {
    /// The bytes as UTF-8, and the line of the first that was not, which then stands as U+FFFD.
    static func utf8(_ bytes: [UInt8]) -> (bytes: [UInt8], damagedLine: Int?) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return (Array(decodeUTF16(bytes).utf8), nil)
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes[3...]) : bytes
        guard let damage = firstDamage(in: body) else { return (body, nil) }
        let line = body[..<damage].count { $0 == UInt8(ascii: "\n") } + 1
        return (Array(String(decoding: body, as: UTF8.self).utf8), line)
    }

    private static func decodeUTF16(_ bytes: [UInt8]) -> String {
        let isLittleEndian = bytes[0] == 0xFF
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
            isLittleEndian
                ? UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
                : UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// Where the text stops being UTF-8.
    private static func firstDamage(in bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var consumed = 0
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): consumed += UTF8.width(scalar)
            case .error: return min(consumed, bytes.count)
            case .emptyInput: return nil
            }
        }
    }
}
