/// Waits until somebody has spoken for a while and then says nothing (`wait_for_silence`).
///
/// Whether anything is heard and how much time passes are told separately, so that a far end that sends nothing while
/// it is silent counts as silent. Where no silence is waited for, it waits for sound without a pause (`detect_audio`).
public struct SilenceDetector: Sendable {
    private let threshold: Int
    private let silenceMilliseconds: Int
    private let soundMilliseconds: Int
    /// For how many milliseconds there has been silence, of those that count.
    public private(set) var silent = 0
    /// For how many milliseconds something has been heard, without a pause where no silence is waited for.
    public private(set) var heard = 0
    private var isLoud = false
    private var isQuiet = false

    /// - Parameters:
    ///   - threshold: the mean amplitude (0…32767) from which on audio is no silence.
    ///   - silence: so many milliseconds of silence are waited for; 0 waits for the sound alone.
    ///   - sound: so many milliseconds of sound must come first.
    public init(threshold: Int, silence: Int, sound: Int = 0) {
        (self.threshold, silenceMilliseconds, soundMilliseconds) = (threshold, silence, sound)
    }

    /// Takes samples that came.
    public mutating func received(_ samples: Span<Int16>) {
        if Level.meanAmplitude(samples) >= threshold { isLoud = true } else { isQuiet = true }
    }

    /// Time passes; true from the moment on at which the silence was long enough.
    public mutating func advance(milliseconds: Int) -> Bool {
        if isLoud {
            heard += milliseconds
            silent = 0
        } else if heard >= soundMilliseconds {
            silent += milliseconds
        } else if silenceMilliseconds == 0, isQuiet {
            heard = 0
        }
        (isLoud, isQuiet) = (false, false)
        return silent >= silenceMilliseconds && heard >= soundMilliseconds
    }
}
