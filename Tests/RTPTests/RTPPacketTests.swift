import RTP
import Testing

/// RTP headers (RFC 3550 §5.1).
@Suite struct RTPPacketTests {
    static let fixed: [UInt8] = [0x80, 0x00, 0x12, 0x34, 0, 0, 0, 160, 0xDE, 0xAD, 0xBE, 0xEF]

    /// A packet whose first byte says what follows the fixed header.
    static func packet(_ first: UInt8, _ rest: UInt8...) -> [UInt8] {
        var bytes = fixed
        bytes[0] = first
        return bytes + rest
    }

    static let layouts: [(packet: [UInt8], contributors: Int, profile: UInt16?, payload: Range<Int>)] = [
        (packet(0x80), 0, nil, 12..<12),
        (packet(0x80, 1, 2, 3), 0, nil, 12..<15),
        (packet(0x82, 0, 0, 0, 1, 0, 0, 0, 2, 9), 2, nil, 20..<21),
        (packet(0x90, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 9), 0, 0xBEDE, 20..<21),
        (packet(0x91, 0, 0, 0, 1, 0xBE, 0xDE, 0, 0, 9, 8), 1, 0xBEDE, 20..<22),
        (packet(0xA0, 9, 9, 0, 2), 0, nil, 12..<14),
        (packet(0xA0, 1), 0, nil, 12..<12),
    ]

    @Test(arguments: layouts)
    func layout(packet: [UInt8], contributors: Int, profile: UInt16?, payload: Range<Int>) throws {
        let view = try RTPPacketView(parsing: packet.span)
        #expect(view.contributorCount == contributors && view.extensionProfile == profile && view.payload == payload)
        let expected = RTPHeader(payloadType: 0, sequenceNumber: 0x1234, timestamp: 160, ssrc: 0xDEAD_BEEF)
        #expect(view.header == expected)
    }

    static let refusals: [(packet: [UInt8], error: RTPParseError)] = [
        ([], .truncated),
        (Array(fixed.dropLast()), .truncated),
        (packet(0x40), .wrongVersion),
        (packet(0x81, 0, 0, 0), .truncated),
        (packet(0x8F), .truncated),
        (packet(0x90, 0xBE, 0xDE, 0), .truncated),
        (packet(0x90, 0xBE, 0xDE, 0xFF, 0xFF), .truncated),
        (packet(0xA0), .badPadding),
        (packet(0xA0, 9, 0), .badPadding),
        (packet(0xA0, 9, 3), .badPadding),
        (packet(0xB0, 0xBE, 0xDE, 0, 1, 1, 2, 3, 1), .badPadding),
        ([0x80, 200] + fixed.dropFirst(2), .controlPacket),
    ]

    @Test(arguments: refusals)
    func refused(packet: [UInt8], error: RTPParseError) {
        #expect(throws: error) { try RTPPacketView(parsing: packet.span) }
    }

    @Test func headerRoundTripAndRewrite() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let header = RTPHeader(
                marker: Bool.random(using: &generator),
                payloadType: UInt8.random(in: 0...63, using: &generator),
                sequenceNumber: .random(in: 0 ... .max, using: &generator),
                timestamp: .random(in: 0 ... .max, using: &generator),
                ssrc: .random(in: 0 ... .max, using: &generator)
            )
            var packet = [UInt8](repeating: 0xFF, count: 20)
            var span = packet.mutableSpan
            let isWritten = header.write(into: &span)
            #expect(try RTPPacketView(parsing: packet.span).header == header)
            var extended: [UInt8] = [0x90] + Self.fixed.dropFirst() + [0xBE, 0xDE, 0, 0, 9]
            var mutable = extended.mutableSpan
            let isRewritten = header.rewrite(in: &mutable)
            #expect(isWritten && isRewritten)
            let view = try RTPPacketView(parsing: extended.span)
            #expect(view.header == header && view.extensionProfile == 0xBEDE && view.payload == 16..<17)
        }
        var short = [UInt8](repeating: 7, count: 11)
        var span = short.mutableSpan
        let header = RTPHeader(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0)
        let isWritten = header.write(into: &span)
        let isRewritten = header.rewrite(in: &span)
        #expect(!isWritten && !isRewritten)
        #expect(short == [UInt8](repeating: 7, count: 11))
    }

    @Test(
        arguments: [
            ([0x80, 0], MediaDatagramKind.rtp), ([0x80, 0xE0], .rtp), ([0x80, 200], .rtcp), ([0xBF, 192], .rtcp),
            ([0x80, 191], .rtp), ([0, 1], .stun), ([22, 254], .dtls), ([64, 0], .unknown), ([0x80], .unknown),
            ([], .unknown),
        ] as [([UInt8], MediaDatagramKind)]
    )
    func kinds(bytes: [UInt8], kind: MediaDatagramKind) {
        #expect(MediaDatagramKind(bytes.span) == kind)
    }
}
