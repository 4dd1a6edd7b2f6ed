/// Where the parts of a received RTP packet are: a few numbers, no reference to the bytes, no allocation.
///
/// ```
/// let view = try RTPPacketView(parsing: datagram)
/// let payload = datagram.extracting(view.payload)
/// ```
public struct RTPPacketView: Hashable, Sendable {
    /// The fixed part.
    public let header: RTPHeader
    /// The number of contributing sources listed after the fixed part.
    public let contributorCount: Int
    /// The 16 bits that say which kind of extension is present (RFC 8285: 0xBEDE); `nil` without one.
    public let extensionProfile: UInt16?
    /// The bytes of the extension, its 4-byte head excluded; empty without one.
    public let extensionContent: Range<Int>
    /// The bytes of the payload, padding excluded.
    public let payload: Range<Int>

    /// Reads the header of a datagram and checks every length in it (RFC 3550 §5.1, §5.3.1, A.1).
    @inlinable
    public init(parsing packet: Span<UInt8>) throws(RTPParseError) {
        guard packet.count >= RTPHeader.length else { throw .truncated }
        let first = packet[0]
        let second = packet[1]
        guard first >> 6 == 2 else { throw .wrongVersion }
        // RTCP packet types 192…223 would be payload types 64…95 with the marker set (RFC 5761 §4).
        guard !(192...223).contains(second) else { throw .controlPacket }
        var offset = RTPHeader.length &+ Int(first & 0x0F) &* 4
        guard offset <= packet.count else { throw .truncated }
        var profile: UInt16?
        var content = offset..<offset
        if first & 0x10 != 0 {
            guard packet.count &- offset >= 4 else { throw .truncated }
            profile = UInt16(packet[offset]) << 8 | UInt16(packet[offset &+ 1])
            let words = Int(packet[offset &+ 2]) << 8 | Int(packet[offset &+ 3])
            offset &+= 4
            guard words &* 4 <= packet.count &- offset else { throw .truncated }
            content = offset..<(offset &+ words &* 4)
            offset = content.upperBound
        }
        var end = packet.count
        if first & 0x20 != 0 {
            let padding = Int(packet[end &- 1])
            guard padding > 0, padding <= end &- offset else { throw .badPadding }
            end &-= padding
        }
        header = RTPHeader(
            marker: second & 0x80 != 0,
            payloadType: second & 0x7F,
            sequenceNumber: UInt16(packet[2]) << 8 | UInt16(packet[3]),
            timestamp: UInt32(packet[4]) << 24 | UInt32(packet[5]) << 16 | UInt32(packet[6]) << 8 | UInt32(packet[7]),
            ssrc: UInt32(packet[8]) << 24 | UInt32(packet[9]) << 16 | UInt32(packet[10]) << 8 | UInt32(packet[11])
        )
        contributorCount = Int(first & 0x0F)
        extensionProfile = profile
        extensionContent = content
        payload = offset..<end
    }
}

/// Why a datagram is not a packet.
public enum RTPParseError: Error, Hashable, Sendable {
    /// It ends before a length in it says.
    case truncated
    /// The version is not 2.
    case wrongVersion
    /// The padding is empty or longer than the packet.
    case badPadding
    /// It is RTCP.
    case controlPacket
    /// It is not RTCP: the packet type is not one.
    case notControlPacket
    /// There are more parts in it than are accepted.
    case limitExceeded
}

/// What a datagram on a media port may be, by its first two bytes (RFC 7983 §7, RFC 5761 §4).
public enum MediaDatagramKind: Hashable, Sendable {
    /// Media.
    case rtp
    /// Reports about media.
    case rtcp
    /// STUN.
    case stun
    /// DTLS.
    case dtls
    /// None of these.
    case unknown

    /// Looks at the first bytes; says nothing about the rest.
    @inlinable
    public init(_ datagram: Span<UInt8>) {
        guard datagram.count >= 2 else {
            self = .unknown
            return
        }
        switch datagram[0] {
        case 0...3: self = .stun
        case 20...63: self = .dtls
        case 128...191: self = (192...223).contains(datagram[1]) ? .rtcp : .rtp
        default: self = .unknown
        }
    }
}
