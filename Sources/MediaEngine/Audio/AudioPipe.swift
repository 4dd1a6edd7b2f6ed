import Synchronization

/// Carries what is heard on one stream to another: the sink of a recording here, the source of a playback there.
///
/// That is how one call listens in on another (`eavesdrop`), whichever loops the two live on:
///
/// ```
/// let pipe = AudioPipe(rate: 8000)
/// call.record(to: pipe, options: bothDirections)
/// listener.play(pipe)
/// ```
///
/// Both ends go by the same clock. A reader that comes late hears the latest quarter of a second; the pipe fills up to
/// a reserve before it is read, at first and whenever it has run dry.
public final class AudioPipe: AudioSink, AudioSource {
    private struct State {
        var samples: SampleFIFO
        var isFilling = true
        var isFinished = false
        var isClosed = false
        var frames = 0
    }

    /// The rate of the samples in Hz.
    public let rate: Int
    /// One: both directions are mixed.
    public let channels = 1
    private let reserve: Int
    private let state: Mutex<State>

    /// A pipe for samples at `rate` Hz.
    public init(rate: Int) {
        self.rate = min(max(rate, 8000), 48_000)
        reserve = self.rate / 25
        state = Mutex(State(samples: SampleFIFO(capacity: self.rate / 4)))
    }

    /// Takes samples; false once nobody reads them any more.
    public func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
        state.withLock { state in
            guard !state.isClosed, !state.isFinished else { return false }
            state.samples.append(samples)
            state.frames += samples.count
            return true
        }
    }

    /// Nothing more comes: the reader gets what is left.
    public func finish(_ completion: @escaping @Sendable (AudioSinkResult) -> Void) {
        let frames = state.withLock { state in
            state.isFinished = true
            return state.frames
        }
        completion(AudioSinkResult(frames: frames, bytes: frames * MemoryLayout<Int16>.size))
    }

    /// Gives what has been written.
    public func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        state.withLock { state in
            if state.isFilling, state.samples.count < reserve, !state.isFinished { return .starved }
            state.isFilling = false
            guard state.samples.count > 0 else {
                state.isFilling = true
                return state.isFinished ? .finished : .starved
            }
            return .samples(state.samples.take(into: samples))
        }
    }

    /// Nobody reads any more.
    public func close() {
        state.withLock { $0.isClosed = true }
    }
}
