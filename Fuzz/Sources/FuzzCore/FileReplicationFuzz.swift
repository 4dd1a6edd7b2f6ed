import Base
import FileReplication

@testable import PeerProtocol

/// Feeds bytes to the reader of messages between nodes, to that of stored entries, and messages to a folder.
public enum FileReplicationFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        if let entry = try? IndexEntry(decoding: bytes) {
            // Entries are our own: there may be several ways to write one.
            precondition((try? IndexEntry(decoding: entry.encoded)) == entry, "an entry that is printed can be read")
        }
        if let message = try? ReplicaMessage(decoding: bytes) {
            precondition(message.encoded == bytes, "a message is printed as it was")
        }
        tell(bytes)
    }

    /// The input as messages to a folder, each after its length in two bytes, whose highest bit says that it is packed.
    private static func tell(_ bytes: [UInt8]) {
        let (own, peer) = (NodeID(1), NodeID(2))
        var configuration = FolderConfiguration(members: [own: "a", peer: "b"])
        configuration.deleteLimits.share = 1
        guard var replica = try? FolderReplica(own: own, configuration: configuration) else { return }
        var now = MonotonicInstant.zero
        replica.connected(peer, now: now)
        var rest = bytes[...]
        while rest.count > 2 {
            let head = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
            let length = head & 0x7FFF
            let piece = IncomingMessage(isPacked: head & 0x8000 != 0, bytes: Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
            guard let message = try? piece.message() else { continue }
            replica.received(message, from: peer, now: now)
            carryOut(&replica, now: now)
            now = now + .seconds(1)
            replica.tick(now: now)
            carryOut(&replica, now: now)
        }
    }

    /// Everything succeeds that is asked for, and there is nothing on the disk.
    private static func carryOut(_ replica: inout FolderReplica, now: MonotonicInstant) {
        for _ in 0..<8 {
            let actions = replica.popActions()
            if actions.isEmpty { return }
            for action in actions {
                switch action {
                case .send(_, let message):
                    precondition(
                        (try? ReplicaMessage(decoding: message.encoded)) == message,
                        "what is sent can be read"
                    )
                case .store(let id, let entries, _):
                    for (_, entry) in entries {
                        guard let entry else { continue }
                        precondition((try? IndexEntry(decoding: entry)) != nil, "what is stored can be read")
                    }
                    replica.stored(id, now: now)
                case .perform(let id, let job): replica.finished(id, outcome(of: job), now: now)
                case .tell: break
                }
            }
        }
    }

    private static func outcome(of job: ReplicaJob) -> JobOutcome {
        switch job {
        case .inspect: .observed(nil)
        case .listChunks, .read: .failed(.missing)
        case .fill(_, _, let chunks, _, _): .missing(Array(chunks.indices))
        default: .done(nil)
        }
    }
}
