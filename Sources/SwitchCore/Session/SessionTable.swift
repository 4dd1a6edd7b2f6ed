public import Base
import Synchronization

/// The switch's live channels, and the counters that its limits and its status are made of.
public final class SessionTable: Sendable {
    /// Why a new call is not let in.
    public enum Refusal: String, CaseIterable, Sendable {
        /// `max-sessions` channels are up.
        case tooManySessions = "sessions"
        /// `sessions-per-second` channels have begun in this second.
        case tooManyPerSecond = "rate"
        /// The machine is busier than `min-idle-cpu` allows.
        case tooBusy = "cpu"
        /// No calls in that direction are let in at the moment (`fsctl pause`).
        case paused
        /// The switch is going down.
        case shuttingDown = "shutdown"
    }

    /// The counters at one moment.
    public struct History: Sendable {
        /// How many channels have begun since the start.
        public var total: UInt64 = 0
        /// How many were up at once at most.
        public var peak = 0
        /// How many were up at once at most in the last minutes.
        public var recentPeak = 0
        /// How many calls began in the last second.
        public var lastSecond = 0
        /// How many calls began in one second at most.
        public var peakPerSecond = 0
        /// How many calls began in one second at most in the last minutes.
        public var recentPeakPerSecond = 0
    }

    private struct State {
        var sessions: [String: Session] = [:]
        /// Channels by the other names that some have.
        var externalIDs: [String: Session] = [:]
        /// Channels that were counted in within this second, and are not in the table yet.
        var expected = 0
        var rate = CallRate()
        var peak = 0
        var recentPeak = 0
        var tally = CallTally()
        var paused: Set<CallDirection> = []
        var isClosed = false
        var whenEmpty: (@Sendable () -> Void)?

        /// Goes on to the present second; true when a new window begins with it.
        mutating func move(to second: Int64) -> Bool {
            // A call that failed before it had a channel is not expected for ever.
            if rate.second != second { expected = 0 }
            return rate.move(to: second)
        }
    }

    private let state = Mutex(State())
    private let counter = Atomic<UInt64>(0)

    init() {}

    func nextNumber() -> UInt64 { counter.add(1, ordering: .relaxed).newValue }

    func insert(_ session: Session, second: Int64) {
        state.withLock { state in
            state.sessions[session.id] = session
            state.expected = max(state.expected - 1, 0)
            state.tally.begin(session.direction)
            let count = state.sessions.count
            state.peak = max(state.peak, count)
            state.recentPeak = state.move(to: second) ? count : max(state.recentPeak, count)
        }
    }

    /// Gives a channel another name; false when a channel has it as its UUID or name.
    func name(_ session: Session, _ name: String) -> Bool {
        state.withLock { state in
            let owner = state.sessions[name] ?? state.externalIDs[name]
            guard owner == nil || owner === session else { return false }
            if name != session.id { state.externalIDs[name] = session }
            return true
        }
    }

    func remove(_ session: Session, _ externalID: String?, _ cause: HangupCause, wasAnswered: Bool) {
        let work: (@Sendable () -> Void)? = state.withLock { state in
            state.tally.end(session.direction, cause, wasAnswered: wasAnswered)
            // A UUID can have been given to a newer channel by `origination_uuid`.
            if state.sessions[session.id] === session { state.sessions[session.id] = nil }
            if let externalID, state.externalIDs[externalID] === session { state.externalIDs[externalID] = nil }
            guard state.sessions.isEmpty else { return nil }
            defer { state.whenEmpty = nil }
            return state.whenEmpty
        }
        work?()
    }

    /// Counts a call in, or says why it must be refused; a call of several channels has all of them or none.
    ///
    /// - Parameters:
    ///   - direction: Which way it goes.
    ///   - channels: How many channels it will be.
    ///   - limits: The limits in force.
    ///   - second: The present second, on any clock that does not go back.
    ///   - isBusy: Whether the machine is busier than it may be.
    public func admit(
        _ direction: CallDirection,
        channels: Int = 1,
        _ limits: SessionLimits,
        second: Int64,
        isBusy: Bool = false
    ) -> Refusal? {
        state.withLock { state in
            let refusal =
                isBusy && !state.isClosed
                ? Refusal.tooBusy : Self.refusal(direction, channels, limits, second: second, &state)
            if let refusal { state.tally.refused[refusal, default: 0] &+= 1 } else { state.expected += channels }
            return refusal
        }
    }

    private static func refusal(
        _ direction: CallDirection,
        _ channels: Int,
        _ limits: SessionLimits,
        second: Int64,
        _ state: inout State
    ) -> Refusal? {
        guard !state.isClosed else { return .shuttingDown }
        guard !state.paused.contains(direction) else { return .paused }
        if state.move(to: second) { state.recentPeak = state.sessions.count }
        let left = limits.maximumSessions - state.sessions.count - state.expected
        guard left >= channels else { return .tooManySessions }
        return state.rate.count(channels, limit: limits.sessionsPerSecond) ? nil : .tooManyPerSecond
    }

    /// Lets no new call in any more.
    public func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Lets new calls in again.
    public func open() {
        state.withLock { $0.isClosed = false }
    }

    /// Whether new calls are let in, apart from what is paused.
    public var isOpen: Bool { state.withLock { !$0.isClosed } }

    /// The directions in which no new calls are let in.
    public var paused: Set<CallDirection> {
        get { state.withLock { $0.paused } }
        set { state.withLock { $0.paused = newValue } }
    }

    /// Has something done once no channel is up any more, at once when none is; `nil` gives that up again.
    public func whenEmpty(_ work: (@Sendable () -> Void)?) {
        let isEmpty = state.withLock { state in
            state.whenEmpty = state.sessions.isEmpty ? nil : work
            return state.sessions.isEmpty
        }
        if isEmpty { work?() }
    }

    /// Whether something is to be done once no channel is up any more.
    public var isWaitedFor: Bool { state.withLock { $0.whenEmpty != nil } }

    /// Waits until no channel is up any more, for as long as `timeout`; for the end of the program, after ``close()``.
    public func waitUntilEmpty(timeout: Duration, on loop: any Loop) async {
        let (emptied, continuation) = AsyncStream.makeStream(of: Void.self)
        let timer = loop.schedule(at: loop.now + timeout) { continuation.finish() }
        whenEmpty { continuation.finish() }
        for await _ in emptied {}
        timer.cancel()
    }

    /// The channel of that UUID.
    public subscript(_ id: String) -> Session? {
        state.withLock { $0.sessions[id] ?? $0.externalIDs[id] }
    }

    /// The live channels, in no particular order.
    public var all: [Session] {
        state.withLock { Array($0.sessions.values) }
    }

    /// How many channels are up.
    public var count: Int {
        state.withLock { $0.sessions.count }
    }

    /// How many calls began and ended since the start, and why.
    public var tally: CallTally {
        state.withLock { $0.tally }
    }

    /// The counters in the present second.
    func history(second: Int64) -> History {
        state.withLock { state in
            if state.move(to: second) { state.recentPeak = state.sessions.count }
            return History(
                total: counter.load(ordering: .relaxed),
                peak: state.peak,
                recentPeak: state.recentPeak,
                lastSecond: state.rate.last,
                peakPerSecond: state.rate.peak,
                recentPeakPerSecond: state.rate.recentPeak
            )
        }
    }

    /// Begins anew with the most calls in a second.
    public func resetPeakPerSecond() {
        state.withLock { $0.rate.peak = 0 }
    }
}

/// The limits of `switch.conf` on new calls.
public struct SessionLimits: Hashable, Sendable {
    /// How many channels may be up at once (`max-sessions`).
    public var maximumSessions: Int
    /// How many channels may begin in a second (`sessions-per-second`).
    public var sessionsPerSecond: Int

    /// How much of the machine's time has to be idle for a new call, in percent; 0 does not look (`min-idle-cpu`).
    public var minimumIdlePercent = 0.0

    /// The limits.
    public init(maximumSessions: Int = 1000, sessionsPerSecond: Int = 30) {
        (self.maximumSessions, self.sessionsPerSecond) = (maximumSessions, sessionsPerSecond)
    }
}
