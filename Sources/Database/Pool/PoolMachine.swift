import Base

/// Who gets which connection of a pool, and when one is opened: a value, to which the pool tells what happened.
///
/// | event | what the pool does then |
/// |---|---|
/// | a call requests a connection | gives it an idle one, or has it wait, opening a connection if there may be one more |
/// | a connection was opened, or comes back | gives it to who has waited longest, or keeps it |
/// | opening failed | pauses, longer each time; who could only wait for what cannot be opened is told so |
/// | a connection was lost | opens another one for who waits |
struct PoolMachine<Connection: Sendable>: Sendable {
    typealias Waiter = UInt64

    enum OnRequest: Sendable {
        case use(Connection)
        case wait(opens: Bool)
        case refuse(DatabaseError)
    }

    enum OnConnection: Sendable {
        case hand(Connection, to: Waiter)
        case keep
        case close(Connection)
    }

    enum OnLoss: Sendable {
        case open
        case fail([Waiter], DatabaseError)
        case none
    }

    private let settings: PoolSettings
    private(set) var idle: [Connection] = []
    private(set) var busy = 0
    private(set) var opening = 0
    /// Who waits, the longest first.
    private(set) var waiters: [Waiter] = []
    /// Why the last connection could not be opened, as long as no other could.
    private(set) var failure: DatabaseError?
    private var pause: Duration
    private var pausesUntil = MonotonicInstant.zero
    private var isClosed = false

    init(_ settings: PoolSettings) {
        (self.settings, pause) = (settings, settings.shortestPause)
    }

    /// How many connections there are, with those that are about to be.
    var count: Int { idle.count + busy + opening }

    var isEmpty: Bool { count == 0 }

    /// A call takes an idle connection, if there is one: the one that came back last, which is the likeliest to be alive.
    mutating func takeIdle() -> Connection? {
        guard let connection = idle.popLast() else { return nil }
        busy += 1
        return connection
    }

    /// A call wants a connection; one that waits is told of it under its name.
    mutating func requested(by waiter: Waiter, now: MonotonicInstant) -> OnRequest {
        guard !isClosed else { return .refuse(.poolClosed) }
        if let connection = takeIdle() { return .use(connection) }
        guard waiters.count < settings.waiters else {
            return .refuse(DatabaseError(.exhausted, "\(waiters.count) calls wait for a connection already"))
        }
        if let failure, now < pausesUntil, busy == 0, opening == 0 { return .refuse(failure) }
        waiters.append(waiter)
        return .wait(opens: opensOne(now))
    }

    /// Whether to open one more connection; counts it when so.
    private mutating func opensOne(_ now: MonotonicInstant) -> Bool {
        guard opening < waiters.count, count < settings.connections, now >= pausesUntil, !isClosed else { return false }
        opening += 1
        return true
    }

    /// A connection has been opened.
    mutating func opened(_ connection: Connection) -> OnConnection {
        opening -= 1
        (failure, pause, pausesUntil) = (nil, settings.shortestPause, .zero)
        return place(connection)
    }

    /// A connection comes back that can be used again.
    mutating func returned(_ connection: Connection) -> OnConnection {
        busy -= 1
        return place(connection)
    }

    private mutating func place(_ connection: Connection) -> OnConnection {
        guard !isClosed else { return .close(connection) }
        guard !waiters.isEmpty else {
            idle.append(connection)
            return .keep
        }
        busy += 1
        return .hand(connection, to: waiters.removeFirst())
    }

    /// No connection could be opened.
    mutating func openingFailed(_ error: DatabaseError, now: MonotonicInstant) -> OnLoss {
        opening -= 1
        failure = error
        // Several fail together, and are one failure.
        if now >= pausesUntil {
            pausesUntil = now + pause
            pause = min(pause * 2, settings.longestPause)
        }
        return lost(now)
    }

    /// A connection that was in use is gone.
    mutating func discarded(now: MonotonicInstant) -> OnLoss {
        busy -= 1
        return lost(now)
    }

    private mutating func lost(_ now: MonotonicInstant) -> OnLoss {
        if opensOne(now) { return .open }
        guard busy == 0, opening == 0, let failure, !waiters.isEmpty else { return .none }
        defer { waiters = [] }
        return .fail(waiters, failure)
    }

    /// A call waits no longer; false when it has got its answer already.
    mutating func gaveUp(_ waiter: Waiter) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// The database is given up for now: what is connected to it is of no use.
    ///
    /// - Returns: The connections to be closed, and the calls to be told so.
    mutating func abandon() -> (idle: [Connection], waiters: [Waiter]) {
        // Closing counts as the end of a use.
        busy += idle.count
        defer { (idle, waiters) = ([], []) }
        return (idle, waiters)
    }

    /// Nothing is given out any more.
    ///
    /// - Returns: The connections to be closed, and the calls to be told so.
    mutating func close() -> (idle: [Connection], waiters: [Waiter]) {
        isClosed = true
        defer { (idle, waiters) = ([], []) }
        return (idle, waiters)
    }
}

extension DatabaseError {
    /// What a call is told that comes too late.
    static var poolClosed: Self { Self(.unavailable, "the pool of connections has been closed") }
}
