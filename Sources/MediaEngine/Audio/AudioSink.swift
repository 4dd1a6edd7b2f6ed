/// Something that takes the samples of a recording.
///
/// Writes happen on a media loop: they must not block or allocate.
public protocol AudioSink: AnyObject, Sendable {
    /// The rate that the sink wants, in Hz; the recording resamples when the stream's differs.
    var rate: Int { get }
    /// 1 for mono, where both directions are mixed, or 2: received left, sent right.
    var channels: Int { get }

    /// Takes interleaved samples; false when it cannot any more, which ends the recording.
    func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool

    /// The recording is over: writes what is left and calls back, on any thread, when that is done.
    func finish(_ completion: @escaping @Sendable (AudioSinkResult) -> Void)
}

/// How a sink ended.
public struct AudioSinkResult: Hashable, Sendable {
    /// Sample frames written.
    public var frames: Int
    /// The size of the file in bytes.
    public var bytes: Int
    /// Frames that were lost because the disk was too slow.
    public var lostFrames: Int
    /// What went wrong, in libsndfile's words.
    public var failure: String?

    /// A result.
    public init(frames: Int, bytes: Int, lostFrames: Int = 0, failure: String? = nil) {
        (self.frames, self.bytes, self.lostFrames, self.failure) = (frames, bytes, lostFrames, failure)
    }
}

/// What a recording does at the moment.
public enum RecordingMode: Hashable, Sendable {
    /// It records what is said.
    case running
    /// It records silence in the place of what is said.
    case masked
    /// It records nothing, as if there were no time.
    case paused
}

/// Which directions a recording takes and when it ends.
public struct RecordingOptions: Hashable, Sendable {
    /// Whether what the peer says is recorded.
    public var takesReceived = true
    /// Whether what is sent to the peer is recorded too (`record_session`).
    public var takesSent = false
    /// Whether what is mixed into the call for the peer alone (``PlaybackMode/mixed``) is recorded as sent.
    ///
    /// Where it is not, what somebody says into a call does not come back to him who listens to it.
    public var takesMixtures = true
    /// Whether the two channels change places: received on the right.
    public var swapsChannels = false
    /// The longest duration; `nil` records until it is stopped.
    public var maximumDuration: Duration?
    /// The mean amplitude (0…32767) below which audio counts as silence (`silence_thresh`); 0 never.
    public var silenceThreshold = 0
    /// Whether what is sent counts as sound too; a prompt is none where it does not.
    public var hearsSent = false
    /// So much silence ends the recording (`silence_hits`); `nil` never.
    public var silenceDuration: Duration?
    /// So much silence at the beginning ends it; `nil` is as much as later on, zero never.
    public var initialSilence: Duration?

    /// What the peer says, without limits.
    public init() {}
}
