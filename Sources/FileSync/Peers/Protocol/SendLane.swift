import FileReplication

/// What goes before what on a connection.
///
/// Within a lane, and a folder, everything goes in its order.
enum SendLane: UInt8, CaseIterable, Hashable, Sendable {
    /// All that is said of files.
    case news
    /// Contents that are soon sent.
    case small
    /// Contents that take a while.
    case large

    /// How long a message with contents is at most that counts as small, in bytes.
    static let longestSmall = 64 << 10

    /// How many frames go of it before one of a lane behind it does, where there is one.
    var weight: Int {
        switch self {
        case .news: 16
        case .small: 8
        case .large: .max
        }
    }

    /// Contents are found by their numbers, so they need not come in the order in which they were sent.
    init(of message: ReplicaMessage, length: Int) {
        guard case .data = message else {
            self = .news
            return
        }
        self = length <= Self.longestSmall ? .small : .large
    }
}

/// A message that waits to be sent.
struct OutgoingMessage: Sendable {
    var lane: SendLane
    var isPacked: Bool
    var bytes: [UInt8]
}

/// A message of a peer's, as it came.
struct IncomingMessage: Sendable {
    var isPacked = false
    var bytes: [UInt8] = []
    /// What it took of what the peer may send.
    private(set) var cost = 0
    /// How many bytes it had on the wire.
    private(set) var wireCount = 0

    mutating func append(_ frame: PeerFrame) {
        isPacked = frame.flags.contains(.packed)
        bytes += frame.payload
        cost += frame.cost
        wireCount += frame.wireCount
    }
}
