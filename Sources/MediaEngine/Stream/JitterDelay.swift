import RTP

/// Packets of one peer that wait for their time.
struct JitterDelay: ~Copyable {
    private let options: JitterOptions
    private var buffer: JitterBuffer
    private var ssrc: UInt32?
    private let packetMilliseconds: Int

    /// - Parameter packetMilliseconds: How long a packet is.
    init(_ options: JitterOptions, packetMilliseconds: Int) {
        self.options = options
        self.packetMilliseconds = packetMilliseconds
        let length = max(packetMilliseconds, 1)
        func packets(_ milliseconds: Int) -> Int { (milliseconds + length - 1) / length }
        buffer = JitterBuffer(
            .init(
                initialDepth: packets(options.milliseconds),
                minimumDepth: packets(options.milliseconds),
                maximumDepth: packets(options.maximumMilliseconds),
                maximumPayloadBytes: AudioCoding.maximumSamples
            )
        )
    }

    /// Whether it is what these options ask for, with packets of that length.
    mutating func suits(_ options: JitterOptions, packetMilliseconds: Int) -> Bool {
        self.options == options && self.packetMilliseconds == packetMilliseconds
    }

    /// Takes a packet; false when it cannot wait here.
    mutating func insert(_ header: RTPHeader, _ payload: UnsafeBufferPointer<UInt8>) -> Bool {
        if ssrc != header.ssrc {
            buffer.removeAll()
            ssrc = header.ssrc
        }
        return buffer.insert(header, payload: payload.span) != .tooLong
    }

    /// The header and the length of the packet whose time it is, once every packet time.
    mutating func next(into output: PacketBuffer) -> (header: RTPHeader, count: Int)? {
        guard let ssrc else { return nil }
        var span = output.mutableSpan
        guard case .frame(let frame) = buffer.read(into: &span) else { return nil }
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
