/// Percent-encoding as event headers and `url_encode` have it: fewer characters are encoded than in a URI's parts.
enum URLEncoding {
    private static let encoded = Set(" #%&+:;<=>?@[\\]^`{|}\"".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The text with what is not printable ASCII, and what has a meaning in a URL's beginning or query, as `%XX`.
    static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if (0x20...0x7E).contains(byte), !encoded.contains(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
