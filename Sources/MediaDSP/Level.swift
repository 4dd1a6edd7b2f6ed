/// Loudness and mixing.
public enum Level: Sendable {
    /// The mean amplitude of samples, 0…32767: what `silence_thresh` and energy levels are compared with.
    public static func meanAmplitude(_ samples: Span<Int16>) -> Int {
        guard !samples.isEmpty else { return 0 }
        var sum = 0
        for index in 0..<samples.count { sum &+= Int(samples[index].magnitude) }
        return min(sum / samples.count, Int(Int16.max))
    }

    /// A factor that leaves samples as they are; factors count in parts of it.
    public static let unity: Int32 = 1 << 12

    /// A factor of at most 8 in parts of ``unity``.
    public static func factor(_ factor: Double) -> Int32 {
        Int32(min(max(factor, 0), 8) * Double(unity))
    }

    /// Makes samples louder or quieter, without wrapping round.
    public static func scale(_ samples: inout MutableSpan<Int16>, by factor: Int32) {
        for index in samples.indices {
            samples[index] = Int16(clamping: (Int64(samples[index]) &* Int64(factor)) >> 12)
        }
    }

    /// Two samples at once, without wrapping round.
    @inline(__always)
    public static func mix(_ left: Int16, _ right: Int16) -> Int16 {
        Int16(clamping: Int32(left) &+ Int32(right))
    }
}
