import Base
import MediaDSP

/// What there is in audio that is sent.
enum SentContent {
    /// All that the peer hears.
    case plain
    /// All that the peer hears, with something in it that was mixed in.
    case mixture
    /// What the peer hears without what will be mixed in; the mixture follows.
    case beforeMixing
}

/// What listens to a stream: recordings and detectors.
///
/// Hardly any stream has some; for all others a packet costs one look at a flag.
struct Taps {
    private(set) var recordings: [Recording] = []
    private var keys: DTMFDetector?
    private var silence: SilenceDetector?
    /// The one that has found what it waited for.
    private var foundSilence: SilenceDetector?
    private var tones: [ToneWatch] = []
    /// The tones that were heard and nobody has been told of.
    private var heardTones: [ToneWatchID] = []

    /// The most recordings that go on at the same time, those into an ``AudioPipe`` included.
    static let maximumRecordings = 16
    /// The most tones that are listened for at the same time.
    static let maximumTones = 16

    /// Whether audio has to be decoded for somebody.
    var isActive: Bool { !recordings.isEmpty || keys != nil || silence != nil || !tones.isEmpty }

    /// Whether somebody counts time.
    var needsTicks: Bool { !recordings.isEmpty || silence != nil }

    /// Adds a recording; false when there are too many.
    mutating func add(_ recording: Recording) -> Bool {
        guard recordings.count < Self.maximumRecordings else { return false }
        recordings.append(recording)
        return true
    }

    /// Takes a recording out.
    mutating func remove(_ id: RecordingID) -> Recording? {
        guard let index = recordings.firstIndex(where: { $0.id == id }) else { return nil }
        return recordings.remove(at: index)
    }

    /// Looks for keys in what the peer says, or no longer does.
    mutating func detectKeys(_ isOn: Bool, rate: Int) {
        keys = isOn ? DTMFDetector(rate: rate) : nil
    }

    /// Waits for silence, or no longer does.
    mutating func awaitSilence(_ options: SilenceOptions?) {
        foundSilence = nil
        silence = options.map {
            SilenceDetector(
                threshold: $0.threshold,
                silence: Int($0.silence.wholeMilliseconds),
                sound: Int($0.sound.wholeMilliseconds)
            )
        }
    }

    /// How far the silence is that is waited for, or was when it was there.
    var silenceProgress: SilenceProgress {
        guard let detector = silence ?? foundSilence else { return SilenceProgress() }
        return SilenceProgress(heard: .milliseconds(detector.heard), silent: .milliseconds(detector.silent))
    }

    /// Listens for a tone; when there are too many already, for that one not.
    mutating func watch(for options: ToneOptions, _ id: ToneWatchID, rate: Int) {
        if tones.count < Self.maximumTones { tones.append(ToneWatch(id, options, rate: rate)) }
    }

    /// Listens no longer for a tone.
    mutating func stopWatching(_ id: ToneWatchID) {
        tones.removeAll { $0.id == id }
    }

    /// A tone that has been heard often enough.
    mutating func takeHeardTone() -> ToneWatchID? {
        heardTones.popLast()
    }

    private mutating func process(_ samples: UnsafeBufferPointer<Int16>, _ direction: AudioDirection) {
        for index in tones.indices where tones[index].options.direction == direction {
            if tones[index].process(samples.span) { heardTones.append(tones[index].id) }
        }
        if !heardTones.isEmpty { tones.removeAll { heardTones.contains($0.id) } }
    }

    /// The stream's rate is another one from now on.
    mutating func changeRate(to rate: Int) {
        for recording in recordings { recording.changeRate(to: rate) }
        if keys != nil { keys = DTMFDetector(rate: rate) }
        for index in tones.indices { tones[index].changeRate(to: rate) }
    }

    /// The peer said something; tells of keys that were released.
    mutating func received(_ samples: UnsafeBufferPointer<Int16>, key: (DTMFDetector.Key) -> Void) {
        for recording in recordings { recording.append(received: samples) }
        silence?.received(samples.span)
        keys?.process(samples.span, key)
        if !tones.isEmpty { process(samples, .received) }
    }

    /// Something was said to the peer.
    mutating func sent(_ samples: UnsafeBufferPointer<Int16>, _ content: SentContent = .plain) {
        for recording in recordings {
            switch content {
            case .plain: recording.append(sent: samples)
            case .mixture: if recording.options.takesMixtures { recording.append(sent: samples) }
            case .beforeMixing: if !recording.options.takesMixtures { recording.append(sent: samples) }
            }
        }
        if content != .beforeMixing, !tones.isEmpty { process(samples, .sent) }
    }

    /// Time passes; true once the silence that was waited for is there, which ends the waiting.
    mutating func advanceSilence(milliseconds: Int) -> Bool {
        guard silence?.advance(milliseconds: milliseconds) == true else { return false }
        (foundSilence, silence) = (silence, nil)
        return true
    }
}

/// What came before the silence that is waited for, or is there.
public struct SilenceProgress: Hashable, Sendable {
    /// How long something was heard; in one piece where only the sound is waited for.
    public var heard: Duration
    /// How long it has been silent since then.
    public var silent: Duration

    /// A progress; without anything, nothing was heard.
    public init(heard: Duration = .zero, silent: Duration = .zero) {
        (self.heard, self.silent) = (heard, silent)
    }
}

/// Which silence is waited for, or which sound.
public struct SilenceOptions: Hashable, Sendable {
    /// The mean amplitude (0…32767) from which on audio is no silence (`silence_thresh`).
    public var threshold: Int
    /// How long the silence must last (`silence_hits`); zero waits for the sound alone, which then has no pauses.
    public var silence: Duration
    /// How long something must have been heard before (`listen_hits`, `audio_hits`).
    public var sound: Duration

    /// A silence of this kind.
    public init(threshold: Int, silence: Duration, sound: Duration = .zero) {
        (self.threshold, self.silence, self.sound) = (threshold, silence, sound)
    }
}
