/// A sequence of tones as TGML writes it: `%(2000,4000,440,480);loops=-1`.
///
/// Assignments are separated by `;`: `d=` duration and `w=` wait of key tones in milliseconds, `v=` level in dBm0,
/// `l=` how often each following element and `L=` how often the whole script is played, `>=` and `<=` so many
/// milliseconds for each step down or up of `+=` dB, `loops=` the same as `L=` (−1 is endless), `c=` and `r=`
/// accepted and ignored. Elements: `%(on,off,f1,f2…)`, keys `0-9*#A-D`, and keys with times of their own `5(100,50)`.
public struct ToneScript: Hashable, Sendable {
    /// One element.
    public struct Element: Hashable, Sendable {
        /// The frequencies that sound together, in Hz; none is a pause.
        public var frequencies: [Double]
        /// How long they sound.
        public var onMilliseconds: Int
        /// How long it is quiet after that.
        public var offMilliseconds: Int
        /// The level of each frequency in dBm0.
        public var level: Double
        /// How often the element is played in a row.
        public var repetitions: Int
        /// By how many dB the level changes at each step.
        public var fadeStep: Double
        /// The time between two steps in milliseconds; 0 for a steady level.
        public var fadeMilliseconds: Int
    }

    /// The elements in order.
    public internal(set) var elements: [Element] = []
    /// How often the whole is played; −1 without end.
    public internal(set) var loops = 1

    /// The longest text that is read, in bytes.
    public static let maximumLength = 4096
    /// The most elements of a script.
    public static let maximumElements = 256
    /// The most frequencies of an element.
    public static let maximumFrequencies = 8
    /// The longest time of an element: an hour.
    public static let maximumMilliseconds = 3_600_000

    /// Reads a script; `nil` when it cannot be understood or makes no sound and no pause at all.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        var reader = ToneScriptReader(text: Array(text.utf8))
        guard let script = reader.read() else { return nil }
        self = script
    }

    init() {}

    /// The length of one pass in milliseconds.
    public var milliseconds: Int {
        elements.reduce(0) { $0 + ($1.onMilliseconds + $1.offMilliseconds) * $1.repetitions }
    }
}
