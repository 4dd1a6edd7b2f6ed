import FileReplication
import FileTrees

/// Makes messages shorter, as long as that is worth it.
struct MessagePacking: Sendable {
    /// One for each lane: what does not become shorter in one may well do so in another.
    private var compressors = [PieceCompressor](repeating: PieceCompressor(), count: SendLane.allCases.count)

    mutating func pack(_ message: ReplicaMessage, isPossible: Bool) -> OutgoingMessage {
        let bytes = message.encoded
        let lane = SendLane(of: message, length: bytes.count)
        guard isPossible, case .packed(let packed, let count) = compressors[Int(lane.rawValue)].pack(bytes) else {
            return OutgoingMessage(lane: lane, isPacked: false, bytes: bytes)
        }
        var writer = ByteWriter()
        writer.number(UInt64(count))
        writer.raw(packed)
        return OutgoingMessage(lane: lane, isPacked: true, bytes: writer.bytes)
    }
}

extension IncomingMessage {
    /// What it says.
    func message() throws(PeerFault) -> ReplicaMessage {
        do throws(WireError) {
            guard isPacked else { return try ReplicaMessage(decoding: bytes) }
            var reader = ByteReader(bytes)
            let count = try reader.number(atMost: UInt64(ReplicaMessage.maximumLength))
            let packed = Array(try reader.raw(reader.remaining))
            guard let plain = PieceCompressor.unpack(packed, count: Int(count)) else { throw WireError.wrongValue }
            return try ReplicaMessage(decoding: plain)
        } catch {
            throw .malformed(error)
        }
    }
}
