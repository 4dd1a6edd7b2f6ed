import Synchronization

/// Remembers what has been told, so that what goes wrong at every call is told once.
public final class ToldOnce: Sendable {
    /// So much is remembered; then all of it is told anew.
    private static let limit = 1000

    private let texts = Mutex<Set<String>>([])

    /// Nothing has been told.
    public init() {}

    /// Whether this has not been told before.
    public func isFirst(_ text: String) -> Bool {
        texts.withLock { texts in
            if texts.count >= Self.limit { texts = [] }
            return texts.insert(text).inserted
        }
    }

    /// This is told again when it goes wrong again.
    public func forget(_ text: String) {
        texts.withLock { _ = $0.remove(text) }
    }

    /// Everything is told again.
    public func forgetAll() {
        texts.withLock { $0 = [] }
    }
}
