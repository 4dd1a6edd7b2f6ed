/// What a client is told in its own protocol when there is no node for it, or it has to leave the one that it has.
enum RefusalPacket {
    /// The longest text, in bytes.
    static let textLimit = 400

    /// MariaDB's ERR packet in the place of the greeting: too many connections, which clients try again.
    ///
    /// Before the greeting nobody has agreed on SQLSTATE, so there is none.
    static func mariaDB(_ text: String) -> [UInt8] {
        mariaDB(code: 1040, state: "", text, number: 0)
    }

    /// MariaDB's ERR packet in the place of an answer: the server is about to go (1053), and the connection with it.
    ///
    /// - Parameter number: The packet's place in the answer.
    static func mariaDBGoes(_ text: String, number: UInt8) -> [UInt8] {
        mariaDB(code: 1053, state: "#08S01", text, number: number)
    }

    private static func mariaDB(code: UInt16, state: String, _ text: String, number: UInt8) -> [UInt8] {
        let words = Array(state.utf8) + text.utf8.prefix(textLimit)
        let payload: [UInt8] = [0xff, UInt8(code & 0xff), UInt8(code >> 8)] + words
        let length = payload.count
        return [UInt8(length & 0xff), UInt8(length >> 8 & 0xff), UInt8(length >> 16 & 0xff), number] + payload
    }

    /// PostgreSQL's ErrorResponse: the server cannot be reached now (57P03).
    static func postgreSQL(_ text: String) -> [UInt8] { postgreSQL(code: "57P03", text) }

    /// The same when the server is about to go (57P01), and the connection with it.
    static func postgreSQLGoes(_ text: String) -> [UInt8] { postgreSQL(code: "57P01", text) }

    private static func postgreSQL(code: String, _ text: String) -> [UInt8] {
        let fields: [(Unicode.Scalar, String)] = [("S", "FATAL"), ("V", "FATAL"), ("C", code), ("M", text)]
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
