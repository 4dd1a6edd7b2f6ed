extension RTCPPacket {
    /// The packet types of RFC 3550 §12.1.
    enum Kind {
        static let senderReport: UInt8 = 200
        static let receiverReport: UInt8 = 201
        static let sourceDescription: UInt8 = 202
        static let goodbye: UInt8 = 203
    }

    init(type: UInt8, count: UInt8, content: Span<UInt8>) throws(RTPParseError) {
        switch type {
        case Kind.senderReport:
            guard content.count >= 24 else { throw .truncated }
            let information = RTCPSenderInformation(
                ntp: NTPTimestamp(bits: content.load64(at: 4)),
                rtpTimestamp: content.load32(at: 12),
                packetCount: content.load32(at: 16),
                octetCount: content.load32(at: 20)
            )
            let blocks = try Self.blocks(Int(count), in: content, from: 24)
            self = .senderReport(ssrc: content.load32(at: 0), information, blocks)
        case Kind.receiverReport:
            guard content.count >= 4 else { throw .truncated }
            self = .receiverReport(ssrc: content.load32(at: 0), try Self.blocks(Int(count), in: content, from: 4))
        case Kind.sourceDescription:
            self = .sourceDescription(try Self.chunks(Int(count), in: content))
        case Kind.goodbye:
            self = try Self.goodbye(Int(count), in: content)
        default:
            var bytes: [UInt8] = []
            bytes.reserveCapacity(content.count)
            for index in content.indices { bytes.append(content[index]) }
            self = .other(type: type, count: count, content: bytes)
        }
    }

    private static func blocks(
        _ count: Int,
        in content: Span<UInt8>,
        from start: Int
    ) throws(RTPParseError) -> [RTCPReportBlock] {
        guard content.count - start >= count * RTCPReportBlock.length else { throw .truncated }
        var blocks: [RTCPReportBlock] = []
        blocks.reserveCapacity(count)
        for index in 0..<count {
            let offset = start + index * RTCPReportBlock.length
            let loss = content.load32(at: offset + 4)
            blocks.append(
                RTCPReportBlock(
                    ssrc: content.load32(at: offset),
                    fractionLost: UInt8(truncatingIfNeeded: loss >> 24),
                    // The sign of the 24-bit number is carried down by the arithmetic shift.
                    cumulativeLost: Int32(bitPattern: loss << 8) >> 8,
                    extendedHighestSequence: content.load32(at: offset + 8),
                    jitter: content.load32(at: offset + 12),
                    lastSenderReport: content.load32(at: offset + 16),
                    delaySinceLastSenderReport: content.load32(at: offset + 20)
                )
            )
        }
        return blocks
    }

    private static func chunks(
        _ count: Int,
        in content: Span<UInt8>
    ) throws(RTPParseError) -> [RTCPSourceDescription] {
        var chunks: [RTCPSourceDescription] = []
        var offset = 0
        for _ in 0..<count {
            guard content.count - offset >= 5 else { throw .truncated }
            var chunk = RTCPSourceDescription(ssrc: content.load32(at: offset), items: [])
            offset += 4
            while true {
                guard offset < content.count else { throw .truncated }
                let type = content[offset]
                if type == 0 {
                    // The list ends with at least one zero byte and is filled up to 32 bits.
                    offset = (offset + 4) & ~3
                    break
                }
                guard content.count - offset >= 2 else { throw .truncated }
                let length = Int(content[offset + 1])
                guard content.count - offset - 2 >= length else { throw .truncated }
                let text = content.text((offset + 2)..<(offset + 2 + length))
                chunk.items.append(RTCPSourceDescription.Item(type: type, text: text))
                offset += 2 + length
            }
            guard offset <= content.count else { throw .truncated }
            chunks.append(chunk)
        }
        return chunks
    }

    private static func goodbye(_ count: Int, in content: Span<UInt8>) throws(RTPParseError) -> RTCPPacket {
        guard content.count >= count * 4 else { throw .truncated }
        let sources = (0..<count).map { content.load32(at: $0 * 4) }
        let start = count * 4
        guard content.count > start else { return .goodbye(sources, reason: nil) }
        let length = Int(content[start])
        guard content.count - start - 1 >= length else { throw .truncated }
        let reason = content.text((start + 1)..<(start + 1 + length))
        return .goodbye(sources, reason: length > 0 ? reason : nil)
    }
}

extension RTCPReportBlock {
    /// The bytes that a block takes.
    static let length = 24
}

extension Span<UInt8> {
    /// The bytes of a range as text; what is not UTF-8 is replaced.
    fileprivate func text(_ range: Range<Int>) -> String {
        unsafe extracting(range).withUnsafeBufferPointer { bytes in
            unsafe String(decoding: bytes, as: UTF8.self)
        }
    }
}
