public import Base

/// Names one playback of a stream.
public struct PlaybackID: Hashable, Sendable {
    let number: UInt64
}

/// Names one recording of a stream.
public struct RecordingID: Hashable, Sendable {
    let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }
}

/// Why a playback ended.
public enum PlaybackEnd: Sendable, Hashable {
    /// The source gave all that it had.
    case completed
    /// ``MediaStream/stopPlayback(_:)`` was called.
    case stopped
    /// Another playback took its place.
    case replaced
    /// The stream was closed.
    case closed
    /// Too much was asked of the stream at once.
    case refused
    /// The stream's format cannot be encoded here.
    case unsupportedCodec
}

/// Why a recording ended.
public enum RecordingEnd: Sendable, Hashable {
    /// ``MediaStream/stopRecording(_:)`` was called.
    case stopped
    /// The longest duration was reached.
    case maximumDuration
    /// The caller was silent for as long as the limits allow.
    case silence
    /// Nothing was said from the beginning on, for as long as the limits allow.
    case noInput
    /// Too many recordings of the stream go on already, or too much was asked of it at once.
    case refused
    /// The stream was closed.
    case closed
    /// The stream's format cannot be decoded here.
    case unsupportedCodec
    /// The sink refused samples: the disk is full or far too slow.
    case failed
}

/// What happens on a stream.
public enum MediaEvent: Sendable {
    /// The peer pressed a key, as telephone-event or as tones that were looked for; reported once, when it is released.
    case dtmf(digit: Character, milliseconds: Int)
    /// A playback ended after `samples` samples at the source's rate.
    case playbackFinished(PlaybackID, samples: Int, PlaybackEnd)
    /// A recording ended after `samples` samples; its file is complete only after ``AudioSink/finish(_:)`` has called back.
    case recordingFinished(RecordingID, samples: Int, RecordingEnd)
    /// All digits given to ``MediaStream/sendDTMF(_:duration:)`` have been sent.
    case dtmfSent
    /// The silence that ``MediaStream/awaitSilence(_:)`` waited for is there.
    case silence
    /// The tone that ``MediaStream/watch(for:)`` listened for was heard often enough; it is not listened for any more.
    case tone(ToneWatchID)
    /// The peer's address is settled: media goes there, and comes from nowhere else.
    case remoteLocked(IPEndpoint)
    /// Nothing arrived for as long as the parameters allow; reported once until packets come again.
    case timedOut
}
