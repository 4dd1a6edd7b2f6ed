import Base
import FileReplication
import FileTrees

/// What a folder counts and remembers for those who ask how it is.
struct FolderTally {
    /// The most paths that are named of each kind.
    static let mostNamed = 1000

    var received = RateMeter()
    var sent = RateMeter()
    var peers: [NodeID: FolderStatus.Peer] = [:]
    var conflicts = 0
    var paused: JobFailure?
    var isRootThere = true
    var isIndexFailing = false
    var collisions: [TreePath] = []
    var faults: [TreePath] = []
    /// Faults that were told.
    var told: Set<TreePath> = []

    /// How many bytes of contents there are in a message.
    static func contentBytes(_ message: ReplicaMessage) -> Int {
        switch message {
        case .data(let pieces): pieces.reduce(0) { $0 + $1.bytes.count }
        case .growth(let appended): appended.bytes.count
        default: 0
        }
    }

    mutating func count(_ message: ReplicaMessage, from peer: NodeID, now: MonotonicInstant) {
        let bytes = Self.contentBytes(message)
        guard bytes > 0 else { return }
        received.add(bytes, now: now)
        peers[peer, default: FolderStatus.Peer()].received += UInt64(bytes)
    }

    mutating func count(_ message: ReplicaMessage, to peer: NodeID, now: MonotonicInstant) {
        let bytes = Self.contentBytes(message)
        guard bytes > 0 else { return }
        sent.add(bytes, now: now)
        peers[peer, default: FolderStatus.Peer()].sent += UInt64(bytes)
    }

    /// Takes what the replica says.
    mutating func take(_ event: ReplicaEvent) {
        switch event {
        case .conflict: conflicts += 1
        case .paused(let failure): paused = failure
        case .resumed: paused = nil
        case .rootVanished: isRootThere = false
        case .rootReturned: isRootThere = true
        default: break
        }
    }

    var obstacle: FolderStatus.Obstacle? {
        if !isRootThere { return .rootVanished }
        if isIndexFailing { return .index }
        return paused.map { .disk($0) }
    }
}
