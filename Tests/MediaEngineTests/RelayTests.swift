import Base
import MediaDSP
import MediaEngine
import RTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct RelayTests {
    struct Path: Sendable, CustomTestStringConvertible {
        var from: MediaCodec
        var to: MediaCodec
        var types: (UInt8, UInt8)
        var testDescription: String { "\(from.name)/\(from.clockRate) > \(to.name)/\(to.clockRate)" }
    }

    private static let wide = MediaCodec("L16", clockRate: 16_000)

    @Test(arguments: [
        Path(from: MediaCodec("PCMU"), to: MediaCodec("pcmu"), types: (0, 0)),
        Path(
            from: MediaCodec("opus", clockRate: 48_000, channels: 2),
            to: MediaCodec("opus", clockRate: 48_000, channels: 2),
            types: (96, 111)
        ),
        Path(from: MediaCodec("PCMU"), to: MediaCodec("PCMA"), types: (0, 8)),
        Path(from: MediaCodec("PCMA"), to: MediaCodec("PCMU"), types: (8, 0)),
        Path(from: MediaCodec("PCMA"), to: MediaCodec("L16", clockRate: 8000), types: (8, 97)),
        Path(from: RelayTests.wide, to: MediaCodec("PCMU"), types: (98, 0)),
        Path(from: MediaCodec("PCMU"), to: RelayTests.wide, types: (0, 98)),
    ])
    func bridgedStreamsAreOneStreamToEachSide(path: Path) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(ssrc: 7), PacketPhone(ssrc: 9))
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first, path.from, type: path.types.0)
        await right.connect(to: second, path.to, type: path.types.1)
        let packets = try toneFrames(path.from, count: 25)
        var heard: [Int16] = []
        var previous: RTPHeader?
        for payload in packets {
            let ticks = UInt32(path.from.clockRate / 50)
            first.sendAudio(payload, type: path.types.0, ticks: ticks, to: left.localEndpoint)
            let packet = try #require(second.receive())
            #expect(packet.header.payloadType == path.types.1)
            if let previous {
                #expect(packet.header.sequenceNumber == previous.sequenceNumber &+ 1)
                #expect(packet.header.timestamp == previous.timestamp &+ UInt32(path.to.clockRate / 50))
                #expect(packet.header.ssrc == previous.ssrc)
            } else {
                #expect(packet.header.marker)
            }
            if path.from == path.to { #expect(packet.payload == payload) }
            previous = packet.header
            heard += decode(packet.payload, path.to)
        }
        if path.to.isTranscodable {
            let tail = Array(heard.suffix(path.to.clockRate / 10))
            #expect(Goertzel(frequency: 1000, rate: path.to.clockRate).share(of: tail.span) > 0.95)
        }
        #expect(await left.statistics().packetsReceived == 25)
        #expect(await right.statistics().packetsSent == 25)
        await engine.shutdown()
    }

    /// Comfort noise (RFC 3389) among the audio disturbs nothing, whether or not the other side has agreed to it.
    @Test(arguments: [("PCMU", UInt8(0)), ("PCMA", 8)])
    func comfortNoiseIsTolerated(_ codec: String, _ type: UInt8) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(ssrc: 7), PacketPhone(ssrc: 9))
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second, MediaCodec(codec), type: type)
        let tone = try toneFrames(MediaCodec("PCMU"), count: 25)
        var (heard, numbers): ([Int16], [UInt16]) = ([], [])
        for (number, payload) in tone.enumerated() {
            // Every fifth packet is followed by silence: one with a level only, one with a spectrum, an empty one.
            first.sendAudio(payload, to: left.localEndpoint)
            let packet = try #require(second.receive())
            #expect(packet.header.payloadType == type)
            numbers.append(packet.header.sequenceNumber)
            heard += decode(packet.payload, MediaCodec(codec))
            guard number % 5 == 4 else { continue }
            first.sendAudio([[0x40], [0x40, 0x10, 0x7F, 0xFF], []][number / 5 % 3], type: 13, to: left.localEndpoint)
        }
        #expect(Set(numbers).count == 25)
        let tail = Array(heard.suffix(800))
        #expect(Goertzel(frequency: 1000, rate: 8000).share(of: tail.span) > 0.9)
        await engine.shutdown()
    }

    @Test func lossAndDisorderPassThroughAndANewSourceJoins() async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second)
        let payload = [UInt8](repeating: 0x80, count: 160)
        func send(_ sequence: UInt16, _ timestamp: UInt32, ssrc: UInt32) throws -> RTPHeader {
            let header = RTPHeader(payloadType: 0, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
            return try #require(second.receive()).header
        }
        let base = try send(65_534, 1000, ssrc: 5)
        // Sequence number and timestamp in relation to the first: gap, wrap and a late packet keep their places.
        for (sequence, timestamp) in [(65_535, 1160), (1, 1480), (0, 1320), (2, 1640)] as [(UInt16, UInt32)] {
            let header = try send(sequence, timestamp, ssrc: 5)
            #expect(header.sequenceNumber &- base.sequenceNumber == sequence &- 65_534)
            #expect(header.timestamp &- base.timestamp == timestamp - 1000)
        }
        let next = try send(40_000, 9_999_999, ssrc: 6)
        #expect(next.sequenceNumber == base.sequenceNumber &+ 5)
        #expect(next.marker)
        #expect(next.ssrc == base.ssrc)
        #expect(Int32(bitPattern: next.timestamp &- base.timestamp) >= 640 + 160)
        await engine.shutdown()
    }

    /// Packets that are longer than the other side wants them, or than a datagram may be, are cut and nothing is lost.
    @Test(arguments: [(480, 8000, 20), (480, 48_000, 10), (160, 48_000, 10), (960, 16_000, 20)])
    func longPacketsBecomeSeveral(samples: Int, rate: Int, milliseconds: Int) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(
            to: second,
            MediaCodec("L16", clockRate: rate, packetMilliseconds: milliseconds),
            type: 96
        )
        var previous: RTPHeader?
        var heard = 0
        for _ in 0..<5 {
            first.sendAudio([UInt8](repeating: 0xFE, count: samples), to: left.localEndpoint)
            for _ in 0..<(samples / 8 / milliseconds) {
                let packet = try #require(second.receive())
                heard += packet.payload.count / 2
                if let previous {
                    #expect(packet.header.sequenceNumber == previous.sequenceNumber &+ 1)
                    #expect(packet.header.timestamp == previous.timestamp &+ UInt32(rate * milliseconds / 1000))
                }
                previous = packet.header
            }
        }
        #expect(abs(heard - 5 * samples * rate / 8000) <= 10)
        await engine.shutdown()
    }

    /// Each side gets packets of the length that it asked for, with nothing lost and nothing changed.
    @Test(arguments: [(20, 30), (20, 40), (20, 60), (30, 20), (40, 20), (60, 20), (30, 40), (10, 60)])
    func packetTimesDiffer(from: Int, to: Int) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first, MediaCodec("PCMU", packetMilliseconds: from))
        await right.connect(to: second, MediaCodec("PCMU", packetMilliseconds: to))
        // 0x7F and 0xFF are two names of one level.
        let said = (0..<(8 * 240)).map { UInt8($0 % 127) }
        for start in stride(from: 0, to: said.count, by: from * 8) {
            first.sendAudio(Array(said[start..<(start + from * 8)]), to: left.localEndpoint)
        }
        var heard: [UInt8] = []
        var previous: RTPHeader?
        for _ in 0..<(240 / to) {
            let packet = try #require(second.receive())
            #expect(packet.payload.count == to * 8)
            heard += packet.payload
            if let previous {
                #expect(packet.header.sequenceNumber == previous.sequenceNumber &+ 1)
                #expect(packet.header.timestamp == previous.timestamp &+ UInt32(to * 8))
                #expect(!packet.header.marker)
            }
            previous = packet.header
        }
        #expect(heard == said)
        await engine.shutdown()
    }

    /// A key among packets that are put together has its number and its time; a lost packet leaves silence behind.
    @Test func keysAndLossesBetweenPacketTimes() async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second, MediaCodec("PCMU", packetMilliseconds: 40))
        func send(_ sequence: UInt16, _ timestamp: UInt32, _ type: UInt8, _ payload: [UInt8]) {
            let header = RTPHeader(payloadType: type, sequenceNumber: sequence, timestamp: timestamp, ssrc: 5)
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
        }
        let voice = [UInt8](repeating: 0x20, count: 160)
        send(1, 0, 0, voice)
        send(2, 160, 0, voice)
        send(3, 160, 101, [5, 0x0A, 0, 160])
        // 4 is lost: what comes is waited for until two more are there.
        for sequence in UInt16(5)...8 { send(sequence, 160 * UInt32(sequence - 2), 0, voice) }
        var packets: [PacketPhone.Received] = []
        for _ in 0..<4 { packets.append(try #require(second.receive())) }
        let start = packets[0].header
        #expect(packets.map { $0.header.sequenceNumber &- start.sequenceNumber } == [0, 1, 2, 3])
        #expect(packets.map { $0.header.timestamp &- start.timestamp } == [0, 160, 320, 640])
        #expect(packets.map(\.header.payloadType) == [0, 101, 0, 0])
        #expect(packets[2].payload == [UInt8](repeating: 0xFF, count: 160) + voice)
        #expect(packets[3].payload == voice + voice)
        await engine.shutdown()
    }

    /// What is decoded is put in order before, and each packet is decoded once, whoever wants it.
    @Test(arguments: [false, true])
    func disorderIsPutRightBeforeDecoding(isTapped: Bool) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second, MediaCodec("L16"), type: 97)
        if isTapped {
            _ = left.record(to: AudioPipe(rate: 8000))
            left.detectKeys(true)
            _ = await left.statistics()
        }
        for sequence in [1, 3, 2, 2, 4, 6, 7, 5, 8] as [UInt16] {
            let header = RTPHeader(
                payloadType: 0,
                sequenceNumber: sequence,
                timestamp: 160 * UInt32(sequence),
                ssrc: 5
            )
            let payload = [UInt8](repeating: UInt8(sequence), count: 160)
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
        }
        var start: RTPHeader?
        for sequence in 1...8 {
            let packet = try #require(second.receive())
            let base = start ?? packet.header
            start = base
            #expect(packet.header.sequenceNumber &- base.sequenceNumber == UInt16(sequence - 1))
            #expect(packet.header.timestamp &- base.timestamp == UInt32(160 * (sequence - 1)))
            #expect(decode(packet.payload, MediaCodec("L16")).allSatisfy { $0 == G711.decodeMu(UInt8(sequence)) })
        }
        #expect(await left.statistics().packetsDecoded == 8)
        await engine.shutdown()
    }

    @Test func rubbishIsCountedAndNothingMore() async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<3000 {
            var bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if bytes.count > 1, Bool.random(using: &generator) { bytes[0] = 0x80 | (bytes[0] & 0x3F) }
            if bytes.count > 1, Bool.random(using: &generator) {
                bytes[1] = [0, 101, 13, 200, 201].randomElement(using: &generator) ?? 0
            }
            first.send(bytes, to: left.localEndpoint)
            first.send(bytes, to: left.localEndpoint.map { IPEndpoint($0.address, port: $0.port + 1) })
        }
        // The stream is still alive.
        first.sendAudio([UInt8](repeating: 1, count: 333), to: left.localEndpoint)
        while let packet = second.receive() {
            if packet.payload.count == 333 { break }
        }
        #expect(await left.statistics().invalidPackets > 0)
        await engine.shutdown()
    }

    @Test func bridgesMoveBetweenLoops() async throws {
        let engine = try makeEngine(loops: 3)
        let payload = [UInt8](repeating: 0xFF, count: 160)
        let phones = (0..<6).map { PacketPhone(ssrc: UInt32($0)) }
        var streams: [MediaStream] = []
        for phone in phones {
            let stream = try engine.openStream(on: .loopbackV4)
            streams.append(stream)
            await stream.connect(to: phone)
        }
        // Every stream is bridged with every other one in turn, from both sides, without waiting in between.
        for round in 1..<6 {
            for index in 0..<6 { streams[index].bridge(to: streams[(index + round) % 6]) }
        }
        for (first, second) in [(0, 3), (1, 5), (4, 2)] { streams[second].bridge(to: streams[first]) }
        for (first, second) in [(0, 3), (1, 5), (4, 2), (3, 0), (5, 1), (2, 4)] {
            var packet: PacketPhone.Received?
            phones[second].setTimeout(milliseconds: 100)
            // Until the streams have come together on one loop, packets go nowhere.
            for _ in 0..<50 where packet == nil {
                phones[first].sendAudio(payload, to: streams[first].localEndpoint)
                packet = phones[second].receive()
            }
            #expect(packet?.source == streams[second].localEndpoint?.port)
        }
        await engine.shutdown()
    }

    @Test func virtualPairsCarryAudioBetweenBridges() async throws {
        let engine = try makeEngine(loops: 2)
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        let (inner, outer) = try engine.openVirtualPair()
        for stream in [inner, outer] { stream.update(MediaParameters(codec: MediaCodec("PCMA"), payloadType: 8)) }
        await left.connect(to: first)
        await right.connect(to: second)
        left.bridge(to: inner)
        right.bridge(to: outer)
        second.setTimeout(milliseconds: 100)
        var packet: PacketPhone.Received?
        for _ in 0..<50 where packet == nil {
            first.sendAudio([UInt8](repeating: 0xFE, count: 160), to: left.localEndpoint)
            packet = second.receive()
        }
        #expect(packet?.payload == [UInt8](repeating: 0xFE, count: 160))
        // A pair bridged with itself goes in circles: packets die, the loop does not.
        inner.bridge(to: outer)
        _ = inner.play(try await engine.audio.open("tone_stream://%(100,0,440)"))
        _ = await inner.statistics()
        #expect(inner.localEndpoint == nil)
        await engine.shutdown()
    }

    private func toneFrames(_ codec: MediaCodec, count: Int) throws -> [[UInt8]] {
        let length = codec.clockRate / 50
        guard codec.isTranscodable else { return (0..<count).map { [UInt8](repeating: UInt8($0), count: 77) } }
        var generator = ToneGenerator(try #require(ToneScript("%(5000,0,1000)")), rate: codec.clockRate)
        return (0..<count).map { _ in
            var frame = [Int16](repeating: 0, count: length)
            var span = frame.mutableSpan
            _ = generator.read(into: &span)
            return encode(frame, codec)
        }
    }
}

func encode(_ samples: [Int16], _ codec: MediaCodec) -> [UInt8] {
    switch codec.name.uppercased() {
    case "PCMU": samples.map(G711.encodeMu)
    case "PCMA": samples.map(G711.encodeA)
    default: samples.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }
}

func decode(_ payload: [UInt8], _ codec: MediaCodec) -> [Int16] {
    switch codec.name.uppercased() {
    case "PCMU": payload.map(G711.decodeMu)
    case "PCMA": payload.map(G711.decodeA)
    default: stride(from: 0, to: payload.count - 1, by: 2).map { Int16(payload[$0]) << 8 | Int16(payload[$0 + 1]) }
    }
}
