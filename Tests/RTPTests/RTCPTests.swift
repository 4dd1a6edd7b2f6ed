import RTP
import Testing

/// RTCP compounds (RFC 3550 §6).
@Suite struct RTCPTests {
    static let block = RTCPReportBlock(
        ssrc: 2,
        fractionLost: 64,
        cumulativeLost: -3,
        extendedHighestSequence: 0x1_FFFF,
        jitter: 80,
        lastSenderReport: 0xB705_2000,
        delaySinceLastSenderReport: 0x0005_4000
    )
    static let information = RTCPSenderInformation(
        ntp: NTPTimestamp(bits: 0xB44D_B705_2000_0000),
        rtpTimestamp: 160,
        packetCount: 10,
        octetCount: 1600
    )

    @Test(
        arguments: [
            [
                .senderReport(ssrc: 1, information, [block, block]),
                .sourceDescription([.init(ssrc: 1, canonicalName: "a@b")]),
            ],
            [.receiverReport(ssrc: 1, [])],
            [
                .receiverReport(ssrc: 1, [block]),
                .sourceDescription([
                    .init(ssrc: 1, canonicalName: ""), .init(ssrc: 2, items: []),
                    .init(ssrc: 3, items: [.init(type: 1, text: "abcd"), .init(type: 6, text: "tool")]),
                ]),
                .goodbye([1, 2], reason: "teardown"),
            ],
            [.goodbye([], reason: nil)],
            [.goodbye([9], reason: nil), .other(type: 204, count: 3, content: [0, 0, 0, 1, 65, 66, 67, 68])],
            [.other(type: 206, count: 1, content: [])],
        ] as [[RTCPPacket]]
    )
    func roundTrip(packets: [RTCPPacket]) throws {
        let bytes = RTCPCompound(packets).serialized()
        #expect(bytes.count % 4 == 0)
        let parsed = try RTCPCompound(parsing: bytes.span)
        #expect(parsed.packets == packets)
        for length in 0..<bytes.count { _ = try? RTCPCompound(parsing: bytes.span.extracting(0..<length)) }
        for index in bytes.indices {
            for value in UInt8.min ... .max {
                var damaged = bytes
                damaged[index] = value
                _ = try? RTCPCompound(parsing: damaged.span)
            }
        }
    }

    @Test func paddingIsTakenOff() throws {
        let bytes: [UInt8] = [0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4]
        #expect(try RTCPCompound(parsing: bytes.span).packets == [.receiverReport(ssrc: 1, [])])
    }

    @Test(
        arguments: [
            ([], RTPParseError.truncated),
            ([0x80, 201, 0], .truncated),
            ([0x80, 201, 0, 1], .truncated),
            ([0x40, 201, 0, 1, 0, 0, 0, 1], .wrongVersion),
            ([0x80, 100, 0, 1, 0, 0, 0, 1], .notControlPacket),
            ([0x81, 201, 0, 1, 0, 0, 0, 1], .truncated),
            ([0x80, 200, 0, 1, 0, 0, 0, 1], .truncated),
            ([0x9F, 203, 0, 1, 0, 0, 0, 1], .truncated),
            ([0x81, 203, 0, 2, 0, 0, 0, 1, 200, 65, 66, 67], .truncated),
            ([0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 66, 67], .truncated),
            ([0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 66, 67], .truncated),
            ([0xA0, 201, 0, 1, 0, 0, 0, 1], .badPadding),
            ([0xA0, 201, 0, 1, 0, 0, 0, 0], .badPadding),
            ([0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 1], .badPadding),
            (Array([[UInt8]](repeating: [0x80, 203, 0, 0], count: 33).joined()), .limitExceeded),
        ] as [([UInt8], RTPParseError)]
    )
    func refused(bytes: [UInt8], error: RTPParseError) {
        #expect(throws: error) { try RTCPCompound(parsing: bytes.span) }
    }

    @Test func limitsOfPrinting() throws {
        let blocks = [RTCPReportBlock](repeating: RTCPReportBlock(ssrc: 1, cumulativeLost: .max), count: 40)
        let long = String(repeating: "x", count: 300)
        let compound = RTCPCompound([.receiverReport(ssrc: 1, blocks), .goodbye([1], reason: long)])
        let parsed = try RTCPCompound(parsing: compound.serialized().span)
        #expect(parsed.reportBlocks.count == RTCPPacket.maximumCount)
        #expect(parsed.reportBlocks.first?.cumulativeLost == 0x7F_FFFF)
        #expect(parsed.packets.last == .goodbye([1], reason: String(long.prefix(255))))
    }

    /// The worked example of RFC 3550 §6.4.1, figure 2: 6.125 s.
    @Test func roundTripTime() {
        let arrival = NTPTimestamp(bits: 0xB710_8000 << 16)
        #expect(Self.block.roundTripTime(arrivedAt: arrival) == .milliseconds(6125))
        #expect(Self.block.roundTripTime(arrivedAt: NTPTimestamp(bits: 0)) == nil)
        #expect(RTCPReportBlock(ssrc: 1).roundTripTime(arrivedAt: arrival) == nil)
    }

    @Test(
        arguments: [
            (Int64(0), UInt64(2_208_988_800) << 32),
            (500_000_000, UInt64(2_208_988_800) << 32 | 1 << 31),
            (-500_000_000, UInt64(2_208_988_799) << 32 | 1 << 31),
            (.max, nil), (.min, nil),
        ] as [(Int64, UInt64?)]
    )
    func clock(unix: Int64, bits: UInt64?) {
        let timestamp = NTPTimestamp(unixNanoseconds: unix)
        if let bits { #expect(timestamp.bits == bits) }
    }
}
