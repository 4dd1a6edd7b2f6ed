import Base
import MediaEngine
import SwitchCore
import Synchronization

/// One call that listens to another, and may speak into it.
struct Eavesdropping {
    /// Who hears the listener.
    enum Hearer: CaseIterable {
        case target, partner
    }

    /// How it ended.
    enum End {
        /// The call that is listened to is over.
        case targetLeft
        /// The listener wants the next one (`*`).
        case next
    }

    /// A way from the listener to somebody who hears it.
    private struct Whisper {
        let hearer: MediaStream
        let playback: PlaybackID
        let recording: RecordingID
    }

    /// Told on the target's loop, asked on the listener's.
    private final class Departure: Sendable {
        let isOver = Atomic<Bool>(false)
    }

    private let own: MediaStream
    private let target: Session
    private let rate: Int
    private var whispers: [Hearer: Whisper] = [:]

    /// Lets `session` listen to `target` until either is over, or a key ends it.
    ///
    /// - Parameters:
    ///   - hearers: Who hears the listener from the beginning on.
    ///   - options: What of the target is heard.
    ///   - takesKeys: Whether 0 to 3 change who hears the listener, and `*` ends it.
    static func run(
        on session: isolated Session,
        target: Session,
        hearers: Set<Hearer>,
        options: RecordingOptions,
        takesKeys: Bool
    ) async throws -> End {
        guard let own = session.media, let tapped = await target.media else {
            throw ApplicationError("there is no audio to listen to")
        }
        let departure = Departure()
        let watch = await target.whenEnded { [weak session] in
            departure.isOver.store(true, ordering: .releasing)
            guard let session else { return }
            session.loop.execute { session.assumeIsolated { $0.wake() } }
        }
        guard let watch else { throw ApplicationError("too many listen to the call") }
        defer { target.forget(watch) }
        let rate = session.codec?.clockRate ?? 8000
        let pipe = AudioPipe(rate: rate)
        let tap = tapped.record(to: pipe, options: options)
        let ear = own.play(pipe)
        var line = Eavesdropping(own: own, target: target, rate: rate)
        defer {
            line.speak(to: [:])
            tapped.stopRecording(tap)
            own.stopPlayback(ear)
        }
        line.speak(to: await line.streams(of: hearers))
        while true {
            try await session.wait {
                departure.isOver.load(ordering: .acquiring) || takesKeys && !$0.digits.isEmpty
            }
            if departure.isOver.load(ordering: .acquiring) { return .targetLeft }
            guard let key = try await session.nextDigit(timeout: .zero) else { continue }
            if key == "*" { return .next }
            if let hearers = hearersChosen(by: key) { line.speak(to: await line.streams(of: hearers)) }
        }
    }

    private init(own: MediaStream, target: Session, rate: Int) {
        (self.own, self.target, self.rate) = (own, target, rate)
    }

    private static func hearersChosen(by key: Character) -> Set<Hearer>? {
        switch key {
        case "0": []
        case "1": [.partner]
        case "2": [.target]
        case "3": [.target, .partner]
        default: nil
        }
    }

    private func streams(of hearers: Set<Hearer>) async -> [Hearer: MediaStream] {
        var streams: [Hearer: MediaStream] = [:]
        for hearer in hearers {
            let session = hearer == .target ? target : await target.partner
            if let stream = await session?.media { streams[hearer] = stream }
        }
        return streams
    }

    /// Speaks to these from now on and to nobody else.
    private mutating func speak(to streams: [Hearer: MediaStream]) {
        for hearer in Hearer.allCases {
            let wanted = streams[hearer]
            if let whisper = whispers[hearer], whisper.hearer !== wanted {
                own.stopRecording(whisper.recording)
                whisper.hearer.stopPlayback(whisper.playback)
                whispers[hearer] = nil
            }
            guard whispers[hearer] == nil, let wanted else { continue }
            let pipe = AudioPipe(rate: rate)
            whispers[hearer] = Whisper(
                hearer: wanted,
                playback: wanted.play(pipe, .mixed),
                recording: own.record(to: pipe)
            )
        }
    }
}
