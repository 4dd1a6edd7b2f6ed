import FileReplication
import Synchronization

/// One folder on one connection.
final class FolderChannel: FolderLink {
    /// More than this is never kept for a peer: whoever owns the folder stops long before.
    private static let mostQueued = 128 << 20

    private struct Listener: Sendable {
        var drained: (@Sendable () -> Void)?
    }

    /// The folder.
    let folder: String
    /// The peer.
    let peer: NodeID
    /// Bytes that went and came, over all connections.
    let counters: ByteCounters
    private let number: Int
    private let connection: PeerConnection
    private let mayPack: Bool
    private let packing = Mutex(MessagePacking())
    private let queued = Atomic<Int>(0)
    private let listener = Mutex(Listener())
    private let incoming: AsyncStream<IncomingMessage>.Continuation
    /// What comes; no more than the peer may send before it is dealt with.
    let messages: AsyncStream<IncomingMessage>

    init(
        _ folder: String,
        number: Int,
        peer: NodeID,
        on connection: PeerConnection,
        mayPack: Bool,
        counters: ByteCounters
    ) {
        (self.folder, self.number, self.peer, self.connection) = (folder, number, peer, connection)
        (self.mayPack, self.counters) = (mayPack, counters)
        (messages, incoming) = AsyncStream.makeStream()
    }

    // MARK: - To the peer

    var queuedBytes: Int { queued.load(ordering: .relaxed) }

    func send(_ message: ReplicaMessage) {
        let count = packing.withLock { packing in
            let outgoing = packing.pack(message, isPossible: mayPack)
            let count = queued.add(outgoing.bytes.count, ordering: .relaxed).newValue
            // Within the lock, so that the order stays.
            connection.enqueue(outgoing, folder: number)
            return count
        }
        if count > Self.mostQueued { connection.end(.takesNothing) }
    }

    /// Who is told when there is room again.
    func onDrained(_ body: @escaping @Sendable () -> Void) { listener.withLock { $0.drained = body } }

    /// A frame went.
    func noteSent(_ frame: PeerFrame) {
        counters.addSent(frame.wireCount)
        let (old, new) = queued.subtract(frame.payload.count, ordering: .relaxed)
        guard old >= SyncFolder.fullLink, new < SyncFolder.fullLink else { return }
        listener.withLock { $0.drained }?()
    }

    // MARK: - From the peer

    func deliver(_ message: IncomingMessage) {
        counters.addReceived(message.wireCount)
        incoming.yield(message)
    }

    /// Nothing comes any more.
    func finish() { incoming.finish() }

    /// A message has been dealt with.
    func consumed(_ message: IncomingMessage) { connection.consumed(message.cost, folder: number) }

    /// A message was none.
    func refuse(_ fault: PeerFault) { connection.end(fault) }
}
