/// A command of a client of MariaDB's, and what it does to its session as far as that counts here.
struct MariaDBCommand {
    /// What comes of it; statements that were prepared have numbers.
    enum Effect {
        case none
        /// A text is carried out.
        case text(isPlain: Bool)
        /// A text is prepared; the answer has its number.
        case prepares(isPlain: Bool)
        case executes(UInt32, mayOpenCursor: Bool)
        /// Rows of a cursor are asked for.
        case fetches(UInt32)
        /// The cursor ends, and the statement stays.
        case resets(UInt32)
        case closes(UInt32)
        /// The session loses all that it has.
        case endsAll
    }

    /// Its number.
    let code: UInt8
    let effect: Effect

    /// - Parameter packet: Its head and what comes after it, as far as it was kept.
    init?(_ packet: [UInt8]) {
        guard packet.count > 4 else { return nil }
        code = packet[4]
        let rest = packet.dropFirst(5)
        let statement: UInt32 = rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        effect =
            switch packet[4] {
            case 0x03: .text(isPlain: Self.isPlain(rest))
            case 0x16: .prepares(isPlain: Self.isPlain(rest))
            case 0x17: .executes(statement, mayOpenCursor: rest.dropFirst(4).first.map { $0 & 7 != 0 } ?? true)
            case 0xFA: .executes(statement, mayOpenCursor: false)
            case 0x1C: .fetches(statement)
            case 0x1A: .resets(statement)
            case 0x19: .closes(statement)
            case 0x11, 0x1F: .endsAll
            default: .none
            }
    }

    /// The first words of texts that begin no transaction but the one that each is by itself, undone when it fails.
    ///
    /// All are reserved, so that none is a block's label.
    private static let plainWords: Set<String> = [
        "ALTER", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "REPLACE", "SELECT", "SHOW", "UPDATE", "USE", "WITH",
    ]

    /// Whether a text is not CALL, a block, or something in which those can hide: a comment, EXECUTE, SET STATEMENT.
    private static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
        let word = text.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }.prefix { isPartOfName($0) }
        return plainWords.contains(String(decoding: word, as: UTF8.self).uppercased())
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "A"..."Z", "a"..."z", "0"..."9", "_", "$": true
        default: byte >= 0x80
        }
    }
}
