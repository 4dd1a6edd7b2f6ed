import Base
import FileReplication

/// Which of two connections between the same two nodes is kept; both come to the same.
struct ConnectionChoice: Sendable {
    /// Two that were made within this time may have been made at the same time.
    static let simultaneity = Duration.seconds(10)

    /// Whether this node made it.
    var isOutgoing: Bool
    /// The peer's start that it was made with.
    var instance: UInt64
    /// When it was made.
    var began: MonotonicInstant

    /// Whether a new connection takes the place of an old one.
    ///
    /// Nobody calls a peer that it has a connection to. So of two that were made at the same time the one stays that the
    /// lesser node made, and else the peer has lost the old one, though this node has not noticed it.
    func replaces(_ old: Self, own: NodeID, peer: NodeID) -> Bool {
        guard instance == old.instance, began - old.began < Self.simultaneity, isOutgoing != old.isOutgoing else {
            return true
        }
        return isOutgoing == (own < peer)
    }
}
