import MediaDSP

/// A short sound from the cache.
// @unchecked: only the media loop that plays it touches the position.
final class ClipSource: AudioSource, @unchecked Sendable {
    private let clip: Clip
    private var position: Int

    init(_ clip: Clip, from position: Int) {
        self.clip = clip
        self.position = min(max(position, 0), clip.samples.count)
    }

    var rate: Int { clip.rate }

    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        let count = min(samples.count, clip.samples.count - position)
        guard count > 0 else { return .finished }
        for index in 0..<count { samples[index] = clip.samples[position + index] }
        position += count
        return .samples(count)
    }

    func seek(to sample: Int) -> Bool {
        position = min(max(sample, 0), clip.samples.count)
        return true
    }

    func close() {}
}

/// `tone_stream://`
// @unchecked: only the media loop that plays it touches the generator.
final class ToneSource: AudioSource, @unchecked Sendable {
    private var generator: ToneGenerator

    init(_ script: ToneScript, rate: Int) {
        generator = ToneGenerator(script, rate: rate)
    }

    var rate: Int { generator.rate }

    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        var output = samples.mutableSpan
        let count = generator.read(into: &output)
        return count > 0 ? .samples(count) : .finished
    }

    func close() {}
}

/// `silence_stream://milliseconds[,noise]`; the larger the noise divisor, the quieter the noise.
// @unchecked: only the media loop that plays it touches the counters.
final class SilenceSource: AudioSource, @unchecked Sendable {
    let rate: Int
    private var left: Int?
    private let divisor: Int
    private var noise: UInt32 = 0x1234_5678

    /// - Parameter milliseconds: −1 is endless.
    init(milliseconds: Int, divisor: Int, rate: Int) {
        (self.rate, self.divisor) = (rate, divisor)
        left = milliseconds < 0 ? nil : min(milliseconds, 86_400_000) * rate / 1000
    }

    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        let count = min(samples.count, left ?? samples.count)
        guard count > 0 else { return .finished }
        for index in 0..<count { samples[index] = divisor > 0 ? nextNoise() : 0 }
        left = left.map { $0 - count }
        return .samples(count)
    }

    func close() {}

    /// Numbers of a linear congruence are random enough for hiss.
    private func nextNoise() -> Int16 {
        noise = noise &* 1_664_525 &+ 1_013_904_223
        return Int16(truncatingIfNeeded: Int(Int16(truncatingIfNeeded: noise >> 16)) / max(divisor, 1))
    }
}

/// Several sources, one after the other (`file_string://a!b!c`).
// @unchecked: only the media loop that plays it touches the position.
final class SequenceSource: AudioSource, @unchecked Sendable {
    private let sources: [any AudioSource]
    private var index = 0

    init(_ sources: [any AudioSource]) {
        self.sources = sources
    }

    var rate: Int { sources.first?.rate ?? 8000 }

    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        while index < sources.count {
            let result = sources[index].read(into: samples)
            guard result == .finished else { return result }
            index += 1
        }
        return .finished
    }

    func close() {
        for source in sources { source.close() }
    }
}
