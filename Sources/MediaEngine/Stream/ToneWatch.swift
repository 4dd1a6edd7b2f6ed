import Base
import MediaDSP

/// Names one tone that a stream is watched for.
public struct ToneWatchID: Hashable, Sendable {
    let number: UInt64
}

/// Which tone is listened for, and how often it has to be heard (`tone_detect`).
public struct ToneOptions: Hashable, Sendable {
    /// The frequencies in Hz that make it up.
    public var frequencies: [Double]
    /// Whose audio it is looked for in.
    public var direction = AudioDirection.received
    /// How often it has to be heard.
    public var hits = 1
    /// After it was heard once, nothing is listened to for so long.
    public var pause = Duration.milliseconds(500)
    /// After so long without it, what was heard before does not count.
    public var expiry = Duration.seconds(5)

    /// A tone that what the peer says is watched for.
    public init(frequencies: [Double]) {
        self.frequencies = frequencies
    }

    /// Whether a detector can be made for it.
    public var isPossible: Bool { ToneDetector(frequencies: frequencies, rate: 8000) != nil }
}

/// A tone that is listened for, until it has been heard often enough.
struct ToneWatch {
    let id: ToneWatchID
    let options: ToneOptions
    private var detector: ToneDetector?
    private var rate: Int
    private var hits = 0
    /// In samples.
    private var pauseLeft = 0
    private var expiryLeft = 0

    init(_ id: ToneWatchID, _ options: ToneOptions, rate: Int) {
        (self.id, self.options, self.rate) = (id, options, rate)
        detector = ToneDetector(frequencies: options.frequencies, rate: rate)
    }

    /// The stream has another rate from now on.
    mutating func changeRate(to rate: Int) {
        guard rate != self.rate else { return }
        self = ToneWatch(id, options, rate: rate)
    }

    /// Takes what was said; true when the tone has been heard often enough.
    mutating func process(_ samples: Span<Int16>) -> Bool {
        pauseLeft = max(pauseLeft - samples.count, 0)
        guard pauseLeft == 0 else { return false }
        expiryLeft = max(expiryLeft - samples.count, 0)
        if expiryLeft == 0 { hits = 0 }
        guard detector?.process(samples) == true else { return false }
        hits += 1
        pauseLeft = Self.samples(options.pause, rate)
        expiryLeft = Self.samples(options.expiry, rate)
        return hits >= options.hits
    }

    private static let longest = Duration.seconds(3600)

    private static func samples(_ duration: Duration, _ rate: Int) -> Int {
        Int(min(duration, longest).wholeMilliseconds) * rate / 1000
    }
}
