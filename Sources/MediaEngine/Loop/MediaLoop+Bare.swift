import Base
import CMedia
import RTP

/// Datagrams that hold nothing but audio (`unicast`).
extension MediaLoop {
    /// A datagram came: from here on it is a packet as any other.
    func receivedBare(_ datagram: PacketBuffer, from source: IPEndpoint?, of stream: StreamPointer) {
        guard let format = stream.pointee.core.format, source == nil || source == stream.pointee.core.lock.signalled,
            let header = stream.pointee.bare?.next(datagram.count)
        else {
            stream.pointee.core.statistics.strayPackets &+= 1
            return
        }
        let count = min(datagram.count, delayed.count - RTPHeader.length)
        var bytes = delayed.mutableSpan
        header.write(into: &bytes)
        let packet = PacketBuffer(rebasing: delayed[..<(RTPHeader.length + count)])
        let payload = PacketBuffer(rebasing: packet[RTPHeader.length...])
        _ = payload.update(fromContentsOf: datagram[..<count])
        stream.pointee.bare?.order(payload)
        guard let view = try? RTPPacketView(parsing: UnsafeBufferPointer(packet).span) else { return }
        stream.pointee.core.statistics.packetsReceived &+= 1
        stream.pointee.core.statistics.octetsReceived &+= UInt64(count)
        goOn(packet, format.arrival(of: view), stream, depth: 0)
        // The buffer is used again by the next datagram.
        flush(stream)
    }

    /// The part of a finished packet that is sent, in the order of bytes that it is sent in.
    func bareContent(_ packet: PacketBuffer, of stream: StreamPointer) -> PacketBuffer {
        guard stream.pointee.bare != nil, packet.count > RTPHeader.length else { return packet }
        let content = PacketBuffer(rebasing: packet[RTPHeader.length...])
        stream.pointee.bare?.order(content)
        return content
    }
}
