/// The fixed part of an RTP header (RFC 3550 §5.1) as values, and its writing.
public struct RTPHeader: Hashable, Sendable {
    /// Whether the marker bit is set: the first packet of a talk spurt or telephone event.
    public var marker: Bool
    /// The number of the format, 0…127.
    public var payloadType: UInt8
    /// Goes up by one with each packet, modulo 2¹⁶.
    public var sequenceNumber: UInt16
    /// The sampling instant of the first sample in the packet, in ticks of the clock rate.
    public var timestamp: UInt32
    /// Who sends.
    public var ssrc: UInt32

    /// The bytes that the fixed part takes.
    public static let length = 12

    /// A header of these fields.
    public init(
        marker: Bool = false,
        payloadType: UInt8,
        sequenceNumber: UInt16,
        timestamp: UInt32,
        ssrc: UInt32
    ) {
        self.marker = marker
        self.payloadType = payloadType & 0x7F
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Writes the 12 bytes of a header without padding, extension and CSRC list; `false` when they do not fit.
    @discardableResult
    public func write(into packet: inout MutableSpan<UInt8>) -> Bool {
        guard packet.count >= Self.length else { return false }
        packet[0] = 0x80
        writeFields(into: &packet)
        return true
    }

    /// Replaces the fixed fields of a packet in place and leaves padding, extension and CSRC list as they are.
    ///
    /// This is what a relay needs: everything behind the fixed part goes on untouched.
    @discardableResult
    public func rewrite(in packet: inout MutableSpan<UInt8>) -> Bool {
        guard packet.count >= Self.length else { return false }
        writeFields(into: &packet)
        return true
    }

    private func writeFields(into packet: inout MutableSpan<UInt8>) {
        packet[1] = (marker ? 0x80 : 0) | (payloadType & 0x7F)
        packet.store(sequenceNumber, at: 2)
        packet.store(timestamp, at: 4)
        packet.store(ssrc, at: 8)
    }
}
