/// What a client is told in its own protocol when there is no node for it.
enum RefusalPacket {
    /// The longest text, in bytes.
    static let textLimit = 400

    /// MariaDB's ERR packet in the place of the greeting: too many connections, which clients try again.
    ///
    /// Before the greeting nobody has agreed on SQLSTATE, so there is none.
    static func mariaDB(_ text: String) -> [UInt8] {
        let words = Array(text.utf8.prefix(textLimit))
        let payload: [UInt8] = [0xff, UInt8(1040 & 0xff), UInt8(1040 >> 8)] + words
        let length = payload.count
        return [UInt8(length & 0xff), UInt8(length >> 8 & 0xff), UInt8(length >> 16 & 0xff), 0] + payload
    }

    /// PostgreSQL's ErrorResponse: the server cannot be reached now (57P03).
    static func postgreSQL(_ text: String) -> [UInt8] {
        let fields: [(Unicode.Scalar, String)] = [("S", "FATAL"), ("V", "FATAL"), ("C", "57P03"), ("M", text)]
        var body: [UInt8] = []
        for (kind, value) in fields {
            body.append(UInt8(truncatingIfNeeded: kind.value))
            body += value.utf8.prefix(textLimit).filter { $0 != 0 }
            body.append(0)
        }
        body.append(0)
        let length = UInt32(body.count + 4)
        return [UInt8(ascii: "E")] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + body
    }
}
