/// The RTCP packets that share a datagram (RFC 3550 §6.1).
public struct RTCPCompound: Hashable, Sendable {
    /// The packets in their order.
    public var packets: [RTCPPacket]

    /// The packets that are read from one datagram, at most.
    public static let maximumPackets = 32

    /// A compound of these packets.
    public init(_ packets: [RTCPPacket]) {
        self.packets = packets
    }

    /// The report blocks of all reports in it.
    public var reportBlocks: [RTCPReportBlock] {
        packets.flatMap { packet -> [RTCPReportBlock] in
            switch packet {
            case .senderReport(_, _, let blocks), .receiverReport(_, let blocks): blocks
            case .sourceDescription, .goodbye, .other: []
            }
        }
    }

    /// Reads a datagram and checks it as RFC 3550 A.2 says, save that it may begin with any packet (RFC 5506).
    public init(parsing datagram: Span<UInt8>) throws(RTPParseError) {
        packets = []
        guard datagram.count >= 4 else { throw .truncated }
        var offset = 0
        while offset < datagram.count {
            guard packets.count < Self.maximumPackets else { throw .limitExceeded }
            guard datagram.count - offset >= 4 else { throw .truncated }
            let first = datagram[offset]
            let type = datagram[offset + 1]
            guard first >> 6 == 2 else { throw .wrongVersion }
            guard (192...223).contains(type) else { throw .notControlPacket }
            let length = 4 + Int(datagram.load16(at: offset + 2)) * 4
            guard length <= datagram.count - offset else { throw .truncated }
            var end = offset + length
            let next = end
            if first & 0x20 != 0 {
                // Only the last packet may be padded, to a multiple of four (RFC 3550 §6.4.1).
                let padding = Int(datagram[end - 1])
                guard next == datagram.count, padding > 0, padding % 4 == 0, padding <= length - 4 else {
                    throw .badPadding
                }
                end -= padding
            }
            let content = datagram.extracting((offset + 4)..<end)
            packets.append(try RTCPPacket(type: type, count: first & 0x1F, content: content))
            offset = next
        }
    }

    /// The compound as one datagram.
    public func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        for packet in packets { packet.append(to: &bytes) }
        return bytes
    }
}
