/// What client and server have agreed on, as far as it changes what they say.
struct MariaDBCapabilities: OptionSet {
    let rawValue: UInt32

    static let compress = Self(rawValue: 1 << 5)
    static let protocol41 = Self(rawValue: 1 << 9)
    static let encryption = Self(rawValue: 1 << 11)
    /// Rows end with an OK packet, and there is no EOF packet after columns.
    static let deprecateEOF = Self(rawValue: 1 << 24)
    /// Columns may be left out (MySQL).
    static let optionalMetadata = Self(rawValue: 1 << 25)
    /// Another way to compress (MySQL).
    static let compressZstandard = Self(rawValue: 1 << 26)

    /// Those with which nothing is seen, or not what is written here.
    static let hiding: Self = [.compress, .encryption, .optionalMetadata, .compressZstandard]
}

/// What a server says of its session at the end of an answer.
struct MariaDBStatus: OptionSet {
    let rawValue: UInt16

    static let inTransaction = Self(rawValue: 1)
    static let autocommit = Self(rawValue: 1 << 1)
    static let moreResults = Self(rawValue: 1 << 3)
    /// The rows are asked for with further commands.
    static let cursor = Self(rawValue: 1 << 6)
    /// There are no more of them, and the cursor is closed.
    static let lastRowSent = Self(rawValue: 1 << 7)
    static let inReadOnlyTransaction = Self(rawValue: 1 << 13)

    static let anyTransaction: Self = [.inTransaction, .inReadOnlyTransaction]

    /// Whether the server keeps rows that the client has still to ask for.
    var leavesCursor: Bool { contains(.cursor) && !contains(.lastRowSent) }
}

/// The beginning of a packet that a server sends.
struct MariaDBPacket {
    /// The head, and what comes after it as far as it was kept.
    private let bytes: [UInt8]
    /// How long it is without its head.
    let length: Int

    /// The length of a packet that is continued in the next one.
    static let longest = 0xFF_FFFF

    init(_ bytes: [UInt8], length: Int) {
        (self.bytes, self.length) = (bytes, length)
    }

    /// Its place among the packets of an answer.
    var number: UInt8 { bytes.count > 3 ? bytes[3] : 0 }

    /// What kind of packet it is; `nil` for an empty one.
    var first: UInt8? { bytes.count > 4 ? bytes[4] : nil }

    /// The number of a statement that has been prepared.
    var statement: UInt32? {
        guard let low = number(at: 1), let high = number(at: 3) else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// Two bytes, the lower one first.
    func number(at place: Int) -> UInt16? {
        let bytes = bytes.dropFirst(4 + place).prefix(2)
        return bytes.count == 2 ? bytes.reversed().reduce(0) { $0 << 8 | UInt16($1) } : nil
    }

    /// Whether it is an error that ends an answer; one with this number only tells of progress.
    var isError: Bool { first == 0xFF && number(at: 1) != 0xFFFF }

    /// Whether a node of Galera says that it is no part of the cluster at the moment.
    ///
    /// The text counts too: 1047 alone also means a command that the server does not know.
    var isNotReady: Bool {
        first == 0xFF && number(at: 1) == Self.notReady && bytes.dropFirst(7).starts(with: Self.notReadyText)
    }

    private static let notReady: UInt16 = 1047
    /// SQLSTATE with its mark, and how the text begins.
    private static let notReadyText = Array("#08S01WSREP".utf8)

    var isProgress: Bool { first == 0xFF && number(at: 1) == 0xFFFF }

    /// Whether it ends columns or rows, which begin otherwise when they are as short.
    ///
    /// - Parameter isOld: Whether it has to be an EOF packet, and not an OK packet with another first byte.
    func isEnd(isOld: Bool) -> Bool { first == 0xFE && length < (isOld ? 9 : Self.longest) }

    /// The status in a packet that ends columns or rows; `nil` when it is not there.
    var statusOfEnd: MariaDBStatus? { length < 7 ? number(at: 3).map { MariaDBStatus(rawValue: $0) } : statusOfOK }

    /// The status in an OK packet, behind two numbers of variable length.
    var statusOfOK: MariaDBStatus? {
        guard let second = placeAfterNumber(at: 1), let place = placeAfterNumber(at: second) else { return nil }
        return number(at: place).map { MariaDBStatus(rawValue: $0) }
    }

    private func placeAfterNumber(at place: Int) -> Int? {
        guard let first = bytes.dropFirst(4 + place).first else { return nil }
        switch first {
        case 0xFC: return place + 3
        case 0xFD: return place + 4
        case 0xFE: return place + 9
        default: return place + 1
        }
    }

    /// What the server is able to do, in its first packet; `nil` when it does not greet.
    var greeting: MariaDBCapabilities? {
        guard first == 10, let end = bytes.dropFirst(5).firstIndex(of: 0) else { return nil }
        // After the name: the thread's number, a part of the challenge and a zero; between the two halves, the character
        // set and the status.
        let place = end - 4 + 1 + 4 + 8 + 1
        guard let low = number(at: place), let high = number(at: place + 2 + 1 + 2) else { return nil }
        return MariaDBCapabilities(rawValue: UInt32(high) << 16 | UInt32(low))
    }
}
