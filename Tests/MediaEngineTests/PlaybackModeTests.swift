import Base
import MediaDSP
import MediaEngine
import TandemTesting
import Testing

/// What is heard of several playbacks to one peer, and what is done to one while it goes on.
@Suite(.timeLimit(.minutes(1))) struct PlaybackModeTests {
    /// In packets.
    private static let length = 50

    private static func share(_ frequency: Double, of payload: [UInt8]) -> Double {
        let samples = payload.map(G711.decodeMu)
        return Goertzel(frequency: frequency, rate: 8000).share(of: samples.span)
    }

    /// The one that is heard, all of it; the other goes on meanwhile and ends when it would have ended.
    @Test(
        arguments: [
            (PlaybackMode.alone, PlaybackMode.instead, 1000.0), (.beneath, .alone, 1000), (.beneath, .instead, 1000),
            (.instead, .alone, 440), (.alone, .beneath, 440), (.instead, .beneath, 440),
        ]
    )
    func oneIsHeard(_ first: PlaybackMode, _ second: PlaybackMode, _ frequency: Double) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone)
        var sources: [any AudioSource] = []
        for tone in [440, 1000] {
            sources.append(try await engine.audio.open("tone_stream://v=-10;%(\(Self.length * 20),0,\(tone))"))
        }
        let ids = [stream.play(sources[0], first), stream.play(sources[1], second)]
        var ended: [PlaybackID: PlaybackEnd] = [:]
        for await event in events {
            if case .playbackFinished(let id, let samples, let end) = event {
                #expect(samples == Self.length * 160)
                ended[id] = end
            }
            if ended.count == 2 { break }
        }
        #expect(ids.allSatisfy { ended[$0] == .completed })
        phone.setTimeout(milliseconds: 100)
        var heard: [[UInt8]] = []
        while let packet = phone.receive() { heard.append(packet.payload) }
        #expect(heard.count { Self.share(frequency, of: $0) > 0.9 } == Self.length)
        // One after the other they would be twice as long.
        #expect(heard.count < 2 * Self.length)
        await engine.shutdown()
    }

    /// What a change makes of the sound, as the level of what is heard after it.
    @Test(
        arguments: [
            ([], 2000...12_000), ([.togglePause], 0...0), ([.togglePause, .togglePause], 2000...12_000),
            ([.volume(0.1)], 100...1500), ([.volume(0)], 0...0), ([.volume(2), .volume(1)], 2000...12_000),
        ] as [([PlaybackChange], ClosedRange<Int>)]
    )
    func isChanged(_ changes: [PlaybackChange], _ level: ClosedRange<Int>) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        await stream.connect(to: phone)
        let source = try await engine.audio.open("tone_stream://v=-10;%(20000,0,440)")
        let id = stream.play(source)
        for change in changes { stream.change(id, change) }
        _ = await stream.statistics()
        // What was sent before comes first.
        let isHeard = (0..<200).contains { _ in
            let samples = (phone.receive()?.payload ?? []).map(G711.decodeMu)
            return level.contains(Level.meanAmplitude(samples.span))
        }
        #expect(isHeard)
        await engine.shutdown()
    }

    /// The frequency at which a tone of 440 Hz is heard at another speed.
    @Test(
        arguments: [
            ([.speed(2)], 880), ([.speed(1)], 586.7), ([.speed(-1)], 352), ([.speed(-2)], 293.3), ([.speed(9)], 880),
            ([.speed(2), .speed(0)], 440), ([.faster(1), .faster(1)], 880), ([.faster(.max)], 880),
            ([.faster(.min)], 293.3), ([.speed(2), .faster(-2)], 440),
        ] as [([PlaybackChange], Double)]
    )
    func isFasterAndHigher(_ changes: [PlaybackChange], _ frequency: Double) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        await stream.connect(to: phone)
        let id = stream.play(try await engine.audio.open("tone_stream://v=-10;%(20000,0,440)"))
        for change in changes { stream.change(id, change) }
        _ = await stream.statistics()
        // What was sent before comes first.
        #expect((0..<200).contains { _ in Self.share(frequency, of: phone.receive()?.payload ?? []) > 0.9 })
        await engine.shutdown()
    }

    /// Files go on elsewhere: short ones from memory, and longer ones that are read as they are played.
    @Test(arguments: [2, 90]) func moves(_ seconds: Int) async throws {
        let engine = try makeEngine()
        let directory = TemporaryDirectory()
        let path = directory.path + "/sound.wav"
        // A second of silence, then something else.
        let samples = [Int16](repeating: 0, count: 8000) + [Int16](repeating: 3000, count: 8000 * (seconds - 1))
        try #require(writeSound(samples, to: path))
        let source = try await engine.audio.open(path)
        #expect(await Self.next(source) == 0)
        #expect(source.seek(to: 12_000))
        #expect(await Self.next(source) == 3000)
        #expect(source.seek(to: 0))
        #expect(await Self.next(source) == 0)
        source.close()
        await engine.shutdown()
    }

    private static func next(_ source: any AudioSource) async -> Int16? {
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
        defer { buffer.deallocate() }
        while true {
            let read = source.read(into: buffer)
            if read == .finished { return nil }
            if case .samples = read { return buffer[0] }
            await Task.yield()
        }
    }

    /// A tone that the peer says, or hears, is reported once it was heard often enough.
    @Test(arguments: [AudioDirection.received, .sent]) func tonesAreReported(_ direction: AudioDirection) async throws {
        let engine = try makeEngine()
        let (near, far) = try engine.openVirtualPair()
        let events = near.events()
        var parameters = MediaParameters(codec: MediaCodec("PCMU"), payloadType: 0, remote: nil)
        parameters.learnsRemote = false
        near.update(parameters)
        far.update(parameters)
        var options = ToneOptions(frequencies: [1100])
        (options.direction, options.hits, options.pause) = (direction, 2, .milliseconds(100))
        let unheard = near.watch(for: ToneOptions(frequencies: [2000]))
        let watch = near.watch(for: options)
        let source = try await engine.audio.open("tone_stream://v=-10;%(20000,0,1100)")
        switch direction {
        case .received: _ = far.play(source)
        case .sent: _ = near.play(source)
        }
        let heard = await first(events) { event -> ToneWatchID? in
            guard case .tone(let id) = event else { return nil }
            return id
        }
        #expect(heard == watch && heard != unheard)
        await engine.shutdown()
    }
}
