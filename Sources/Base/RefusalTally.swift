import Synchronization

/// Counts those who are refused, so that the log has a line a minute of them and not one of each.
public final class RefusalTally: Sendable {
    /// How long nothing more is told.
    public static let pause = Duration.seconds(60)

    private struct State {
        var untold = 0
        var silentUntil: MonotonicInstant?
    }

    private let state = Mutex(State())

    /// A tally of nobody.
    public init() {}

    /// One more is refused; gives how many there were since the last word when it is time for one.
    public func note(at now: MonotonicInstant = .now) -> Int? {
        state.withLock { state in
            state.untold += 1
            if let silentUntil = state.silentUntil, now < silentUntil { return nil }
            defer { state = State(silentUntil: now + Self.pause) }
            return state.untold
        }
    }
}
