public import Base
import Synchronization

/// The switch's live channels, and the counters that its limits and its status are made of.
public final class SessionTable: Sendable {
    /// Why a new call is not let in.
    public enum Refusal: Sendable {
        /// `max-sessions` channels are up.
        case tooManySessions
        /// `sessions-per-second` channels have begun in this second.
        case tooManyPerSecond
        /// The switch is going down.
        case shuttingDown
    }

    /// How much went on since it was last asked for.
    struct Rates: Sendable {
        /// How many channels began in the second that is over.
        var last = 0
        /// How many began in one second at most.
        var peakPerSecond = 0
        /// How many were up at once at most.
        var peak = 0
    }

    private struct State {
        var sessions: [String: Session] = [:]
        var second: Int64 = 0
        var startedInSecond = 0
        var peak = 0
        var peakPerSecond = 0
        var recent = Rates()
        var isClosed = false
        var emptied: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())
    private let counter = Atomic<UInt64>(0)

    init() {}

    func nextNumber() -> UInt64 { counter.add(1, ordering: .relaxed).newValue }

    func insert(_ session: Session) {
        state.withLock { state in
            state.sessions[session.id] = session
            state.peak = max(state.peak, state.sessions.count)
            state.recent.peak = max(state.recent.peak, state.sessions.count)
        }
    }

    func remove(_ session: Session) {
        state.withLock { state in
            // A UUID can have been given to a newer channel by `origination_uuid`.
            if state.sessions[session.id] === session { state.sessions[session.id] = nil }
            if state.sessions.isEmpty { state.emptied?.finish() }
        }
    }

    /// Counts a call in, or says why it must be refused.
    ///
    /// - Parameters:
    ///   - limits: The limits in force.
    ///   - second: The present second, on any clock that does not go back.
    public func admit(_ limits: SessionLimits, second: Int64) -> Refusal? {
        state.withLock { state in
            guard !state.isClosed else { return .shuttingDown }
            guard state.sessions.count < limits.maximumSessions else { return .tooManySessions }
            if state.second != second { (state.second, state.startedInSecond) = (second, 0) }
            guard state.startedInSecond < limits.sessionsPerSecond else { return .tooManyPerSecond }
            state.startedInSecond += 1
            state.peakPerSecond = max(state.peakPerSecond, state.startedInSecond)
            state.recent.peakPerSecond = max(state.recent.peakPerSecond, state.startedInSecond)
            return nil
        }
    }

    /// What went on since this was last asked.
    func takeRates(second: Int64) -> Rates {
        state.withLock { state in
            var rates = state.recent
            rates.last = second - state.second <= 1 ? state.startedInSecond : 0
            rates.peak = max(rates.peak, state.sessions.count)
            state.recent = Rates()
            return rates
        }
    }

    /// Lets no new call in any more.
    public func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Waits until no channel is up any more, for as long as `timeout`; for the end of the program, after ``close()``.
    public func waitUntilEmpty(timeout: Duration, on loop: any Loop) async {
        let (emptied, continuation) = AsyncStream.makeStream(of: Void.self)
        let timer = loop.schedule(at: loop.now + timeout) { continuation.finish() }
        state.withLock { state in
            state.emptied = continuation
            if state.sessions.isEmpty { continuation.finish() }
        }
        for await _ in emptied {}
        timer.cancel()
    }

    /// The channel of that UUID.
    public subscript(_ id: String) -> Session? {
        state.withLock { $0.sessions[id] }
    }

    /// The live channels, in no particular order.
    public var all: [Session] {
        state.withLock { Array($0.sessions.values) }
    }

    /// How many channels are up.
    public var count: Int {
        state.withLock { $0.sessions.count }
    }

    /// How many channels have begun since the start, how many were up at once and began in one second at most.
    public var history: (total: UInt64, peak: Int, peakPerSecond: Int) {
        let total = counter.load(ordering: .relaxed)
        return state.withLock { (total, $0.peak, $0.peakPerSecond) }
    }
}

/// The limits of `switch.conf` on new calls.
public struct SessionLimits: Hashable, Sendable {
    /// How many channels may be up at once (`max-sessions`).
    public var maximumSessions: Int
    /// How many channels may begin in a second (`sessions-per-second`).
    public var sessionsPerSecond: Int

    /// The limits.
    public init(maximumSessions: Int = 1000, sessionsPerSecond: Int = 30) {
        (self.maximumSessions, self.sessionsPerSecond) = (maximumSessions, sessionsPerSecond)
    }
}
