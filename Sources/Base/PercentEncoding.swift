/// Percent-encoding (RFC 3986 §2.1), for values inside URIs.
public enum PercentEncoding {
    /// The text with every byte that is not a letter, a digit or one of `-._~` as `%XX`.
    public static func encode(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            let isLetter = (byte | 0x20) &- UInt8(ascii: "a") <= 25
            if isLetter || byte.decimalDigit != nil || "-._~".utf8.contains(byte) {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                output += "%" + String(byte >> 4, radix: 16, uppercase: true)
                output += String(byte & 15, radix: 16, uppercase: true)
            }
        }
        return output
    }

    /// The text with every `%XX` as its byte; what is not one stays, and bytes that are not UTF-8 are repaired.
    public static func decode(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first?.hexDigit, let low = rest.dropFirst().first?.hexDigit {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
