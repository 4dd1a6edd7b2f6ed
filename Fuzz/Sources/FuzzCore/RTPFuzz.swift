import Base
import RTP

/// Feeds bytes to everything that reads datagrams of media ports.
///
/// The whole input is read as one RTP and one RTCP datagram. Then it is cut into packets, each after a length byte,
/// which arrive one after the other at the reception statistics, the event detector and the jitter buffer.
public enum RTPFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        runPacket(bytes)
        runCompound(bytes)
        runStream(bytes)
    }

    private static func runPacket(_ bytes: [UInt8]) {
        guard let view = try? RTPPacketView(parsing: bytes.span) else { return }
        precondition(view.payload.lowerBound >= RTPHeader.length && view.payload.upperBound <= bytes.count)
        precondition(view.extensionContent.upperBound <= view.payload.lowerBound)
        precondition(MediaDatagramKind(bytes.span) == .rtp)
        var copy = bytes
        var span = copy.mutableSpan
        _ = view.header.rewrite(in: &span)
        precondition(copy == bytes, "the header is written as it was read")
    }

    private static func runCompound(_ bytes: [UInt8]) {
        guard let compound = try? RTCPCompound(parsing: bytes.span) else { return }
        precondition(MediaDatagramKind(bytes.span) == .rtcp)
        let printed = compound.serialized()
        guard let again = try? RTCPCompound(parsing: printed.span) else {
            preconditionFailure("what was read is printed readably")
        }
        precondition(again.packets.count == compound.packets.count && again.reportBlocks == compound.reportBlocks)
        for block in compound.reportBlocks {
            _ = block.roundTripTime(arrivedAt: NTPTimestamp(bits: UInt64(block.lastSenderReport) << 17))
        }
    }

    private static func runStream(_ bytes: [UInt8]) {
        var statistics = ReceptionStatistics(clockRate: 8000, minimumSequential: 2)
        var detector = TelephoneEventDetector()
        var buffer = JitterBuffer(.init(maximumPayloadBytes: 64))
        var arrivals = JitterBuffer(.init(maximumPayloadBytes: 64))
        var output = [UInt8](repeating: 0, count: 32)
        var now = MonotonicInstant.zero
        var offset = 0
        while offset < bytes.count {
            let length = Int(bytes[offset])
            let end = min(offset + 1 + length, bytes.count)
            let packet = bytes.span.extracting((offset + 1)..<end)
            offset = end
            now = now + .milliseconds(length)
            guard let view = try? RTPPacketView(parsing: packet) else { continue }
            let payload = packet.extracting(view.payload)
            _ = statistics.received(view.header, at: now)
            if length % 8 == 0 { _ = statistics.makeReportBlock(at: now) }
            if let event = TelephoneEvent(parsing: payload) {
                let outcome = detector.received(event, timestamp: view.header.timestamp)
                precondition(outcome.ended == nil || !detector.isActive)
            }
            _ = buffer.insert(view.header, payload: payload)
            var span = output.mutableSpan
            if length % 3 != 0, case .frame(let frame) = buffer.read(into: &span) {
                precondition(frame.count <= 32)
            }
            _ = arrivals.insert(view.header, payload: payload)
            while let frame = arrivals.readArrived(into: &span, patience: length % 3) {
                precondition(frame.count <= 32)
            }
            precondition(arrivals.depth <= length % 3)
        }
    }
}
