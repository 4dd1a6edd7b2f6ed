import Base

/// Lets so many bytes a second through.
struct TokenBucket: Sendable {
    /// How much may go at once after a pause, as a part of a second's.
    private static let burst = 0.1
    /// How much of a second a frame may take, so that small things do not wait long behind it.
    private static let frameShare = 0.05
    private static let leastFrame = 1024

    private(set) var rate: ByteRate?
    private var level = 0.0
    private var filled: MonotonicInstant

    init(_ rate: ByteRate? = nil, now: MonotonicInstant) {
        (self.rate, filled) = (rate, now)
    }

    /// Changes the rate; what was sent before counts on.
    mutating func change(_ rate: ByteRate?, now: MonotonicInstant) {
        fill(now)
        self.rate = rate
        if rate == nil { level = 0 }
    }

    /// How many bytes a frame may have.
    var longestFrame: Int {
        guard let rate else { return PeerFrame.maximumPayload }
        return min(max(Int(Double(rate.bytes) * Self.frameShare), Self.leastFrame), PeerFrame.maximumPayload)
    }

    /// When the next frame may go; `nil` when it may go now.
    mutating func wait(now: MonotonicInstant) -> MonotonicInstant? {
        fill(now)
        guard let rate, level < 0 else { return nil }
        // A little later rather than a little too early, again and again.
        return now + .nanoseconds(Int64(-level / Double(rate.bytes) * 1e9) + 1_000_000)
    }

    /// A frame goes, though there may be less than it takes: the next one waits for that.
    mutating func take(_ count: Int, now: MonotonicInstant) {
        fill(now)
        if rate != nil { level -= Double(count) }
    }

    private mutating func fill(_ now: MonotonicInstant) {
        defer { filled = max(filled, now) }
        guard let rate, now > filled else { return }
        let gain = Double((now - filled).wholeNanoseconds) / 1e9 * Double(rate.bytes)
        level = min(level + gain, Double(rate.bytes) * Self.burst)
    }
}
