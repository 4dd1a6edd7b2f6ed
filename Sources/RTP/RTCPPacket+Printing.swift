import Base

extension RTCPPacket {
    /// Report blocks, chunks or sources in one packet, at most: the count has five bits.
    public static let maximumCount = 31

    /// Appends the packet in network order; what exceeds ``maximumCount`` is left out.
    public func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: [0x80, 0, 0, 0])
        let kind: UInt8
        let count: Int
        switch self {
        case .senderReport(let ssrc, let information, let blocks):
            kind = Kind.senderReport
            bytes.append(bigEndian: ssrc)
            bytes.append(bigEndian: information.ntp.bits)
            bytes.append(bigEndian: information.rtpTimestamp)
            bytes.append(bigEndian: information.packetCount)
            bytes.append(bigEndian: information.octetCount)
            count = Self.append(blocks, to: &bytes)
        case .receiverReport(let ssrc, let blocks):
            kind = Kind.receiverReport
            bytes.append(bigEndian: ssrc)
            count = Self.append(blocks, to: &bytes)
        case .sourceDescription(let chunks):
            kind = Kind.sourceDescription
            count = min(chunks.count, Self.maximumCount)
            for chunk in chunks.prefix(count) { Self.append(chunk, to: &bytes, packetStart: start) }
        case .goodbye(let sources, let reason):
            kind = Kind.goodbye
            count = min(sources.count, Self.maximumCount)
            for source in sources.prefix(count) { bytes.append(bigEndian: source) }
            if let reason { Self.append(text: reason, to: &bytes) }
        case .other(let type, let subtype, let content):
            kind = type
            count = Int(subtype & 0x1F)
            bytes.append(contentsOf: content)
        }
        while (bytes.count - start) % 4 != 0 { bytes.append(0) }
        let words = UInt16(truncatingIfNeeded: (bytes.count - start) / 4 - 1)
        bytes[start] = 0x80 | UInt8(truncatingIfNeeded: count)
        bytes[start + 1] = kind
        bytes[start + 2] = UInt8(truncatingIfNeeded: words >> 8)
        bytes[start + 3] = UInt8(truncatingIfNeeded: words)
    }

    private static func append(_ blocks: [RTCPReportBlock], to bytes: inout [UInt8]) -> Int {
        let count = min(blocks.count, maximumCount)
        for block in blocks.prefix(count) {
            let lost = min(max(block.cumulativeLost, -0x80_0000), 0x7F_FFFF)
            bytes.append(bigEndian: block.ssrc)
            bytes.append(bigEndian: UInt32(block.fractionLost) << 24 | UInt32(bitPattern: lost) & 0xFF_FFFF)
            bytes.append(bigEndian: block.extendedHighestSequence)
            bytes.append(bigEndian: block.jitter)
            bytes.append(bigEndian: block.lastSenderReport)
            bytes.append(bigEndian: block.delaySinceLastSenderReport)
        }
        return count
    }

    private static func append(_ chunk: RTCPSourceDescription, to bytes: inout [UInt8], packetStart: Int) {
        bytes.append(bigEndian: chunk.ssrc)
        for item in chunk.items where item.type != 0 {
            bytes.append(item.type)
            append(text: item.text, to: &bytes)
        }
        repeat { bytes.append(0) } while (bytes.count - packetStart) % 4 != 0
    }

    /// A length byte and the text, cut at 255 bytes.
    private static func append(text: String, to bytes: inout [UInt8]) {
        let content = text.utf8.prefix(255)
        bytes.append(UInt8(truncatingIfNeeded: content.count))
        bytes.append(contentsOf: content)
    }
}
