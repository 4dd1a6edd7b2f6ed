/// Cuts what is relayed through samples into packets of the length that the receiving side asked for.
///
/// Where both sides use the same length nothing waits: a packet that is longer all the same is cut, and its end is sent at
/// once. Elsewhere samples wait until a packet is full; a packet that was lost on the way is filled in with silence, so
/// that what comes after it keeps its place in time.
struct FrameAssembler {
    private var samples: SampleFIFO
    private let frame: Int
    /// Whether a packet is put together from parts of several.
    let waits: Bool
    private let sourceRate: Int
    private let rate: Int
    /// The source's timestamp of what comes next, if nothing is lost.
    private var expected: UInt32?

    /// The longest loss that is filled in; after a longer one the source begins anew.
    private static let longestLossMilliseconds = 120
    /// A resampler gives a sample more or less; that is no reason for another packet.
    private static let slack = 8

    /// - Parameters:
    ///   - source: The format of what is appended, before it was resampled.
    ///   - target: The format that is sent; both can be decoded.
    init(from source: StreamFormat, to target: StreamFormat) {
        sourceRate = source.clockRate
        rate = target.coding?.rate ?? target.clockRate
        frame = max(rate * target.packetMilliseconds / 1000, 1)
        waits = source.packetMilliseconds != target.packetMilliseconds
        let longest = AudioCoding.maximumSamples * max((rate + sourceRate - 1) / max(sourceRate, 1), 1)
        let filled = rate * Self.longestLossMilliseconds / 1000
        samples = SampleFIFO(capacity: longest + filled + frame)
    }

    /// Takes the samples of one packet.
    ///
    /// - Parameters:
    ///   - timestamp: The packet's.
    ///   - ticks: How long it is, by the source's clock.
    /// - Returns: The source's timestamp of the first sample that waits now.
    mutating func append(_ audio: UnsafeBufferPointer<Int16>, at timestamp: UInt32, ticks: UInt32) -> UInt32 {
        let lost = expected.map { Int(Int32(bitPattern: timestamp &- $0)) } ?? 0
        if lost < 0 || lost > sourceRate * Self.longestLossMilliseconds / 1000 {
            samples.drop(samples.count)
        } else if lost > 0, waits {
            samples.append(silence: lost * rate / max(sourceRate, 1))
        }
        expected = timestamp &+ ticks
        let waiting = samples.count * sourceRate / max(rate, 1)
        samples.append(audio)
        return timestamp &- UInt32(truncatingIfNeeded: waiting)
    }

    /// Takes the samples of the next packet out; 0 when there are not enough yet.
    mutating func take(into buffer: UnsafeMutableBufferPointer<Int16>) -> Int {
        let left = samples.count
        let count = left > frame + Self.slack ? frame : left
        guard count > 0, !waits || count + Self.slack >= frame else { return 0 }
        return samples.take(into: UnsafeMutableBufferPointer(rebasing: buffer[..<min(count, buffer.count)]))
    }
}
