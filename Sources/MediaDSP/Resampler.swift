#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Changes the sample rate of a stream: a polyphase filter with a windowed sinc, in 16-bit fixed point.
///
/// The delay line makes consecutive blocks join without a click. Any pair of rates from 1 to 384 kHz works; the usual
/// telephone and sound-file rates are exact, odd ones use the nearest of 512 phases.
public struct Resampler: Sendable {
    private let upsampling: Int
    private let downsampling: Int
    private let phases: Int
    private let taps: Int
    /// `phases` rows of `taps` coefficients, Q14, latest sample first.
    private let coefficients: [Int16]
    /// The last `taps` samples, twice, so that every window of them is contiguous.
    private var line: [Int16]
    private var head = 0
    private var position = 0

    /// The rates in Hz that are accepted.
    public static let rates = 1000...384_000
    private static let maximumPhases = 512

    /// A converter between two rates; `nil` when one is out of range.
    public init?(from input: Int, to output: Int) {
        guard Self.rates.contains(input), Self.rates.contains(output) else { return nil }
        let divisor = Self.greatestCommonDivisor(input, output)
        (upsampling, downsampling) = (output / divisor, input / divisor)
        phases = min(upsampling, Self.maximumPhases)
        let ratio = max(1, Double(input) / Double(output))
        taps = Int((24 * ratio).rounded(.up))
        coefficients = Self.design(phases: phases, taps: taps, cutoff: 0.92 / ratio)
        line = [Int16](repeating: 0, count: taps * 2)
    }

    /// How many samples a block of `count` can give at most.
    public func maximumOutput(for count: Int) -> Int {
        count * upsampling / downsampling + 2
    }

    /// Converts a whole block; gives how many samples were written, and drops those that do not fit.
    public mutating func process(_ input: Span<Int16>, into output: inout MutableSpan<Int16>) -> Int {
        var written = 0
        for index in 0..<input.count {
            head = head == 0 ? taps &- 1 : head &- 1
            line[head] = input[index]
            line[head &+ taps] = input[index]
            while position < upsampling {
                if written < output.count {
                    output[written] = filtered()
                    written &+= 1
                }
                position &+= downsampling
            }
            position &-= upsampling
        }
        return written
    }

    private func filtered() -> Int16 {
        let row = (phases == upsampling ? position : position * phases / upsampling) &* taps
        let window = line.span.extracting(head..<(head &+ taps))
        let weights = coefficients.span.extracting(row..<(row &+ taps))
        var sum: Int32 = 1 << 13
        for tap in 0..<taps { sum &+= Int32(window[tap]) &* Int32(weights[tap]) }
        return Int16(clamping: sum >> 14)
    }

    /// Each phase is a sinc under a Blackman window, scaled so that its sum is exactly 1: no phase is louder.
    private static func design(phases: Int, taps: Int, cutoff: Double) -> [Int16] {
        var table: [Int16] = []
        table.reserveCapacity(phases * taps)
        for phase in 0..<phases {
            let fraction = Double(phase) / Double(phases)
            var row: [Double] = []
            row.reserveCapacity(taps)
            for tap in 0..<taps {
                let time = Double(tap) + fraction - Double(taps) / 2
                let angle = .pi * cutoff * time
                let sinc = angle == 0 ? 1 : sin(angle) / angle
                let turn = 2 * .pi * (Double(tap) + fraction) / Double(taps)
                row.append(sinc * (0.42 - 0.5 * cos(turn) + 0.08 * cos(2 * turn)))
            }
            let sum = row.reduce(0, +)
            table.append(contentsOf: row.map { Int16(clamping: Int(($0 / sum * 16_384).rounded())) })
        }
        return table
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (first, second) = (first, second)
        while second != 0 { (first, second) = (second, first % second) }
        return first
    }
}
