import Base
import MediaDSP
import MediaEngine
import RTP
import Testing

/// Listening to calls and speaking into them.
@Suite(.timeLimit(.minutes(1))) struct TapTests {
    /// Two phones in a call, and what they say.
    private struct Call {
        let engine: MediaEngine
        let first = PacketPhone(ssrc: 1)
        let second = PacketPhone(ssrc: 2)
        let left: MediaStream
        let right: MediaStream
        private var voices: [ToneGenerator]

        init(_ codecs: (MediaCodec, UInt8) = (MediaCodec("PCMU"), 0), loops: Int = 1) async throws {
            engine = try makeEngine(loops: loops)
            left = try engine.openStream(on: .loopbackV4)
            right = try engine.openStream(on: .loopbackV4, near: left)
            left.bridge(to: right)
            voices = try ["%(60000,0,600)", "%(60000,0,1500)"].map {
                ToneGenerator(try #require(ToneScript("v=-10;\($0)")), rate: codecs.0.clockRate)
            }
            await left.connect(to: first, codecs.0, type: codecs.1)
            await right.connect(to: second, codecs.0, type: codecs.1)
        }

        /// Both say 20 ms; gives what they said.
        @discardableResult
        mutating func say() -> [[UInt8]] {
            var said: [[UInt8]] = []
            for index in 0..<2 {
                var frame = [Int16](repeating: 0, count: 160)
                var span = frame.mutableSpan
                _ = voices[index].read(into: &span)
                said.append(encode(frame, MediaCodec("PCMU")))
            }
            first.sendAudio(said[0], to: left.localEndpoint)
            second.sendAudio(said[1], to: right.localEndpoint)
            return said
        }

        /// Both say 20 ms; gives what they said and what they heard.
        mutating func talk() throws -> (said: [[UInt8]], heard: [PacketPhone.Received]) {
            (say(), [try #require(first.receive()), try #require(second.receive())])
        }
    }

    private static func share(_ frequency: Double, _ samples: [Int16]) -> Double {
        Goertzel(frequency: frequency, rate: 8000).share(of: samples.span)
    }

    /// How many samples are waited for at most: ten seconds.
    private static let patience = 80_000

    /// How many frames of 20 ms hold each of the tones; a machine that is busy elsewhere makes gaps, not other tones.
    private static func frames(with frequencies: Double..., in samples: [Int16]) -> Int {
        stride(from: 0, to: samples.count - 159, by: 160).count { start in
            let frame = Array(samples[start..<(start + 160)])
            return frequencies.allSatisfy { share($0, frame) > 0.2 }
        }
    }

    private static func read(_ source: any AudioSource) -> [Int16] {
        var result: [Int16] = []
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
        defer { buffer.deallocate() }
        while case .samples(let count) = source.read(into: buffer) { result += buffer[..<count] }
        return result
    }

    private static var bothWays: RecordingOptions {
        var options = RecordingOptions()
        options.takesSent = true
        return options
    }

    /// `record_session`: both legs are in the file, several files at a time, and the phones notice nothing.
    @Test func aCallIsRecordedAndStillRelayedUntouched() async throws {
        var call = try await Call()
        let mono = AudioPipe(rate: 8000)
        let received = AudioPipe(rate: 8000)
        let events = call.left.events()
        let ids = [
            call.left.record(to: mono, options: Self.bothWays),
            call.left.record(to: received, options: RecordingOptions()),
        ]
        // The recordings are the clock: the phones talk whenever there is a new frame.
        var (mixed, single): ([Int16], [Int16]) = ([], [])
        func bothAreHeard() -> Bool {
            Self.frames(with: 600, 1500, in: mixed) > 0 && Self.frames(with: 600, in: single) > 0
        }
        // On a busy machine there are gaps between what the phones say, so it takes as long as it takes.
        while mixed.count < 8000 || single.count < 8000 || (mixed.count < Self.patience && !bothAreHeard()) {
            let frame = Self.read(mono)
            single += Self.read(received)
            guard !frame.isEmpty else {
                await Task.yield()
                continue
            }
            mixed += frame
            let (said, heard) = try call.talk()
            #expect(heard[0].payload == said[1] && heard[1].payload == said[0])
        }
        for id in ids { call.left.stopRecording(id) }
        var ended: [RecordingID] = []
        for await event in events {
            if case .recordingFinished(let id, let samples, let end) = event {
                #expect(end == .stopped && samples > 0)
                ended.append(id)
            }
            if ended.count == 2 { break }
        }
        #expect(ended == ids)
        #expect(Self.frames(with: 600, 1500, in: mixed) > 0)
        #expect(Self.frames(with: 600, in: single) > 0 && Self.frames(with: 1500, in: single) == 0)
        await call.engine.shutdown()
    }

    /// `eavesdrop`: a third phone, on whatever loop, hears both.
    @Test func aThirdPhoneListensIn() async throws {
        var call = try await Call(loops: 2)
        let listener = PacketPhone(ssrc: 3)
        let ear = try call.engine.openStream(on: .loopbackV4)
        await ear.connect(to: listener, MediaCodec("PCMA"), type: 8)
        let pipe = AudioPipe(rate: 8000)
        _ = call.left.record(to: pipe, options: Self.bothWays)
        _ = ear.play(pipe)
        var heard: [Int16] = []
        while heard.count < 8000 {
            heard += try #require(listener.receive()).payload.map(G711.decodeA)
            _ = try call.talk()
        }
        #expect(Self.frames(with: 600, 1500, in: heard) > 0)
        await call.engine.shutdown()
    }

    /// `displace_session … m`: one side hears an announcement besides the other, who hears nothing of it.
    @Test func anAnnouncementIsMixedIntoOneDirection() async throws {
        var call = try await Call()
        let events = call.right.events()
        let source = try await call.engine.audio.open("tone_stream://v=-10;%(60000,0,1000)")
        let id = call.right.play(source, .mixed)
        _ = await call.right.statistics()
        var heard: [[Int16]] = [[], []]
        var previous: RTPHeader?
        // Whenever the phones pause for long, on a busy machine, the announcement goes on by itself.
        call.second.setTimeout(milliseconds: 10)
        while Self.frames(with: 600, 1000, in: heard[1]) < 10 {
            call.say()
            heard[0] += try #require(call.first.receive()).payload.map(G711.decodeMu)
            while let packet = call.second.receive() {
                heard[1] += packet.payload.map(G711.decodeMu)
                if let previous { #expect(packet.header.sequenceNumber == previous.sequenceNumber &+ 1) }
                previous = packet.header
            }
        }
        let count = heard[0].count / 160
        #expect(Self.frames(with: 1500, in: heard[0]) == count && Self.frames(with: 1000, in: heard[0]) == 0)
        call.right.stopPlayback(id)
        let end = await first(events) { event -> PlaybackEnd? in
            guard case .playbackFinished(id, _, let end) = event else { return nil }
            return end
        }
        #expect(end == .stopped)
        // Afterwards packets are as they were.
        while call.second.receive() != nil {}
        call.second.setTimeout(milliseconds: 5000)
        let (said, packets) = try call.talk()
        #expect(packets[1].payload == said[0])
        await call.engine.shutdown()
    }

    /// Who listens and speaks at the same time does not hear himself, if that is how he listens.
    @Test(arguments: [true, false])
    func mixturesAreHeardOrNot(takesMixtures: Bool) async throws {
        var call = try await Call()
        let source = try await call.engine.audio.open("tone_stream://v=-10;%(60000,0,1000)")
        _ = call.right.play(source, .mixed)
        var options = RecordingOptions()
        (options.takesReceived, options.takesSent, options.takesMixtures) = (false, true, takesMixtures)
        let pipe = AudioPipe(rate: 8000)
        _ = call.right.record(to: pipe, options: options)
        _ = await call.right.statistics()
        var heard: [Int16] = []
        call.second.setTimeout(milliseconds: 10)
        while heard.count < 8000 {
            call.say()
            _ = try #require(call.first.receive())
            while call.second.receive() != nil {}
            heard += Self.read(pipe)
        }
        #expect(Self.frames(with: 600, in: heard) > 0)
        #expect((Self.frames(with: 1000, in: heard) > 0) == takesMixtures)
        await call.engine.shutdown()
    }

    /// `set_audio_level`: one direction is louder or quieter, and as it was afterwards.
    @Test(arguments: [(0.5, AudioDirection.received), (2, .received), (0, .received), (0.5, .sent), (0, .sent)])
    func levelsChange(factor: Double, direction: AudioDirection) async throws {
        let call = try await Call()
        let stream = direction == .received ? call.left : call.right
        let voice = [UInt8](repeating: G711.encodeMu(4000), count: 160)
        stream.setLevel(factor, of: direction)
        _ = await stream.statistics()
        call.first.sendAudio(voice, to: call.left.localEndpoint)
        let changed = try #require(call.second.receive()).payload.map(G711.decodeMu)
        #expect(changed.allSatisfy { abs(Double($0) - 4000 * factor) <= 300 * max(factor, 1) })
        // The other direction is as it is.
        call.second.sendAudio(voice, to: call.right.localEndpoint)
        #expect(try #require(call.first.receive()).payload == voice)
        stream.setLevel(1, of: direction)
        _ = await stream.statistics()
        call.first.sendAudio(voice, to: call.left.localEndpoint)
        #expect(try #require(call.second.receive()).payload == voice)
        await call.engine.shutdown()
    }

    /// Who says nothing does not keep the announcement from being heard.
    @Test func aMixtureIsHeardWhenNothingIsRelayed() async throws {
        let call = try await Call()
        let source = try await call.engine.audio.open("tone_stream://v=-10;%(300,0,1000)")
        let events = call.right.events()
        let id = call.right.play(source, .mixed)
        var heard: [Int16] = []
        while heard.count < 2000 { heard += try #require(call.second.receive()).payload.map(G711.decodeMu) }
        #expect(Self.share(1000, heard) > 0.95)
        let end = await first(events) { event -> PlaybackEnd? in
            guard case .playbackFinished(id, _, let end) = event else { return nil }
            return end
        }
        #expect(end == .completed)
        await call.engine.shutdown()
    }

    /// `start_dtmf`, and what is only relayed cannot be listened to.
    @Test(arguments: [("PCMU", UInt8(0), "14#"), ("G729", 18, "")])
    func keysAreHeardInTheAudio(codec: String, type: UInt8, expected: String) async throws {
        let call = try await Call((MediaCodec(codec), type))
        let events = call.left.events()
        call.left.detectKeys(true)
        _ = await call.left.statistics()
        var generator = ToneGenerator(try #require(ToneScript("d=60;w=60;14#")), rate: 8000)
        for _ in 0..<25 {
            var frame = [Int16](repeating: 0, count: 160)
            var span = frame.mutableSpan
            _ = generator.read(into: &span)
            call.first.sendAudio(encode(frame, MediaCodec("PCMU")), type: type, to: call.left.localEndpoint)
            _ = try #require(call.second.receive())
        }
        call.left.sendDTMF("w")
        var digits = ""
        for await event in events {
            if case .dtmf(let digit, let milliseconds) = event {
                digits.append(digit)
                #expect((30...80).contains(milliseconds))
            }
            if case .dtmfSent = event { break }
        }
        #expect(digits == expected)
        await call.engine.shutdown()
    }

    /// `wait_for_silence`: after having spoken, a far end that sends nothing at all is silent too.
    @Test func silenceIsReportedOnceSomethingWasHeard() async throws {
        var call = try await Call()
        let events = call.left.events()
        call.left.awaitSilence(
            SilenceOptions(threshold: 200, silence: .milliseconds(100), sound: .milliseconds(60))
        )
        // A recording is the clock.
        let pipe = AudioPipe(rate: 8000)
        let recording = call.left.record(to: pipe)
        var frames = 0
        while frames < 20 {
            if Self.read(pipe).isEmpty {
                await Task.yield()
            } else {
                _ = try call.talk()
                frames += 1
            }
        }
        let isSilent: Bool? = await first(events) { if case .silence = $0 { true } else { nil } }
        #expect(isSilent == true)
        call.left.stopRecording(recording)
        await call.engine.shutdown()
    }
}
