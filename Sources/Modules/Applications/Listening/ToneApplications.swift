import Base
import Logging
import MediaEngine
import SwitchCore
import Synchronization

/// Listening for tones, and measuring how loud a call is.
enum ToneApplications {
    private static let syntax = "<key> <frequencies> [<flags> [<timeout> [<application> [<data> [<hits>]]]]]"

    static let all: [Application] = [
        Application("tone_detect", syntax: syntax, []) { session, data in
            let words = data.isEmpty ? [] : ListSplitter.split(data, by: " ", limit: 7)
            guard words.count >= 2 else { throw ApplicationError("tone_detect needs \(syntax), not \"\(data)\"") }
            try session.detectTone(words: words)
        },
        Application("fax_detect", []) { session, _ in try session.detectTone(words: ["fax", "1100"]) },
        Application("stop_tone_detect", [.noMedia]) { session, _ in session.stopDetectingTones() },
        Application("sound_test", []) { session, _ in try await measure(session) },
    ]

    /// Writes how loud the far end is into the log, once a second, until the call ends.
    private static func measure(_ session: isolated Session) async throws {
        guard let media = session.media else { throw ApplicationError("there is no audio to measure") }
        let (logger, loop) = (session.logger, session.loop)
        let meter = LevelMeter(rate: session.codec?.clockRate ?? 8000) { second in
            // The media's thread is not for writing.
            loop.execute {
                logger.notice("sound test", metadata: ["mean": "\(second.mean)", "peak": "\(second.peak)"])
            }
        }
        let id = media.record(to: meter)
        defer { media.stopRecording(id) }
        try await session.wait { $0.isOver }
    }
}

/// Tells how loud each second of audio was.
final class LevelMeter: AudioSink {
    /// Amplitudes of 0…32767.
    struct Second: Hashable, Sendable {
        var mean = 0
        var peak = 0
    }

    private struct State {
        var sum = 0
        var peak = 0
        var count = 0
    }

    let rate: Int
    let channels = 1
    private let report: @Sendable (Second) -> Void
    private let state = Mutex(State())

    /// - Parameter report: Called on a media loop.
    init(rate: Int, report: @escaping @Sendable (Second) -> Void) {
        (self.rate, self.report) = (rate, report)
    }

    func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
        let second: Second? = state.withLock { state in
            for sample in samples {
                state.sum += Int(sample.magnitude)
                state.peak = max(state.peak, min(Int(sample.magnitude), Int(Int16.max)))
            }
            state.count += samples.count
            guard state.count >= rate else { return nil }
            defer { state = State() }
            return Second(mean: state.sum / state.count, peak: state.peak)
        }
        if let second { report(second) }
        return true
    }

    func finish(_ completion: @escaping @Sendable (AudioSinkResult) -> Void) {
        completion(AudioSinkResult(frames: 0, bytes: 0))
    }
}
