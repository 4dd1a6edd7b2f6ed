/// What a client of PostgreSQL and its server have come to, as far as it can be seen from between them.
///
/// PostgreSQL's documentation, "Message Flow": whatever a client asks for, the server ends with ReadyForQuery, which says
/// whether there is a transaction.
package struct PostgreSQLSession {
    /// How far the beginning is.
    private enum Step {
        case beginning
        /// The client has asked whether the connection can be encrypted, and waits for one letter.
        case asking
        case begun
        /// It is encrypted, or not understood.
        case hidden
    }

    private var step = Step.beginning
    private var fromClient = MessageFramer()
    private var fromServer = MessageFramer()
    /// How many times the server has still to say that it is ready.
    private var awaited = 0
    /// Whether the client has begun something, and not asked for its end yet.
    private var isOpen = false
    /// Whether the client gives the server the rows of a COPY.
    private var isCopying = false
    /// Whether what the client has asked for last ends with Sync.
    private var wasSync = false
    /// What the server has said last of transactions: I, T or E.
    private var status: UInt8 = 0

    /// A conversation that has not begun.
    package init() {}

    /// Whether the server has nothing to do, and there is no transaction.
    package var isIdle: Bool { isQuiet && status == UInt8(ascii: "I") }

    private var isQuiet: Bool {
        step == .begun && awaited == 0 && !isOpen && !isCopying && fromClient.isBetween && fromServer.isBetween
    }

    /// Whether an error can be put in here: the server is not in the middle of a message, and nothing is encrypted.
    package var takesError: Bool { step == .begun && fromServer.isBetween }

    // MARK: - The client

    /// The client has sent something.
    package mutating func client(_ bytes: some RandomAccessCollection<UInt8>) {
        var place = bytes.startIndex
        do throws(MessageFramer.Nonsense) {
            while step != .hidden {
                let hasBegun = step == .begun
                let format = hasBegun ? MessageFormat.postgreSQL : .postgreSQLOpening
                guard try fromClient.next(in: bytes, from: &place, as: format) else { return }
                if hasBegun { heard(client: fromClient.kept[0]) } else { opened(fromClient.kept) }
            }
        } catch {
            step = .hidden
        }
    }

    private mutating func opened(_ message: [UInt8]) {
        switch message.dropFirst(4).prefix(4).reduce(0, { $0 << 8 | UInt32($1) }) {
        case 80_877_103, 80_877_104: step = .asking
        case 196_608...196_863: (step, awaited) = (.begun, 1)
        default: step = .hidden
        }
    }

    private mutating func heard(client letter: UInt8) {
        switch Unicode.Scalar(letter) {
        case "Q", "F":
            awaited += 1
            (isOpen, wasSync) = (false, false)
        case "S":
            // While rows are copied the server does not heed it.
            guard !isCopying else { return }
            awaited += 1
            (isOpen, wasSync) = (false, true)
        case "c", "f":
            // The Sync that was sent before has not counted: another one follows.
            if isCopying, wasSync { isOpen = true }
            isCopying = false
        // Rows, passwords, and the end.
        case "d", "p", "X": break
        default: isOpen = true
        }
    }

    // MARK: - The server

    /// The server has sent something.
    package mutating func server(_ bytes: some RandomAccessCollection<UInt8>) {
        var place = bytes.startIndex
        if step == .asking, let letter = bytes.first {
            switch Unicode.Scalar(letter) {
            case "N":
                step = .beginning
                bytes.formIndex(after: &place)
            // Yes; or an error, after which nothing comes.
            default: step = .hidden
            }
        }
        do throws(MessageFramer.Nonsense) {
            while step != .hidden {
                guard try fromServer.next(in: bytes, from: &place, as: .postgreSQL) else { return }
                heard(server: fromServer.kept)
            }
        } catch {
            step = .hidden
        }
    }

    private mutating func heard(server message: [UInt8]) {
        switch Unicode.Scalar(message[0]) {
        case "Z":
            awaited = max(awaited - 1, 0)
            status = message.count > 5 ? message[5] : 0
        case "G", "W":
            isCopying = true
            if wasSync { awaited = max(awaited - 1, 0) }
        case "E": isCopying = false
        default: break
        }
    }
}
