public import Base

/// Counts deletions, and says when there are so many that somebody should look first: a mount that went, a wrong command, a
/// node that was emptied.
public struct DeleteGuard: Sendable {
    /// When it says so.
    public struct Limits: Hashable, Sendable {
        /// So many are never too many.
        public var least = 100
        /// The share of all files that may go within ``window``, 0…1; 1 switches the guard off.
        public var share = 0.25
        /// How long deletions are counted together.
        public var window = Duration.seconds(60)

        /// A hundred files or a quarter of all in a minute, whichever is more.
        public init() {}
    }

    private var limits: Limits
    private var windowEnd = MonotonicInstant.zero
    private var counted = 0
    private var openUntil = MonotonicInstant.zero
    private var before = 0
    /// Whether there were too many; until somebody has decided.
    public private(set) var isTripped = false

    /// A guard that has counted nothing.
    public init(_ limits: Limits) {
        self.limits = limits
    }

    /// Counts by other limits from now on.
    mutating func change(_ limits: Limits) { self.limits = limits }

    /// How many were counted since the window began.
    public var count: Int { counted }

    /// Counts deletions of which there would be `count`, of `live` files that there are now; whether they may be done.
    public mutating func admit(_ count: Int, of live: Int, now: MonotonicInstant) -> Bool {
        guard now >= openUntil else { return true }
        guard !isTripped else { return false }
        if now >= windowEnd {
            windowEnd = now + limits.window
            counted = 0
            before = live
        }
        let most = max(Double(limits.least), Double(before) * limits.share)
        guard limits.share >= 1 || Double(counted + count) <= most else {
            isTripped = true
            return false
        }
        counted += count
        return true
    }

    /// Somebody has decided: counting begins anew; when the deletions are meant, those that come in the same window are too.
    public mutating func reset(areMeant: Bool, now: MonotonicInstant) {
        isTripped = false
        windowEnd = .zero
        if areMeant { openUntil = now + limits.window }
    }
}
