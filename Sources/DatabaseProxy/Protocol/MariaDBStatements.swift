/// What a session of MariaDB's has prepared: what may come of it, and where rows are still to be asked for.
struct MariaDBStatements {
    /// Those that begin no transaction but the one that each is by itself.
    private var plain: Set<UInt32> = []
    /// Those with a cursor, of which the server keeps the rows until the client has all of them.
    private var cursors: Set<UInt32> = []
    /// The one that was prepared last.
    private var last: UInt32?
    /// Whether there were more cursors than are counted.
    private var hasLostCount = false

    /// How many are remembered of either kind.
    static let limit = 1024
    /// Means the one that was prepared last.
    private static let lastPrepared = UInt32.max

    /// Whether the client is in the middle of rows, or may be.
    var hasCursor: Bool { hasLostCount || !cursors.isEmpty }

    /// Whether one begins no transaction but the one that it is by itself; of others nobody knows.
    func isPlain(_ statement: UInt32) -> Bool { plain.contains(resolve(statement)) }

    private func resolve(_ statement: UInt32) -> UInt32 {
        statement == Self.lastPrepared ? last ?? statement : statement
    }

    /// A command has been carried out.
    ///
    /// - Parameters:
    ///   - number: What it has prepared.
    ///   - status: What its answer ended with; `nil` for an error, and where there is none.
    mutating func follow(_ effect: MariaDBCommand.Effect, number: UInt32?, _ status: MariaDBStatus?) {
        let leavesCursor = status?.leavesCursor == true
        switch effect {
        case .none, .text: break
        case .prepares(let isPlain): prepared(number, isPlain: isPlain)
        case .executes(let statement, let mayOpenCursor): note(statement, hasCursor: mayOpenCursor && leavesCursor)
        // After an error there is nothing more to ask for.
        case .fetches(let statement): note(statement, hasCursor: leavesCursor)
        case .resets(let statement): note(statement, hasCursor: false)
        case .closes(let statement):
            note(statement, hasCursor: false)
            plain.remove(resolve(statement))
        case .endsAll: if status != nil { self = Self() }
        }
    }

    private mutating func prepared(_ number: UInt32?, isPlain: Bool) {
        last = number
        guard let number else { return }
        plain.remove(number)
        // One too many is not trusted, which does no harm.
        if isPlain, plain.count < Self.limit { plain.insert(number) }
    }

    private mutating func note(_ statement: UInt32, hasCursor: Bool) {
        let statement = resolve(statement)
        guard hasCursor else {
            cursors.remove(statement)
            return
        }
        if cursors.count >= Self.limit, !cursors.contains(statement) {
            hasLostCount = true
        } else {
            cursors.insert(statement)
        }
    }
}
