public import Base
public import MediaEngine
import XMLConfig

/// How a playback ended for the application that asked for it.
public struct PlaybackOutcome: Sendable {
    /// How many samples were played.
    public var samples: Int
    /// The key that ended it, if one did.
    public var terminator: Character?
    /// Whether a command ended it.
    public var isBroken = false
    /// Whether its time was over (`playback_timeout_sec`).
    public var isTimedOut = false

    /// An outcome; without anything, nothing was played.
    public init(samples: Int = 0, terminator: Character? = nil) {
        (self.samples, self.terminator) = (samples, terminator)
    }

    /// Whether something other than its own end ended it: what was to be played after it is not played.
    public var isEnded: Bool { terminator != nil || isBroken || isTimedOut }

    /// Something else was played after this.
    public mutating func add(_ next: PlaybackOutcome) {
        samples += next.samples
        (terminator, isBroken, isTimedOut) = (next.terminator, next.isBroken, next.isTimedOut)
    }
}

/// How far a recording is.
enum RecordingProgress {
    case going
    case finished(RecordingEnd)

    /// How it ended; `nil` while it goes on.
    var end: RecordingEnd? { if case .finished(let end) = self { end } else { nil } }
}

/// How far a playback is.
enum SoundProgress {
    case going
    case finished(samples: Int, PlaybackEnd)

    /// How many samples there were; `nil` while it goes on.
    var samples: Int? { if case .finished(let samples, _) = self { samples } else { nil } }
    /// Whether a command ended it.
    var wasStopped: Bool { if case .finished(_, .stopped) = self { true } else { false } }
    /// Whether it went on to its end.
    var isComplete: Bool { if case .finished(_, .completed) = self { true } else { false } }
}

/// Sounds and keys.
extension Session {
    /// Opens a sound by its name in a dialplan.
    public func openSound(_ name: String) async throws -> any AudioSource {
        let prefix =
            variables["sound_prefix"] ?? softswitch.xml.globals["sound_prefix"]
            ?? softswitch.directories.sounds + "/en/us/callie"
        let rate = codec?.clockRate ?? 8000
        var failure: MediaError = .invalidSource(name)
        for candidate in SoundPath.candidates(for: name, prefix: prefix, rate: rate) {
            do {
                return try await softswitch.media.audio.open(candidate, rate: rate)
            } catch {
                failure = error
            }
        }
        throw ApplicationError("cannot play \(name): \(failure)")
    }

    /// Every key there is.
    public static let allKeys = Set<Character>("0123456789*#ABCD")

    /// The keys that end a playback (`playback_terminators`): `*` unless it says otherwise.
    public var playbackTerminators: Set<Character> {
        switch variables["playback_terminators"] {
        case nil: ["*"]
        case "none"?: []
        case "any"?: Self.allKeys
        case let keys?: Set(keys)
        }
    }

    /// When what begins to be played now has to be over, if it has to: after `playback_timeout_sec`, or after
    /// `playback_timeout_sec_cumulative`, of which a playback takes away what it needs.
    public var playbackDeadline: MonotonicInstant? {
        guard let text = variables["playback_timeout_sec_cumulative"] ?? variables["playback_timeout_sec"],
            let seconds = Int(text), seconds > 1
        else { return nil }
        return loop.now + Duration.seconds(min(seconds, 86_400))
    }

    /// Plays a sound to the far end and waits until it is over or a terminator is pressed; `@@<samples>` behind its name says
    /// where it begins.
    ///
    /// - Parameters:
    ///   - keepsTerminator: Whether the key that ends it stays for whoever collects keys next.
    ///   - deadline: When it has to be over; where nothing is said, the channel's variables do.
    /// - Throws: `CancellationError` when the call ended; ``ApplicationError`` when the sound cannot be played.
    @discardableResult
    public func play(
        _ name: String,
        terminators: Set<Character>,
        keepsTerminator: Bool = false,
        until deadline: MonotonicInstant? = nil
    ) async throws -> PlaybackOutcome {
        guard let media else { throw ApplicationError("there is no audio to play to") }
        let deadline = deadline ?? playbackDeadline
        let (name, start) = Self.beginning(of: name)
        let source = try await openSound(name)
        try Task.checkCancellation()
        softswitch.events.publish(.playbackStart) {
            var event = makeEvent(.playbackStart)
            event.add("Playback-File-Path", name)
            event.add("Playback-File-Type", Self.fileType(of: name))
            return event
        }
        let id = media.play(source)
        if start > 0 { media.change(id, .seek(milliseconds: start * 1000 / max(source.rate, 1))) }
        playbacks[id] = .going
        breakables.append(.sound(id))
        defer {
            (playbacks[id], soundLevels[id]) = (nil, nil)
            breakables.removeAll { $0 == .sound(id) }
        }
        let isInTime: Bool
        do {
            isInTime = try await wait(timeout: deadline.map { $0 - loop.now }) { session in
                session.playbacks[id]?.samples != nil || session.digits.contains { terminators.contains($0) }
            }
        } catch {
            media.stopPlayback(id)
            throw error
        }
        var outcome = PlaybackOutcome(samples: playbacks[id]?.samples ?? 0, terminator: nil)
        outcome.isBroken = playbacks[id]?.wasStopped ?? false
        outcome.isTimedOut = !isInTime
        if playbacks[id]?.samples == nil {
            if isInTime { outcome.terminator = keepsTerminator ? digits.first : takeTerminator(terminators) }
            media.stopPlayback(id)
            try await wait { $0.playbacks[id]?.samples != nil }
            outcome.samples = playbacks[id]?.samples ?? 0
        }
        note(outcome, of: name, rate: source.rate)
        setVariable("playback_last_offset_pos", String(start + outcome.samples))
        if let deadline, isInTime, variables["playback_timeout_sec_cumulative"] != nil {
            let left = max((deadline - loop.now).wholeMilliseconds / 1000, 0)
            setVariable("playback_timeout_sec_cumulative", String(left))
        }
        return outcome
    }

    /// Parts `<name>@@<samples>`.
    private static func beginning(of name: String) -> (name: String, start: Int) {
        guard let mark = name.firstRange(of: "@@"), let start = Int(name[mark.upperBound...]),
            (0...Self.longestStart).contains(start)
        else { return (name, 0) }
        return (String(name[..<mark.lowerBound]), start)
    }

    /// Sums with it stay far from overflowing.
    private static let longestStart = 1 << 40

    /// Plays a sound to its end, for at most so long and whatever keys are pressed.
    ///
    /// - Returns: How many samples were played; `nil` when the time was over first, or another sound took its place.
    func play(
        _ source: any AudioSource,
        _ mode: PlaybackMode,
        on media: MediaStream,
        atMost limit: Duration? = nil
    ) async throws -> Int? {
        let id = media.play(source, mode)
        playbacks[id] = .going
        defer { playbacks[id] = nil }
        do {
            guard try await wait(timeout: limit, until: { $0.playbacks[id]?.samples != nil }) else {
                media.stopPlayback(id)
                return nil
            }
        } catch {
            media.stopPlayback(id)
            throw error
        }
        return playbacks[id]?.isComplete == true ? playbacks[id]?.samples : nil
    }

    /// `tone_stream` for `tone_stream://…`, `file` for everything else.
    private static func fileType(of name: String) -> String {
        name.firstRange(of: "://").map { String(name[..<$0.lowerBound]) } ?? "file"
    }

    private func takeTerminator(_ terminators: Set<Character>) -> Character? {
        guard let index = digits.firstIndex(where: { terminators.contains($0) }) else { return nil }
        let key = digits[index]
        digits.removeSubrange(...index)
        return key
    }

    /// Tells of a playback that is over; its samples are counted at the source's rate.
    private func note(_ outcome: PlaybackOutcome, of name: String, rate: Int) {
        let milliseconds = outcome.samples * 1000 / max(rate, 1)
        setVariable("playback_ms", String(milliseconds))
        setVariable("playback_seconds", String(milliseconds / 1000))
        setVariable("playback_samples", String(outcome.samples))
        setVariable("playback_terminator_used", outcome.terminator.map { String($0) } ?? "")
        softswitch.events.publish(.playbackStop) {
            var event = makeEvent(.playbackStop)
            event.add("Playback-File-Path", name)
            event.add("Playback-File-Type", Self.fileType(of: name))
            event.add("Playback-Status", outcome.terminator == nil && !outcome.isBroken ? "done" : "break")
            return event
        }
    }

    /// Records what the far end says until the limits are reached or a terminator is pressed.
    ///
    /// - Throws: ``ApplicationError``, which ends the call, when nothing can be recorded.
    public func record(
        to path: String,
        options: RecordingOptions,
        terminators: Set<Character>
    ) async throws {
        guard let media else {
            throw ApplicationError("there is no audio to record", hangupCause: .destinationOutOfOrder)
        }
        setVariable("playback_terminator_used", "")
        let sink = try await soundSink(path)
        setVariable("silence_hits_exhausted", "false")
        publishRecordStart(path)
        guard !Task.isCancelled else {
            await tellRecordingOver(sink, at: path)
            throw CancellationError()
        }
        let id = media.record(to: sink, options: options)
        recordings[id] = .going
        breakables.append(.recording(id))
        defer {
            recordings[id] = nil
            breakables.removeAll { $0 == .recording(id) }
        }
        do {
            try await wait { session in
                session.recordings[id]?.end != nil || session.digits.contains { terminators.contains($0) }
            }
            if recordings[id]?.end == nil {
                setVariable("playback_terminator_used", takeTerminator(terminators).map { String($0) } ?? "")
                media.stopRecording(id)
                try await wait { $0.recordings[id]?.end != nil }
            }
        } catch {
            // A caller who hangs up is the usual end of a message.
            media.stopRecording(id)
            await tellRecordingOver(sink, at: path)
            throw error
        }
        let end = recordings[id]?.end
        if end == .silence || end == .noInput { setVariable("silence_hits_exhausted", "true") }
        await tellRecordingOver(sink, at: path)
        if end == .failed || end == .refused || end == .unsupportedCodec {
            throw ApplicationError("cannot go on recording to \(path)", hangupCause: .destinationOutOfOrder)
        }
    }

    /// The file of `record`, at the rate that `record_sample_rate` or `record_rate` asks for.
    private func soundSink(_ path: String) async throws -> any AudioSink {
        let rates = ["record_sample_rate", "record_rate"].compactMap { variable($0).flatMap { Int($0) } }
        do {
            let sink = try await softswitch.media.audio.createRecording(
                at: path,
                rate: rates.first { $0 > 0 } ?? codec?.clockRate ?? 8000,
                appends: isTrue("RECORD_APPEND"),
                titles: SoundTitle.read { variable($0) }
            )
            forgetTitles()
            return sink
        } catch {
            throw ApplicationError("cannot record to \(path): \(error)", hangupCause: .destinationOutOfOrder)
        }
    }

    private func tellRecordingOver(_ sink: any AudioSink, at path: String) async {
        let result = await complete(sink)
        publishRecordStop(path, result.frames > 0 ? "success" : "empty-file")
    }

    // MARK: - Keys

    /// Forgets the keys that nobody has taken.
    public func flushDigits() {
        digits = []
    }

    /// Waits for the next key.
    ///
    /// - Returns: The key, or `nil` when the time is over.
    public func nextDigit(timeout: Duration) async throws -> Character? {
        try await wait(timeout: timeout) { !$0.digits.isEmpty }
        return digits.isEmpty ? nil : digits.removeFirst()
    }

    /// Collects keys until there are `maximum` of them, a terminator comes, or the caller pauses too long.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the first key.
    ///   - digitTimeout: How long to wait between keys.
    /// - Returns: The keys without the terminator, and the terminator.
    public func collectDigits(
        maximum: Int,
        timeout: Duration,
        digitTimeout: Duration,
        terminators: Set<Character>
    ) async throws -> (digits: String, terminator: Character?) {
        var collected = ""
        while collected.count < maximum {
            let limit = collected.isEmpty ? timeout : digitTimeout
            guard let key = try await nextDigit(timeout: limit) else { break }
            if terminators.contains(key) { return (collected, key) }
            collected.append(key)
        }
        return (collected, nil)
    }
}
