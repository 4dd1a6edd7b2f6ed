import Synchronization

/// Lets so many in at the same time and sends others away: what waits for threads or answers that may never come.
public final class Turnstile: Sendable {
    /// How many may be inside.
    public let limit: Int
    private let inside = Atomic<Int>(0)

    /// One with nobody inside.
    public init(limit: Int) {
        self.limit = limit
    }

    /// Whether one more goes in; ``leave()`` must follow then.
    public func enter() -> Bool {
        guard inside.add(1, ordering: .relaxed).newValue <= limit else {
            leave()
            return false
        }
        return true
    }

    /// One who was let in goes out.
    public func leave() {
        inside.subtract(1, ordering: .relaxed)
    }
}
