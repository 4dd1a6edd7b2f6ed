import RTP
import Testing

/// Telephone events (RFC 4733).
@Suite struct TelephoneEventTests {
    /// One packet: `time code duration`, an `e` for the end; what comes out is collected as text.
    @Test(arguments: [
        ("whole event", "0:1:160 0:1:320 0:1:480e 0:1:480e 0:1:480e", "+1 -1/480"),
        ("only the first packet, then another event", "0:1:160 800:2:160 800:2:320e", "+1 !1/160 +2 -2/320"),
        ("only one end", "0:5:800e", "+5 -5/800"),
        ("lost end, then only an end", "0:1:160 800:2:320e", "+1 !1/160 +2 -2/320"),
        ("reordered", "800:1:320 800:1:160 0:9:160e 800:1:480e 0:9:320e 800:1:160", "+1 -1/480"),
        ("same key twice", "0:1:160 0:1:320e 800:1:160 800:1:320e", "+1 -1/320 +1 -1/320"),
        ("long event in two segments", "0:3:65535 65535:3:160 65535:3:320e", "+3 -3/65855"),
        ("the clock wraps", "4294967200:4:160 4294967200:4:320e 704:4:160e", "+4 -4/320 +4 -4/160"),
        ("the sender's clock starts anew", "400000:1:160e 0:2:160e", "+1 -1/160 +2 -2/160"),
        ("never ends", "0:1:160 0:1:320", "+1 ~1/320"),
    ])
    func detection(name: String, packets: String, expected: String) throws {
        var detector = TelephoneEventDetector()
        var log: [String] = []
        for text in packets.split(separator: " ") {
            let isEnd = text.last == "e"
            let fields = (isEnd ? text.dropLast() : text).split(separator: ":").compactMap { UInt32($0) }
            let event = TelephoneEvent(code: UInt8(fields[1]), isEnd: isEnd, duration: UInt16(fields[2]))
            let outcome = detector.received(event, timestamp: fields[0])
            if let previous = outcome.previous { log.append("!\(previous.code)/\(previous.duration)") }
            if let began = outcome.began { log.append("+\(began)") }
            if let ended = outcome.ended { log.append("-\(ended.code)/\(ended.duration)") }
        }
        if let open = detector.flush() { log.append("~\(open.code)/\(open.duration)") }
        #expect(log.joined(separator: " ") == expected, "\(name)")
        #expect(!detector.isActive)
    }

    /// Media that keeps up with an event leaves it alone; media that is far ahead ends it.
    @Test(arguments: [(UInt32(0), false), (320, false), (1120, false), (1121, true), (4_294_960_000, false)])
    func mediaBesidesAnEvent(offset: UInt32, ends: Bool) {
        var detector = TelephoneEventDetector()
        let start = UInt32.max - 500
        let idle = detector.receivedMedia(timestamp: start, slack: 800)
        #expect(idle == nil)
        _ = detector.received(TelephoneEvent(code: 3, duration: 320), timestamp: start)
        let outcome = detector.receivedMedia(timestamp: start &+ offset, slack: 800)
        #expect(outcome == (ends ? .init(code: 3, duration: 320) : nil))
        #expect(detector.isActive != ends)
    }

    @Test func anotherSourceMayUseOldTimestamps() {
        var detector = TelephoneEventDetector()
        _ = detector.received(TelephoneEvent(code: 1, duration: 160), timestamp: 8000)
        #expect(detector.sourceChanged() == .init(code: 1, duration: 160))
        #expect(detector.received(TelephoneEvent(code: 2, duration: 160), timestamp: 7000).began == 2)
    }

    @Test(arguments: [
        (UInt32(400), "0m160 0:320 0:400e 0:400e 0:400e"),
        (0, "0m160e 0:160e 0:160e"),
        (320, "0m160 0:320e 0:320e 0:320e"),
    ])
    func generation(duration: UInt32, expected: String) {
        var generator = TelephoneEventGenerator(code: 1, durationTicks: duration, ticksPerPacket: 160, timestamp: 0)
        var log: [String] = []
        while let packet = generator.next() {
            let event = packet.event
            log.append("\(packet.timestamp)\(packet.marker ? "m" : ":")\(event.duration)\(event.isEnd ? "e" : "")")
        }
        #expect(log.joined(separator: " ") == expected)
        #expect(generator.isFinished)
    }

    /// What is generated is detected, also beyond 16 bits of duration and with packets lost.
    @Test(arguments: [UInt32(160), 2000, 65_535, 65_536, 100_000, 192_000, .max], [160, 960, 70_000] as [UInt32])
    func generatedIsDetected(duration: UInt32, ticks: UInt32) {
        for lossEvery in [0, 2, 3] {
            let start = UInt32.max - 1000
            var generator = TelephoneEventGenerator(
                code: 11,
                durationTicks: duration,
                ticksPerPacket: ticks,
                timestamp: start
            )
            var detector = TelephoneEventDetector()
            var (began, ended, count) = (0, [TelephoneEventDetector.Completed](), 0)
            while let packet = generator.next() {
                count += 1
                guard lossEvery == 0 || count % lossEvery != 0 else { continue }
                let outcome = detector.received(packet.event, timestamp: packet.timestamp)
                if outcome.began != nil { began += 1 }
                if let event = outcome.ended { ended.append(event) }
            }
            let expected = min(max(duration, min(ticks, 65_535)), TelephoneEventGenerator.maximumTicks)
            #expect(generator.endTimestamp == start &+ expected)
            if lossEvery == 0 || expected < 65_536 {
                #expect(began == 1 && ended == [.init(code: 11, duration: expected)])
            }
        }
    }

    @Test func payloadRoundTrip() {
        var packet = [UInt8](repeating: 0, count: 16)
        var span = packet.mutableSpan
        let event = TelephoneEvent(code: 15, isEnd: true, volume: 63, duration: 0xABCD)
        let isWritten = event.write(into: &span)
        let others = [
            event.write(into: &span, at: 13), event.write(into: &span, at: -1), event.write(into: &span, at: .max),
        ]
        #expect(isWritten && others == [false, false, false])
        #expect(TelephoneEvent(parsing: packet.span.extracting(12..<16)) == event)
        #expect(TelephoneEvent(parsing: packet.span.extracting(13..<16)) == nil)
    }

    @Test func digits() {
        let keys = (UInt8.min ... .max).compactMap { TelephoneEvent.digit(forCode: $0) }
        #expect(String(keys) == "0123456789*#ABCDF")
        #expect("5*#dF".map { TelephoneEvent.code(forDigit: $0) } == [5, 10, 11, 15, 16])
        #expect("E é".map { TelephoneEvent.code(forDigit: $0) } == [nil, nil, nil])
    }
}
