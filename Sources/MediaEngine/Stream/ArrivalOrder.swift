import RTP

/// The packets of one peer in the order in which they were sent, for what has to be decoded.
///
/// A packet that comes in its turn goes on at once. One that is missing is waited for until two later ones are there, which
/// bounds the delay; what comes later still, or twice, is left out.
struct ArrivalOrder: ~Copyable {
    private var buffer = JitterBuffer(
        .init(initialDepth: 1, maximumDepth: depth, maximumPayloadBytes: AudioCoding.maximumSamples)
    )
    private var ssrc: UInt32?

    /// How many packets may wait for one that is missing.
    private static let patience = 2
    private static let depth = 8

    /// Takes a packet; one that is not audio, such as a key's, has its turn too and carries nothing.
    mutating func insert(_ header: RTPHeader, _ payload: UnsafeBufferPointer<UInt8>) {
        if ssrc != header.ssrc {
            buffer.removeAll()
            ssrc = header.ssrc
        }
        _ = buffer.insert(header, payload: payload.span)
    }

    /// The header and the length of the payload whose turn it is.
    mutating func next(into output: PacketBuffer) -> (header: RTPHeader, count: Int)? {
        guard let ssrc else { return nil }
        var span = output.mutableSpan
        guard let frame = buffer.readArrived(into: &span, patience: Self.patience) else { return nil }
        let header = RTPHeader(
            marker: frame.marker,
            payloadType: frame.payloadType,
            sequenceNumber: frame.sequenceNumber,
            timestamp: frame.timestamp,
            ssrc: ssrc
        )
        return (header, frame.count)
    }
}
