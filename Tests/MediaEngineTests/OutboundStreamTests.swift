import Base
import MediaEngine
import RTP
import Testing

/// The numbers and timestamps that one peer sees, whatever its packets come from.
@Suite struct OutboundStreamTests {
    private static let format = StreamFormat(MediaParameters(codec: MediaCodec("PCMU"), payloadType: 0))
    private var generator = SeededGenerator(seed: 5)

    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: (1000 + milliseconds) * 1_000_000)
    }

    private static func relay(_ out: inout OutboundStream, _ sequence: UInt16, _ timestamp: UInt32, at time: Int64)
        -> RTPHeader?
    {
        let header = RTPHeader(payloadType: 0, sequenceNumber: sequence, timestamp: timestamp, ssrc: 9)
        defer { out.sent(octets: 160) }
        return out.relay(header, payloadType: 0, side: 1, rate: 8000, format: format, at: at(time))
    }

    private static func relayed(_ out: inout OutboundStream, _ sequence: UInt16, _ timestamp: UInt32, at time: Int64)
        throws -> RTPHeader
    {
        let header = relay(&out, sequence, timestamp, at: time)
        return try #require(header)
    }

    private static func generate(_ out: inout OutboundStream, at time: Int64) -> RTPHeader {
        defer { out.sent(octets: 160) }
        return out.generate(payloadType: 0, ticks: 160, format: format, at: at(time))
    }

    /// All packets of a relayed key bear the time of its beginning; what follows must not seem to be of that time.
    @Test mutating func aRelayedKeyDoesNotHoldTimeUp() throws {
        var out = OutboundStream(using: &generator)
        let first = try Self.relayed(&out, 1, 0, at: 0)
        for packet in 1...50 { _ = Self.relay(&out, 1 + UInt16(packet), 160, at: Int64(packet) * 20) }
        #expect(out.lastSentAt == Self.at(20), "reports go by when a timestamp was first sent")
        let prompt = Self.generate(&out, at: 1020)
        #expect(prompt.timestamp &- first.timestamp == 1020 * 8)
        #expect(prompt.marker)
    }

    @Test mutating func aLatePacketDoesNotTurnTimeBack() throws {
        var out = OutboundStream(using: &generator)
        let first = try Self.relayed(&out, 10, 1600, at: 0)
        _ = Self.relay(&out, 12, 1920, at: 40)
        let late = try Self.relayed(&out, 11, 1760, at: 41)
        #expect(late.timestamp &- first.timestamp == 160 && late.sequenceNumber == first.sequenceNumber &+ 1)
        #expect(out.lastTimestamp &- first.timestamp == 320)
        let next = Self.generate(&out, at: 60)
        #expect(next.timestamp &- first.timestamp == 480)
    }

    @Test mutating func aPauseBetweenTwoPlaybacksIsSeen() {
        var out = OutboundStream(using: &generator)
        let first = Self.generate(&out, at: 0)
        let more = Self.generate(&out, at: 20)
        #expect(!more.marker)
        out.pause()
        let second = Self.generate(&out, at: 5020)
        #expect(second.timestamp &- first.timestamp == 5020 * 8)
        #expect(second.marker && second.sequenceNumber == first.sequenceNumber &+ 2)
    }

    /// The end of a key is sent three times, and keys are apart: audio after ten keys is not late by all of that.
    @Test mutating func keysKeepTime() {
        var out = OutboundStream(using: &generator)
        let first = Self.generate(&out, at: 0)
        var time: Int64 = 20
        for code in UInt8(0)..<10 {
            var key = TelephoneEventGenerator(
                code: code,
                durationTicks: 800,
                ticksPerPacket: 160,
                timestamp: out.beginEvent(format: Self.format, at: Self.at(time))
            )
            #expect(key.endTimestamp &- first.timestamp == UInt32(time) * 8 + 800)
            while let packet = key.next() {
                _ = out.event(packet, payloadType: 101, at: Self.at(time))
                out.sent(octets: 4)
                time += 20
            }
            out.endEvent(at: key.endTimestamp)
            time += 100
        }
        let audio = Self.generate(&out, at: time)
        #expect(audio.timestamp &- first.timestamp == UInt32(time) * 8)
    }

    @Test mutating func theRestOfALongPacketGetsNumbersOfItsOwn() throws {
        var out = OutboundStream(using: &generator)
        let first = try Self.relayed(&out, 1, 0, at: 0)
        let more = out.relayRest(of: first, ticks: 160, at: Self.at(0))
        let rest = try #require(more)
        #expect(rest.sequenceNumber == first.sequenceNumber &+ 1 && rest.timestamp == first.timestamp &+ 160)
        let next = try Self.relayed(&out, 2, 320, at: 40)
        #expect(next.sequenceNumber == first.sequenceNumber &+ 2 && next.timestamp == first.timestamp &+ 320)
        let beyond = try Self.relayed(&out, 4, 960, at: 120)
        let late = try Self.relayed(&out, 3, 640, at: 121)
        #expect(late.sequenceNumber == beyond.sequenceNumber &- 1)
        let none = out.relayRest(of: late, ticks: 160, at: Self.at(121))
        #expect(none == nil, "its number is taken")
    }
}
