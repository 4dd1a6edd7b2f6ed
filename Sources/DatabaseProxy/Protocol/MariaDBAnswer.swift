/// The answer to a command of MariaDB's, as far as it has come.
struct MariaDBAnswer {
    /// What a command is answered with.
    enum Shape {
        /// Nothing.
        case nothing
        /// One packet.
        case one
        /// One packet, or columns and rows; then perhaps the same again.
        case results
        /// A statement's number, its places and its columns.
        case statement
        /// Columns or rows, and their end.
        case list
        /// What it takes until a user has proved who he is.
        case login
    }

    /// What is known of a command.
    enum Expectation {
        case answer(MariaDBAnswer)
        case silence
        case unknown
    }

    /// What follows from a packet.
    enum Event {
        case goesOn
        /// The client is asked for a file.
        case wantsFile
        /// One of several results has ended.
        case status(MariaDBStatus)
        /// Some packets do not say how it is about transactions.
        case ended(MariaDBStatus?)
        /// Nor does an error.
        case failed
        case nonsense
    }

    private enum Part {
        case first
        case columns
        case rows
        case counted(Int)
    }

    /// What it is the answer to.
    let command: MariaDBCommand
    private let shape: Shape
    private var part = Part.first
    /// Whether a result has ended, and another one follows: of another statement in the same text, perhaps.
    private(set) var isLaterResult = false
    /// The number of what has been prepared.
    private(set) var statement: UInt32?

    private init(_ command: MariaDBCommand, _ shape: Shape) {
        (self.command, self.shape) = (command, shape)
    }

    /// Whether nothing is answered: it is over when all is that was asked for before.
    var isSilent: Bool { shape == .nothing }

    /// What a command is answered with.
    static func toCommand(_ command: MariaDBCommand) -> Expectation {
        switch command.code {
        // Quit, and what belongs to a long parameter.
        case 0x01, 0x18: .silence
        // The end of a statement.
        case 0x19: .answer(Self(command, .nothing))
        // A text, processes, the execution of a statement, and of one with many values.
        case 0x03, 0x0A, 0x17, 0xFA: .answer(Self(command, .results))
        case 0x04, 0x1C: .answer(Self(command, .list))
        case 0x11: .answer(Self(command, .login))
        case 0x16: .answer(Self(command, .statement))
        // The choice of a database, databases made and dropped, refresh, shutdown, statistics, kill, debug, ping, the
        // registration of a replica, the reset of a statement, an option, the reset of a session.
        case 0x02, 0x05...0x09, 0x0C...0x0E, 0x15, 0x1A, 0x1B, 0x1F: .answer(Self(command, .one))
        // What copies the server's log, and what nobody knows.
        default: .unknown
        }
    }

    /// Takes a packet of the server's.
    ///
    /// - Parameter hasOldEnds: Whether columns and rows end with EOF packets.
    mutating func take(_ packet: MariaDBPacket, hasOldEnds: Bool) -> Event {
        if packet.isProgress { return .goesOn }
        if packet.isError { return .failed }
        switch (part, shape) {
        case (.first, .nothing): return .nonsense
        case (.first, .one): return .ended(packet.first == 0 ? packet.statusOfOK : nil)
        case (.first, .login): return packet.first == 0 ? ended(packet.statusOfOK) : .goesOn
        case (.first, .statement): return prepared(packet, hasOldEnds: hasOldEnds)
        case (.first, .list): return row(packet, hasOldEnds: hasOldEnds)
        case (.first, .results): return result(packet, hasOldEnds: hasOldEnds)
        case (.columns, _):
            guard packet.isEnd(isOld: true) else { return .goesOn }
            guard let status = packet.statusOfEnd else { return .nonsense }
            part = .rows
            return mayOpenCursor && status.contains(.cursor) ? .ended(status) : .status(status)
        case (.rows, _): return row(packet, hasOldEnds: hasOldEnds)
        case (.counted(let left), _):
            part = .counted(left - 1)
            return left > 1 ? .goesOn : .ended(nil)
        }
    }

    /// Whether the rows may have to be asked for; those of a procedure have its own cursors in their status.
    private var mayOpenCursor: Bool {
        guard case .executes(_, let mayOpenCursor) = command.effect else { return false }
        return mayOpenCursor
    }

    private mutating func result(_ packet: MariaDBPacket, hasOldEnds: Bool) -> Event {
        switch packet.first {
        case 0: return ended(packet.statusOfOK)
        case 0xFB: return .wantsFile
        default:
            part = hasOldEnds ? .columns : .rows
            return .goesOn
        }
    }

    private mutating func row(_ packet: MariaDBPacket, hasOldEnds: Bool) -> Event {
        packet.isEnd(isOld: hasOldEnds) ? ended(packet.statusOfEnd) : .goesOn
    }

    /// A result is over, and another one may follow.
    private mutating func ended(_ status: MariaDBStatus?) -> Event {
        guard let status else { return .nonsense }
        guard status.contains(.moreResults) else { return .ended(status) }
        (part, isLaterResult) = (.first, true)
        return .status(status)
    }

    private mutating func prepared(_ packet: MariaDBPacket, hasOldEnds: Bool) -> Event {
        guard packet.first == 0, let columns = packet.number(at: 5), let places = packet.number(at: 7) else {
            return .nonsense
        }
        let ends = hasOldEnds ? min(columns, 1) + min(places, 1) : 0
        let count = Int(columns) + Int(places) + Int(ends)
        (part, statement) = (.counted(count), packet.statement)
        return count > 0 ? .goesOn : .ended(nil)
    }
}
