/// Loudness and mixing.
public enum Level: Sendable {
    /// The mean amplitude of samples, 0…32767: what `silence_thresh` and energy levels are compared with.
    public static func meanAmplitude(_ samples: Span<Int16>) -> Int {
        guard !samples.isEmpty else { return 0 }
        var sum = 0
        for index in 0..<samples.count { sum &+= Int(samples[index].magnitude) }
        return min(sum / samples.count, Int(Int16.max))
    }

    /// Two samples at once, without wrapping round.
    @inline(__always)
    public static func mix(_ left: Int16, _ right: Int16) -> Int16 {
        Int16(clamping: Int32(left) &+ Int32(right))
    }
}
