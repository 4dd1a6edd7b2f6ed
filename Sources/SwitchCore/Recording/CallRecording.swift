import Base
import MediaEngine

/// A recording of a call that goes on beside whatever its channel does (`record_session`).
struct CallRecording {
    let id: RecordingID
    let sink: any AudioSink
    let settings: CallRecordingSettings
    /// Whether silence is recorded in place of what is said (`record_session_mask`).
    var isMasked = false
    /// Whether nothing is recorded for the time being (`record_session_pause`).
    var isPaused = false

    /// What the engine is to do with it while the call is in this condition.
    func mode(isAnswered: Bool, isBridged: Bool) -> RecordingMode {
        if isPaused || settings.needsAnswer && !isAnswered || settings.needsBridge && !isBridged { return .paused }
        return isMasked ? .masked : .running
    }
}

/// What a finished recording is worth, as `record_completion_cause` says it.
enum RecordingVerdict: String {
    case success = "success-maxtime"
    case silence = "success-silence"
    case noInput = "no-input-timeout"
    case failure = "uri-failure"
    case empty = "empty-file"
    case short = "input-too-short"

    /// Whether the file is thrown away.
    var isDiscarded: Bool { self == .empty || self == .short }

    /// - Parameters:
    ///   - end: Why the engine ended it; `nil` when the channel did.
    ///   - isOver: Whether the call has ended.
    init(_ result: AudioSinkResult, _ end: RecordingEnd?, _ settings: CallRecordingSettings, rate: Int, isOver: Bool) {
        if result.failure != nil || end == .failed {
            self = .failure
        } else if result.frames == 0, !settings.appends {
            self = .empty
        } else if result.frames < settings.minimumSeconds * rate, !settings.appends {
            self = .short
        } else {
            switch end {
            case .silence: self = .silence
            case .noInput: self = .noInput
            default: self = isOver ? .silence : .success
            }
        }
    }
}
