import Synchronization

/// The pairs of channels that are on their way to each other because somebody asked for it.
///
/// Of requests for the same two, in whatever order they are named, one is carried out: two that were begun on the loops of both
/// would take the channels away from each other.
final class BridgeRequests: Sendable {
    /// Two channels, by their numbers.
    struct Pair: Hashable, Sendable {
        private let lesser, greater: UInt64

        init(_ one: Session, _ other: Session) {
            (lesser, greater) = (min(one.number, other.number), max(one.number, other.number))
        }
    }

    private let pairs = Mutex<Set<Pair>>([])

    /// Somebody has asked for the two; false when they are on their way already.
    func begin(_ pair: Pair) -> Bool { pairs.withLock { $0.insert(pair).inserted } }

    /// They have come together, or never will.
    func end(_ pair: Pair) { pairs.withLock { _ = $0.remove(pair) } }
}
