import Base
import Glibc
import MediaDSP
import MediaEngine
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) final class AudioTests {
    private let directory = "/tmp/media-engine-tests-\(RandomToken.uuid())"
    private let names = Mutex<Set<String>>([])

    deinit {
        for name in names.withLock({ $0 }) { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    /// A file that is removed after the test.
    private func path(_ name: String) -> String {
        names.withLock { _ = $0.insert(name) }
        return "\(directory)/\(name)"
    }

    /// Writes a file by way of the engine's own sink.
    private func writeFile(_ engine: MediaEngine, _ name: String, rate: Int, channels: Int, seconds: Int) async throws
        -> String
    {
        let path = path(name)
        let sink = try await engine.audio.createRecording(at: path, rate: rate, channels: channels)
        var generator = ToneGenerator(try #require(ToneScript("%(1000,0,1000);loops=-1")), rate: rate)
        var isGood = true
        for _ in 0..<(seconds * 50) {
            var frame = [Int16](repeating: 0, count: rate / 50)
            var span = frame.mutableSpan
            _ = generator.read(into: &span)
            let interleaved = frame.flatMap { [Int16](repeating: $0, count: channels) }
            // The sink is for real time: when the disk is behind, what does not fit is lost and counted.
            isGood = interleaved.withUnsafeBufferPointer { sink.write($0) } && isGood
        }
        #expect(isGood)
        let result = await withCheckedContinuation { continuation in sink.finish { continuation.resume(returning: $0) }
        }
        #expect(result.frames + result.lostFrames == rate * seconds)
        #expect(result.failure == nil)
        #expect(result.bytes == 44 + result.frames * channels * 2)
        // Not everybody on the machine hears it.
        #expect(try #require(LocalFile.permissions(path)) & 0o007 == 0)
        return path
    }

    @Test(arguments: [(8000, 1), (44_100, 2), (16_000, 1)])
    func filesArePlayedAtTheStreamsRate(rate: Int, channels: Int) async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let file = try await writeFile(engine, "play-\(rate).wav", rate: rate, channels: channels, seconds: 1)
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone, MediaCodec("PCMA"), type: 8)
        let source = try await engine.audio.open(file, rate: 8000)
        let id = stream.play(source)
        var heard: [Int16] = []
        for _ in 0..<50 {
            let packet = try #require(phone.receive())
            #expect(packet.payload.count == 160)
            heard += packet.payload.map(G711.decodeA)
        }
        let middle = Array(heard[2000..<6000])
        #expect(Goertzel(frequency: 1000, rate: 8000).share(of: middle.span) > 0.95)
        let end = await first(events) { event -> PlaybackEnd? in
            guard case .playbackFinished(let finished, let samples, let end) = event else { return nil }
            #expect(finished == id)
            #expect(abs(samples - 8000) < 50)
            return end
        }
        #expect(end == .completed)
        await engine.shutdown()
    }

    @Test func longFilesAreStreamed() async throws {
        let engine = try makeEngine()
        let file = path("long.wav")
        let sink = try await engine.audio.createRecording(at: file, rate: 8000)
        // 90 seconds in pieces that the sink's ring takes, each piece written before the next comes.
        let piece = [Int16](repeating: 1234, count: 8000)
        for _ in 0..<3 { #expect(piece.withUnsafeBufferPointer { sink.write($0) }) }
        _ = await withCheckedContinuation { continuation in sink.finish { continuation.resume(returning: $0) } }
        for _ in 1..<30 {
            let more = try await engine.audio.createRecording(at: file, rate: 8000, appends: true)
            for _ in 0..<3 { #expect(piece.withUnsafeBufferPointer { more.write($0) }) }
            _ = await withCheckedContinuation { continuation in more.finish { continuation.resume(returning: $0) } }
        }
        let source = try await engine.audio.open(file, rate: 8000)
        var total = 0
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
        defer { buffer.deallocate() }
        reading: while true {
            switch source.read(into: buffer) {
            case .samples(let count):
                #expect(buffer[..<count].allSatisfy { $0 == 1234 })
                total += count
            case .starved: await Task.yield()
            case .finished: break reading
            }
        }
        #expect(total == 90 * 8000)
        await engine.shutdown()
    }

    @Test func recordingTakesBothDirections() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone)
        let file = path("both.wav")
        let sink = try await engine.audio.createRecording(at: file, rate: 8000, channels: 2)
        var options = RecordingOptions()
        options.takesSent = true
        options.maximumDuration = .milliseconds(1000)
        _ = stream.play(try await engine.audio.open("tone_stream://%(10000,0,600)"))
        let id = stream.record(to: sink, options: options)
        // The phone answers every packet with its own tone, so that nobody has to keep time.
        var generator = ToneGenerator(try #require(ToneScript("%(10000,0,1500)")), rate: 8000)
        for _ in 0..<50 {
            _ = try #require(phone.receive())
            var frame = [Int16](repeating: 0, count: 160)
            var span = frame.mutableSpan
            _ = generator.read(into: &span)
            phone.sendAudio(encode(frame, MediaCodec("PCMU")), to: stream.localEndpoint)
        }
        let end = await first(events) { event -> RecordingEnd? in
            guard case .recordingFinished(id, _, let end) = event else { return nil }
            return end
        }
        #expect(end == .maximumDuration)
        let result = await withCheckedContinuation { continuation in sink.finish { continuation.resume(returning: $0) }
        }
        #expect(result.frames == 8000)
        // Played as mono, both tones are there.
        let source = try await engine.audio.open(file)
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 4000)
        defer { buffer.deallocate() }
        _ = source.read(into: buffer)
        #expect(source.read(into: buffer) == .samples(4000))
        for frequency in [600.0, 1500] {
            let samples = UnsafeBufferPointer(buffer).span
            #expect(Goertzel(frequency: frequency, rate: 8000).share(of: samples) > 0.2)
        }
        await engine.shutdown()
    }

    @Test func silenceEndsARecording() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone)
        var options = RecordingOptions()
        (options.silenceThreshold, options.silenceDuration) = (200, .milliseconds(200))
        _ = stream.record(to: try await engine.audio.createRecording(at: path("silence.wav")), options: options)
        let end = await first(events) { if case .recordingFinished(_, _, let end) = $0 { end } else { nil } }
        #expect(end == .silence)
        await engine.shutdown()
    }

    @Test func playbacksReplaceAndStop() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        await stream.connect(to: phone)
        let first = stream.play(try await engine.audio.open("silence_stream://-1,1400"))
        let second = stream.play(
            try await engine.audio.open("file_string://silence_stream://20!tone_stream://%(20,0,440)")
        )
        let third = stream.play(try await engine.audio.open("silence_stream://-1"))
        stream.stopPlayback(first)
        stream.stopPlayback(third)
        var ends: [(PlaybackID, PlaybackEnd)] = []
        for await event in events {
            if case .playbackFinished(let id, _, let end) = event { ends.append((id, end)) }
            if ends.count == 3 { break }
        }
        #expect(ends.map(\.0) == [first, second, third])
        #expect(ends.map(\.1) == [.replaced, .replaced, .stopped])
        await stream.connect(to: phone, MediaCodec("G729"), type: 18)
        _ = stream.play(try await engine.audio.open("silence_stream://-1"))
        for await event in events {
            guard case .playbackFinished(_, _, let end) = event else { continue }
            #expect(end == .unsupportedCodec)
            break
        }
        await engine.shutdown()
    }

    @Test func delayedEchoComesBackLater() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        stream.setEcho(.delayed(.milliseconds(60)))
        await stream.connect(to: phone)
        for number in 0..<5 { phone.sendAudio([UInt8](repeating: UInt8(number), count: 160), to: stream.localEndpoint) }
        for number in 0..<5 { #expect(phone.receive()?.payload.first == UInt8(number)) }
        await engine.shutdown()
    }

    @Test(arguments: [
        "/nowhere/at/all.wav", "tone_stream://%(", "silence_stream://x", "silence_stream://1,2,3", "file_string://",
        "/dev/null", "@@", "", "/tmp",
    ])
    func whatCannotBePlayedIsAnError(name: String) async throws {
        let engine = try makeEngine()
        await #expect(throws: MediaError.self) { try await engine.audio.open(name) }
        await engine.shutdown()
    }
}
