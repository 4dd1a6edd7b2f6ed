import RTP

/// What makes datagrams without headers into packets, and the other way round.
struct BareFraming {
    /// Whether samples have to change their byte order.
    let swaps: Bool
    private var header: RTPHeader

    init(_ codec: MediaCodec, payloadType: UInt8) {
        swaps = AudioCoding(codec)?.law == .linear
        header = RTPHeader(payloadType: payloadType, sequenceNumber: 0, timestamp: 0, ssrc: 0)
    }

    /// The header of the next packet that comes, with so many bytes.
    mutating func next(_ count: Int) -> RTPHeader {
        defer {
            header.sequenceNumber &+= 1
            header.timestamp &+= UInt32(clamping: swaps ? count / 2 : count)
        }
        return header
    }

    /// Changes the byte order of samples where that is necessary.
    func order(_ bytes: PacketBuffer) {
        guard swaps else { return }
        var index = 0
        while index + 1 < bytes.count {
            bytes.swapAt(index, index + 1)
            index += 2
        }
    }
}
