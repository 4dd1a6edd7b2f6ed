#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The strength of one frequency in a block of samples, without a Fourier transform.
public struct Goertzel: Sendable {
    private let coefficient: Double

    /// A filter for `frequency` Hz in samples of `rate` Hz.
    public init(frequency: Double, rate: Int) {
        coefficient = Self.coefficient(frequency: frequency, rate: rate)
    }

    /// By what the filter multiplies its last value.
    static func coefficient(frequency: Double, rate: Int) -> Double {
        2 * cos(2 * .pi * frequency / Double(max(rate, 1)))
    }

    /// The share of the block's energy that is at the frequency: near 1 for a pure tone, near 0 for anything else.
    public func share(of samples: Span<Int16>) -> Double {
        var (previous, before) = (0.0, 0.0)
        var energy = 0.0
        for index in 0..<samples.count {
            let sample = Double(samples[index])
            (previous, before) = (sample + coefficient * previous - before, previous)
            energy += sample * sample
        }
        guard energy > 0 else { return 0 }
        let power = previous * previous + before * before - coefficient * previous * before
        return 2 * power / (energy * Double(samples.count))
    }
}
