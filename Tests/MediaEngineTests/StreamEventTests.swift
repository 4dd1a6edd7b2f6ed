import Base
import MediaDSP
import MediaEngine
import RTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct StreamEventTests {
    @Test func keysAreRelayedUnderTheOtherTypeAndReportedOnce() async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        let events = left.events()
        left.bridge(to: right)
        await left.connect(to: first, keys: 101)
        await right.connect(to: second, keys: 96)
        var source = TelephoneEventGenerator(code: 7, durationTicks: 800, ticksPerPacket: 160, timestamp: 160)
        var sequence: UInt16 = 1
        var lastTimestamp: UInt32?
        while let packet = source.next() {
            var payload = [UInt8](repeating: 0, count: TelephoneEvent.length)
            var span = payload.mutableSpan
            packet.event.write(into: &span, at: 0)
            let header = RTPHeader(
                marker: packet.marker,
                payloadType: 101,
                sequenceNumber: sequence,
                timestamp: packet.timestamp,
                ssrc: 3
            )
            sequence += 1
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
            let relayed = try #require(second.receive())
            #expect(relayed.header.payloadType == 96)
            #expect(relayed.payload == payload)
            #expect(lastTimestamp == nil || relayed.header.timestamp == lastTimestamp)
            lastTimestamp = relayed.header.timestamp
        }
        var digits: [Character] = []
        // A second key proves that the first was not reported again.
        first.send(
            PacketPhone.packet(
                RTPHeader(payloadType: 101, sequenceNumber: sequence, timestamp: 9000, ssrc: 3),
                [11, 0x80, 3, 32]
            ),
            to: left.localEndpoint
        )
        for await event in events {
            guard case .dtmf(let digit, let milliseconds) = event else { continue }
            digits.append(digit)
            #expect(milliseconds == 100)
            if digits.count == 2 { break }
        }
        #expect(digits == ["7", "#"])
        await engine.shutdown()
    }

    /// A peer whose keys are spoken hears tones in the place of events: those of the other side, and those that are sent.
    @Test(arguments: [true, false]) func keysAreSpoken(isRelayed: Bool) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second)
        right.speakKeys(true)
        // The loop answers once it has done what it was told before.
        _ = await right.statistics()
        if isRelayed {
            let header = RTPHeader(payloadType: 101, sequenceNumber: 1, timestamp: 160, ssrc: 3)
            // Key 5, at its end, 100 ms long.
            first.send(PacketPhone.packet(header, [5, 0x8A, 3, 32]), to: left.localEndpoint)
        } else {
            right.sendDTMF("5", duration: .milliseconds(100))
        }
        var heard: [Int16] = []
        for _ in 0..<4 {
            let packet = try #require(second.receive())
            #expect(packet.header.payloadType == 0)
            heard += decode(packet.payload, MediaCodec("PCMU"))
        }
        // The two tones of the key (ITU-T Q.23).
        let shares = [770.0, 1336.0].map { Goertzel(frequency: $0, rate: 8000).share(of: heard.span) }
        #expect(shares.reduce(0, +) > 0.9)
        await engine.shutdown()
    }

    /// Keys that one side keeps, or the other refuses, are reported; the other side gets those from before and after.
    @Test(arguments: [true, false]) func keptKeysAreReportedAndNotRelayed(isKept: Bool) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        var events = left.events().makeAsyncIterator()
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second)
        for (index, code) in [UInt8(1), 2, 3].enumerated() {
            if isKept { left.keepKeys(code == 2) } else { right.refuseKeys(code == 2) }
            // The loop answers once it has done what it was told before.
            _ = await (isKept ? left : right).statistics()
            let header = RTPHeader(
                payloadType: 101,
                sequenceNumber: UInt16(index + 1),
                timestamp: UInt32(index + 1) * 4000,
                ssrc: 3
            )
            first.send(PacketPhone.packet(header, [code, 0x80, 3, 32]), to: left.localEndpoint)
            var digit: Character?
            while digit == nil, let event = await events.next() {
                if case .dtmf(let pressed, _) = event { digit = pressed }
            }
            #expect(digit == TelephoneEvent.digit(forCode: code))
            if code != 2 { #expect(second.receive()?.payload.first == code) }
        }
        await engine.shutdown()
    }

    /// Events may count by another clock than the audio (16 kHz audio, 8 kHz events), on either side; some senders give
    /// them timestamps of that clock too.
    @Test(arguments: [(8000, 16_000, UInt32(0)), (8000, 8000, 777_777), (16_000, 8000, 0), (8000, 16_000, 0x8000_0000)])
    func keysChangeTheirClock(from: Int, to: Int, ownTime: UInt32) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        let events = left.events()
        let codec = MediaCodec("L16", clockRate: 16_000)
        left.bridge(to: right)
        await left.connect(to: first, codec, type: 96) { $0.telephoneEventClockRate = from }
        await right.connect(to: second, codec, type: 96) { $0.telephoneEventClockRate = to }
        func relay(_ sequence: UInt16, _ timestamp: UInt32, _ type: UInt8, _ payload: [UInt8]) throws
            -> PacketPhone.Received
        {
            let header = RTPHeader(payloadType: type, sequenceNumber: sequence, timestamp: timestamp, ssrc: 5)
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
            return try #require(second.receive())
        }
        let voice = [UInt8](repeating: 1, count: 640)
        let before = try relay(1, 0, 96, voice)
        var source = TelephoneEventGenerator(
            code: 7,
            durationTicks: UInt32(from / 10),
            ticksPerPacket: UInt32(from / 50),
            timestamp: 320 &+ ownTime
        )
        var sequence: UInt16 = 2
        var begin: UInt32?
        while let packet = source.next() {
            var payload = [UInt8](repeating: 0, count: TelephoneEvent.length)
            var span = payload.mutableSpan
            packet.event.write(into: &span, at: 0)
            let key = try relay(sequence, packet.timestamp, 101, payload)
            let parsed = TelephoneEvent(parsing: key.payload.span)
            let event = try #require(parsed)
            #expect(Int(event.duration) * from == Int(packet.event.duration) * to)
            #expect(begin == nil || key.header.timestamp == begin)
            begin = key.header.timestamp
            // It begins after the audio before it, and not at another end of time.
            #expect((320...16_000 * 30).contains(key.header.timestamp &- before.header.timestamp))
            sequence += 1
        }
        let after = try relay(sequence, 1920, 96, voice)
        #expect(after.header.timestamp &- before.header.timestamp == 1920)
        #expect(after.header.sequenceNumber &- before.header.sequenceNumber == sequence - 1)
        let key = await StreamEventTests.firstKey(events)
        #expect(key == "7 100")
        await engine.shutdown()
    }

    private static func firstKey(_ events: AsyncStream<MediaEvent>) async -> String? {
        await first(events) { event in
            guard case .dtmf(let digit, let milliseconds) = event else { return nil }
            return "\(digit) \(milliseconds)"
        }
    }

    /// Keys that are sent count by the events' clock and begin by the audio's.
    @Test func sentKeysKeepTheirClock() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        await stream.connect(to: phone, MediaCodec("L16", clockRate: 16_000), type: 96) {
            $0.telephoneEventClockRate = 8000
        }
        stream.sendDTMF("12", duration: .milliseconds(60))
        var ends: [(timestamp: UInt32, duration: UInt16)] = []
        while ends.count < 2 {
            let packet = try #require(phone.receive())
            let parsed = TelephoneEvent(parsing: packet.payload.span)
            let event = try #require(parsed)
            if event.isEnd, ends.last?.timestamp != packet.header.timestamp {
                ends.append((packet.header.timestamp, event.duration))
            }
        }
        #expect(ends.map(\.duration) == [480, 480])
        // A key of 60 ms and the pause after it, at 16 kHz.
        #expect(ends[1].timestamp &- ends[0].timestamp >= 16 * 160)
        await engine.shutdown()
    }

    @Test(arguments: [UInt8(101), nil])
    func sentKeysArrive(type: UInt8?) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone, keys: type)
        stream.sendDTMF("1w#", duration: .milliseconds(60))
        var detector = TelephoneEventDetector()
        var codes: [UInt8] = []
        var tones: [UInt8] = []
        while codes.count + tones.count < 2 {
            let packet = try #require(phone.receive())
            if packet.header.payloadType == 101 {
                let event = TelephoneEvent(parsing: packet.payload.span)
                if let event, let ended = detector.received(event, timestamp: packet.header.timestamp).ended {
                    codes.append(ended.code)
                    #expect(ended.duration == 480)
                }
                continue
            }
            let audio = packet.payload.map(G711.decodeMu)
            if let key = DTMFTones.key(in: audio.span, rate: 8000), tones.last != key { tones.append(key) }
        }
        #expect(codes == (type == nil ? [] : [1, 11]))
        #expect(tones == (type == nil ? Array("1#".utf8) : []))
        let isDone: Bool? = await first(events) { if case .dtmfSent = $0 { true } else { nil } }
        #expect(isDone == true)
        await engine.shutdown()
    }

    /// Between two keys of 60 ms are 100 ms, and where it was asked for half a second or a whole one more; less a packet,
    /// which the first may have been late.
    @Test(arguments: [("12", 140), ("1w2", 640), ("1W2", 1140)] as [(String, UInt32)])
    func keysWait(keys: String, milliseconds: UInt32) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        await stream.connect(to: phone, keys: 101)
        stream.sendDTMF(keys, duration: .milliseconds(60))
        var detector = TelephoneEventDetector()
        var begins: [UInt32] = []
        while begins.count < 2 {
            let packet = try #require(phone.receive())
            guard packet.header.payloadType == 101, let event = TelephoneEvent(parsing: packet.payload.span),
                detector.received(event, timestamp: packet.header.timestamp).ended != nil
            else { continue }
            begins.append(packet.header.timestamp)
        }
        #expect(begins[1] &- begins[0] >= 8 * milliseconds)
        await engine.shutdown()
    }

    @Test func addressIsLearnedAndStrangersAreIgnored() async throws {
        let engine = try makeEngine()
        let (phone, natted, stranger) = (PacketPhone(), PacketPhone(), PacketPhone())
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        // The signalled address never sends: packets come from another one, as behind a NAT.
        stream.setEcho(.immediate)
        await stream.connect(to: phone)
        let payload = [UInt8](repeating: 0x55, count: 160)
        for _ in 0..<3 {
            natted.sendAudio(payload, to: stream.localEndpoint)
            #expect(natted.receive()?.payload == payload)
        }
        let locked: IPEndpoint? = await first(events) {
            if case .remoteLocked(let endpoint) = $0 { endpoint } else { nil }
        }
        #expect(locked == natted.endpoint)
        stranger.setTimeout(milliseconds: 100)
        for _ in 0..<10 { stranger.sendAudio(payload, to: stream.localEndpoint) }
        #expect(stranger.receive() == nil)
        natted.sendAudio([1, 2, 3], to: stream.localEndpoint)
        #expect(natted.receive()?.payload == [1, 2, 3])
        // An update opens the window again.
        await stream.connect(to: stranger)
        stranger.setTimeout(milliseconds: 5000)
        for _ in 0..<3 {
            stranger.sendAudio(payload, to: stream.localEndpoint)
            #expect(stranger.receive()?.payload == payload)
        }
        await engine.shutdown()
    }

    @Test(arguments: [true, false])
    func silentPeersTimeOut(onHold: Bool) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone) { parameters in
            parameters.timeout = onHold ? .seconds(3600) : .milliseconds(50)
            parameters.holdTimeout = onHold ? .milliseconds(50) : .seconds(3600)
            parameters.receives = !onHold
        }
        let isTimedOut: Bool? = await first(events) { if case .timedOut = $0 { true } else { nil } }
        #expect(isTimedOut == true)
        await engine.shutdown()
    }

    @Test func reportsAreExchanged() async throws {
        let engine = try makeEngine()
        let (phone, control) = (PacketPhone(ssrc: 77), PacketPhone(timeoutMilliseconds: 15_000))
        let stream = try engine.openStream(on: .loopbackV4)
        stream.setEcho(.immediate)
        await stream.connect(to: phone) { $0.remoteRTCP = control.endpoint }
        for _ in 0..<10 { phone.sendAudio([UInt8](repeating: 0xFF, count: 160), to: stream.localEndpoint) }
        let bytes = try #require(control.receiveRaw())
        let compound = try RTCPCompound(parsing: bytes.span)
        guard case .senderReport(let ssrc, let information, let blocks) = compound.packets.first else {
            Issue.record("no sender report")
            return
        }
        #expect(information.packetCount == 10)
        #expect(blocks.first?.ssrc == 77)
        #expect(blocks.first?.cumulativeLost == 0)
        let block = RTCPReportBlock(
            ssrc: ssrc,
            fractionLost: 64,
            cumulativeLost: 3,
            jitter: 80,
            lastSenderReport: information.ntp.middle
        )
        let answer = RTCPCompound([.receiverReport(ssrc: 77, [block])]).serialized()
        control.send(answer, to: stream.localEndpoint.map { IPEndpoint($0.address, port: $0.port + 1) })
        var statistics = await stream.statistics()
        while statistics.remoteFractionLost == nil { statistics = await stream.statistics() }
        #expect(statistics.remoteFractionLost == 0.25)
        #expect(statistics.remotePacketsLost == 3)
        #expect(statistics.remoteJitterMilliseconds == 10)
        #expect(statistics.roundTripMilliseconds != nil)
        #expect(statistics.reportsReceived == 1)
        // The same in one question for all streams, with where the peer is.
        let paths = await engine.paths()
        #expect(paths.map(\.id) == [stream.id])
        #expect(paths.map(\.remote) == [.loopbackV4])
        #expect(paths.first?.statistics.remoteFractionLost == 0.25)
        await engine.shutdown()
        #expect(await engine.paths().isEmpty)
    }

    /// Some phones send audio besides the packets of a key: the key is reported once, as long as it was.
    @Test func audioBesidesAKeyDoesNotEndIt() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone(ssrc: 3)
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone)
        func send(_ type: UInt8, _ sequence: UInt16, _ timestamp: UInt32, _ payload: [UInt8]) {
            let header = RTPHeader(payloadType: type, sequenceNumber: sequence, timestamp: timestamp, ssrc: 3)
            phone.send(PacketPhone.packet(header, payload), to: stream.localEndpoint)
        }
        let audio = [UInt8](repeating: 0xFF, count: 160)
        for step in UInt16(1)...10 {
            let duration = step * 160
            send(101, step * 2, 8000, [5, 10, UInt8(duration >> 8), UInt8(duration & 255)])
            send(0, step * 2 + 1, 8000 + UInt32(duration), audio)
        }
        for copy in UInt16(0)..<3 { send(101, 30 + copy, 8000, [5, 0x8A, 6, 64]) }
        // The end of this one is lost; audio that is far ahead tells.
        send(101, 40, 20_000, [6, 10, 0, 160])
        send(0, 41, 22_000, audio)
        var keys: [String] = []
        for await event in events {
            if case .dtmf(let digit, let milliseconds) = event { keys.append("\(digit) \(milliseconds)") }
            if keys.count == 2 { break }
        }
        #expect(keys == ["5 200", "6 20"])
        await engine.shutdown()
    }

    @Test func aStreamSaysGoodbye() async throws {
        let engine = try makeEngine()
        let (phone, control) = (PacketPhone(ssrc: 77), PacketPhone())
        let stream = try engine.openStream(on: .loopbackV4)
        stream.setEcho(.immediate)
        await stream.connect(to: phone) { $0.remoteRTCP = control.endpoint }
        phone.sendAudio([UInt8](repeating: 0xFF, count: 160), to: stream.localEndpoint)
        let echo = try #require(phone.receive())
        stream.close()
        let bytes = try #require(control.receiveRaw())
        let compound = try RTCPCompound(parsing: bytes.span)
        #expect(compound.packets.last == .goodbye([echo.header.ssrc], reason: nil))
        guard case .senderReport(_, _, let blocks) = compound.packets.first else {
            Issue.record("a compound begins with a report")
            return
        }
        #expect(blocks.map(\.ssrc) == [77])
        await engine.shutdown()
    }

    /// Without RTCP there is nothing, not even the goodbye.
    @Test func aStreamWithoutReportsSaysNothing() async throws {
        let engine = try makeEngine()
        let (phone, control) = (PacketPhone(), PacketPhone())
        let stream = try engine.openStream(on: .loopbackV4)
        stream.setEcho(.immediate)
        await stream.connect(to: phone) { ($0.remoteRTCP, $0.reportInterval) = (control.endpoint, nil) }
        phone.sendAudio([UInt8](repeating: 0xFF, count: 160), to: stream.localEndpoint)
        _ = try #require(phone.receive())
        stream.close()
        // All that is ever sent has been sent by then.
        await engine.shutdown()
        control.setTimeout(milliseconds: 1)
        #expect(control.receiveRaw() == nil)
    }

    /// Whoever waits for the end of something waits for nothing on a closed stream.
    @Test func whatIsAskedOfAClosedStreamIsOver() async throws {
        let engine = try makeEngine()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        stream.close()
        let playback = stream.play(try await engine.audio.open("silence_stream://-1"))
        let recording = stream.record(to: AudioPipe(rate: 8000))
        let played = await first(events) { event -> PlaybackEnd? in
            guard case .playbackFinished(playback, 0, let end) = event else { return nil }
            return end
        }
        let recorded = await first(events) { event -> RecordingEnd? in
            guard case .recordingFinished(recording, 0, let end) = event else { return nil }
            return end
        }
        #expect(played == .closed)
        #expect(recorded == .closed)
        await engine.shutdown()
    }

    /// What somebody else has bound is skipped; a pool of which nothing is left says so.
    @Test func takenPortsAreSkipped() async throws {
        var configuration = MediaEngineConfiguration()
        (configuration.loops, configuration.drainTime) = (1, .zero)
        let other = PacketPhone()
        let even = other.endpoint.port & ~1
        configuration.ports = even...(even &+ 1)
        let full = try MediaEngine(configuration: configuration)
        #expect(throws: MediaError.noFreePorts) { try full.openStream(on: .loopbackV4) }
        await full.shutdown()
        configuration.ports = min(even, 65_530)...(min(even, 65_530) + 5)
        let engine = try MediaEngine(configuration: configuration)
        let stream = try engine.openStream(on: .loopbackV4)
        #expect(stream.localEndpoint.map { $0.port & ~1 } != even)
        await engine.shutdown()
    }

    @Test func closedStreamsAnswerAndGiveTheirPortsBack() async throws {
        var configuration = MediaEngineConfiguration()
        configuration.loops = 1
        configuration.ports = 24_100...24_103
        configuration.drainTime = .zero
        let engine = try MediaEngine(configuration: configuration)
        for _ in 0..<20 {
            let first = try engine.openStream(on: .loopbackV4)
            let second = try engine.openStream(on: .loopbackV4)
            #expect(throws: MediaError.noFreePorts) { try engine.openStream(on: .loopbackV4) }
            first.close()
            second.close()
            #expect(await first.statistics() == MediaStatistics())
            while engine.streamCount > 0 { await Task.yield() }
        }
        await engine.shutdown()
        #expect(throws: MediaError.shutDown) { try engine.openStream(on: .loopbackV4) }
    }
}
