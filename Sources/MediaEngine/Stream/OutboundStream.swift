package import Base
package import RTP

/// The headers of what is sent to one peer: one SSRC, and sequence numbers and timestamps that go on without a break
/// whatever the packets come from (RFC 3550 §7.1 leaves this to the translator).
package struct OutboundStream {
    /// What the packets are made from at the moment.
    private enum Origin: Equatable {
        case none
        /// Audio made here: playback, tones.
        case generated
        /// Made here too, and then came an event or nothing: the next packet begins a talk spurt.
        case interrupted
        /// Relayed from the stream of this SSRC at this other side.
        case relayed(side: UInt64, ssrc: UInt32)
    }

    package let ssrc: UInt32
    private(set) var statistics = SenderStatistics()
    private(set) var packets: UInt64 = 0
    private(set) var octets: UInt64 = 0
    /// The latest timestamp and when it was first sent: what sender reports and the next source go by.
    package private(set) var lastTimestamp: UInt32
    package private(set) var lastSentAt = MonotonicInstant.zero

    private var origin = Origin.none
    private var highestSequence: UInt16
    private var nextTimestamp: UInt32
    private var firstSequence: UInt16 = 0
    private var sequenceOffset: UInt16 = 0
    /// A timestamp of the source and what it became; `nil` until the first audio of the source.
    private var anchor: (source: UInt32, sent: UInt32)?
    /// The same of the latest relayed event that has timestamps of its own.
    private var eventAnchor: (source: UInt32, sent: UInt32)?

    /// Numbers that jump further than this belong to a source that began anew.
    private static let maximumJump = 3000
    private static let maximumDisorder = -200
    /// Timestamps that go back further are no disorder: the source set its clock anew.
    ///
    /// Five seconds at 48 kHz.
    private static let maximumReturn: Int32 = -240_000

    package init(using generator: inout some RandomNumberGenerator) {
        ssrc = UInt32.random(in: .min ... .max, using: &generator)
        // The lower half keeps SRTP's roll-over counter safe when the first packets are lost (RFC 3711 §3.3.1).
        highestSequence = UInt16.random(in: 0...0x7FFF, using: &generator)
        nextTimestamp = UInt32.random(in: .min ... .max, using: &generator)
        lastTimestamp = nextTimestamp
    }

    /// The header for a packet that came from elsewhere; `nil` when it is older than what was sent before it.
    ///
    /// - Parameters:
    ///   - side: names the stream that it came from, so that two streams with one SSRC are told apart.
    ///   - rate: the clock of that stream; `format` is that of this one.
    package mutating func relay(
        _ header: RTPHeader,
        payloadType: UInt8,
        side: UInt64,
        rate: Int,
        format: borrowing StreamFormat,
        at now: MonotonicInstant
    ) -> RTPHeader? {
        guard let place = place(of: header, side: side, format: format, at: now) else { return nil }
        if anchor == nil {
            if !place.isFirst { restart(format, at: now) }
            anchor = (header.timestamp, nextTimestamp)
        }
        let (source, sent) = anchor ?? (header.timestamp, nextTimestamp)
        var ticks = header.timestamp &- source
        if rate != format.clockRate, rate > 0 {
            ticks = UInt32(truncatingIfNeeded: Int(Int32(bitPattern: ticks)) * format.clockRate / rate)
        }
        return relay(header, as: payloadType, at: place, timestamp: sent &+ ticks, format: format, at: now)
    }

    /// The header for a packet of a key from a source whose events count by another clock than its audio.
    ///
    /// Nothing says which clock their timestamps are of, so the event begins when it arrives.
    package mutating func relayEvent(
        _ header: RTPHeader,
        payloadType: UInt8,
        side: UInt64,
        format: borrowing StreamFormat,
        at now: MonotonicInstant
    ) -> RTPHeader? {
        guard let place = place(of: header, side: side, format: format, at: now) else { return nil }
        if place.isFirst || eventAnchor?.source != header.timestamp {
            if !place.isFirst { restart(format, at: now) }
            eventAnchor = (header.timestamp, nextTimestamp)
        }
        let timestamp = eventAnchor?.sent ?? nextTimestamp
        return relay(header, as: payloadType, at: place, timestamp: timestamp, format: format, at: now)
    }

    /// The header of a relayed packet whose number and timestamp are known.
    private mutating func relay(
        _ header: RTPHeader,
        as payloadType: UInt8,
        at place: (sequence: UInt16, isFirst: Bool),
        timestamp: UInt32,
        format: borrowing StreamFormat,
        at now: MonotonicInstant
    ) -> RTPHeader {
        if note(timestamp, at: now) { nextTimestamp = timestamp &+ format.packetTicks }
        return RTPHeader(
            marker: header.marker || place.isFirst,
            payloadType: payloadType,
            sequenceNumber: place.sequence,
            timestamp: timestamp,
            ssrc: ssrc
        )
    }

    /// The number that a relayed packet gets, and whether it is the first of its source; `nil` when it is older than what
    /// was sent before that.
    private mutating func place(
        of header: RTPHeader,
        side: UInt64,
        format: borrowing StreamFormat,
        at now: MonotonicInstant
    ) -> (sequence: UInt16, isFirst: Bool)? {
        let source = Origin.relayed(side: side, ssrc: header.ssrc)
        let distance = distance(of: header)
        if origin != source || distance > Self.maximumJump || distance < Self.maximumDisorder {
            restart(format, at: now)
            origin = source
            sequenceOffset = highestSequence &+ 1 &- header.sequenceNumber
            highestSequence &+= 1
            firstSequence = highestSequence
            anchor = nil
            return (highestSequence, true)
        }
        let sequence = header.sequenceNumber &+ sequenceOffset
        if distance > 0 {
            highestSequence = sequence
        } else if Int16(bitPattern: sequence &- firstSequence) < 0 {
            return nil
        }
        return (sequence, false)
    }

    /// How far behind the latest packet a relayed one is, in numbers.
    private func distance(of header: RTPHeader) -> Int {
        Int(Int16(bitPattern: header.sequenceNumber &+ sequenceOffset &- highestSequence))
    }

    /// The header for the audio of a relayed packet that did not fit the packet with `header`.
    ///
    /// `nil` when later ones have been sent already, so that there is no number for it.
    package mutating func relayRest(of header: RTPHeader, ticks: UInt32, at now: MonotonicInstant) -> RTPHeader? {
        guard header.sequenceNumber == highestSequence else { return nil }
        highestSequence &+= 1
        sequenceOffset &+= 1
        var rest = header
        (rest.marker, rest.sequenceNumber) = (false, highestSequence)
        rest.timestamp = header.timestamp &+ ticks
        if note(rest.timestamp, at: now) { nextTimestamp = rest.timestamp &+ ticks }
        return rest
    }

    /// A relayed packet is not sent on: the numbers after it close the gap, so that it does not look lost.
    package mutating func skip(_ header: RTPHeader, side: UInt64) {
        // The number of one that comes late has been passed over already.
        guard origin == .relayed(side: side, ssrc: header.ssrc), distance(of: header) > 0 else { return }
        sequenceOffset &-= 1
    }

    /// The packets before this one are part of what was sent, or lost and filled in: its number follows the latest.
    package mutating func joinUp(_ header: RTPHeader, side: UInt64) {
        guard origin == .relayed(side: side, ssrc: header.ssrc), (1...Self.maximumJump).contains(distance(of: header))
        else { return }
        sequenceOffset = highestSequence &+ 1 &- header.sequenceNumber
    }

    /// The header for audio made here that is `ticks` long.
    package mutating func generate(
        payloadType: UInt8,
        ticks: UInt32,
        format: borrowing StreamFormat,
        at now: MonotonicInstant
    ) -> RTPHeader {
        let marker = beginGenerating(format, at: now)
        highestSequence &+= 1
        lastTimestamp = nextTimestamp
        nextTimestamp &+= ticks
        lastSentAt = now
        return RTPHeader(
            marker: marker,
            payloadType: payloadType,
            sequenceNumber: highestSequence,
            timestamp: lastTimestamp,
            ssrc: ssrc
        )
    }

    /// The timestamp of a telephone event that begins now (RFC 4733 §2.2.1: all its packets carry it).
    package mutating func beginEvent(format: borrowing StreamFormat, at now: MonotonicInstant) -> UInt32 {
        restart(format, at: now)
        origin = .interrupted
        return nextTimestamp
    }

    /// The header for a packet of the event.
    package mutating func event(
        _ packet: TelephoneEventGenerator.Packet,
        payloadType: UInt8,
        at now: MonotonicInstant
    ) -> RTPHeader {
        highestSequence &+= 1
        _ = note(packet.timestamp, at: now)
        return RTPHeader(
            marker: packet.marker,
            payloadType: payloadType,
            sequenceNumber: highestSequence,
            timestamp: packet.timestamp,
            ssrc: ssrc
        )
    }

    /// The event is over; audio goes on behind it, and whatever was relayed before joins anew.
    package mutating func endEvent(at timestamp: UInt32) {
        nextTimestamp = timestamp
    }

    /// What is made here pauses: the timestamp of whatever comes next counts the time until then.
    package mutating func pause() {
        if origin == .generated { origin = .interrupted }
    }

    /// A packet left.
    package mutating func sent(octets count: Int) {
        packets &+= 1
        octets &+= UInt64(count)
        statistics.sent(payloadBytes: count)
    }

    /// Remembers which timestamp belongs to this moment; false for one that tells nothing new, because its packet is
    /// late or goes on with an event.
    private mutating func note(_ timestamp: UInt32, at now: MonotonicInstant) -> Bool {
        let distance = Int32(bitPattern: timestamp &- lastTimestamp)
        guard distance > 0 || distance < Self.maximumReturn || packets == 0 else { return false }
        (lastTimestamp, lastSentAt) = (timestamp, now)
        return true
    }

    /// Whether this is the first packet made here after others: a talk spurt begins.
    private mutating func beginGenerating(_ format: borrowing StreamFormat, at now: MonotonicInstant) -> Bool {
        guard origin != .generated else { return false }
        restart(format, at: now)
        origin = .generated
        return true
    }

    /// The timestamp goes on by the time that passed, so that the other side sees a pause and not a jump.
    private mutating func restart(_ format: borrowing StreamFormat, at now: MonotonicInstant) {
        guard origin != .none else { return }
        let elapsed = min(max((now - lastSentAt).wholeMilliseconds, 0), 86_400_000)
        let ticks = UInt32(truncatingIfNeeded: elapsed * Int64(format.clockRate) / 1000)
        if ticks > nextTimestamp &- lastTimestamp { nextTimestamp = lastTimestamp &+ ticks }
    }
}
