/// How the messages of a stream say how long they are.
enum MessageFormat {
    /// A length of four bytes that counts itself: what a client of PostgreSQL begins with.
    case postgreSQLOpening
    /// A letter, and a length of four bytes that counts itself.
    case postgreSQL
    /// A length of three bytes, the lowest first, and a number; neither counts as part of it.
    case mariaDB

    /// How many bytes have to be there before the length is known.
    var headLength: Int {
        switch self {
        case .postgreSQLOpening, .mariaDB: 4
        case .postgreSQL: 5
        }
    }

    /// How long a message is with its head; `nil` for a length that none can have.
    func length(_ head: [UInt8]) -> Int? {
        switch self {
        case .postgreSQLOpening:
            let length = head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            return (8...PostgreSQLOpening.lengthLimit).contains(length) ? length : nil
        case .postgreSQL:
            let length = head.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            return (4...Int(Int32.max)).contains(length) ? length + 1 : nil
        case .mariaDB: return head.prefix(3).reversed().reduce(0) { $0 << 8 | Int($1) } + 4
        }
    }
}

/// Finds the messages in a stream, and keeps the beginning of each: what is handed on is looked at, and not held up.
struct MessageFramer {
    /// The message's head and what comes after it, as far as it is kept.
    private(set) var kept: [UInt8] = []
    /// How many bytes of the message have come.
    private(set) var length = 0
    private var isWhole = true

    /// How many bytes are kept of one message.
    static let keptLimit = 32

    /// A stream has a length in it that no message can have.
    struct Nonsense: Error {}

    /// Whether all that has come are whole messages.
    var isBetween: Bool { isWhole || length == 0 }

    /// Goes on to the end of the next message.
    ///
    /// - Parameters:
    ///   - place: How far the bytes have been looked at.
    ///   - limit: How many bytes of the message are kept.
    /// - Returns: Whether the message is whole; otherwise all bytes have been looked at.
    mutating func next<Bytes: RandomAccessCollection<UInt8>>(
        in bytes: Bytes,
        from place: inout Bytes.Index,
        as format: MessageFormat,
        keeping limit: Int = MessageFramer.keptLimit
    ) throws(Nonsense) -> Bool {
        if isWhole {
            kept.removeAll(keepingCapacity: true)
            (length, isWhole) = (0, false)
        }
        while length < format.headLength {
            guard place < bytes.endIndex else { return false }
            kept.append(bytes[place])
            bytes.formIndex(after: &place)
            length += 1
        }
        guard let whole = format.length(kept) else { throw Nonsense() }
        let step = min(whole - length, bytes.distance(from: place, to: bytes.endIndex))
        let share = max(min(step, limit - kept.count), 0)
        kept.append(contentsOf: bytes[place..<bytes.index(place, offsetBy: share)])
        bytes.formIndex(&place, offsetBy: step)
        length += step
        isWhole = length == whole
        return isWhole
    }
}
