import MediaDSP

/// Something that is heard part by part, mono and at one rate.
///
/// Parts are asked for on threads that may wait for files, by one of them at a time.
package protocol SoundFeed: AnyObject, Sendable {
    /// The next samples; none at the end.
    func next() -> [Int16]
}

/// A sound file, a quarter of a second at a time.
// @unchecked: whoever reads lets one thread at a time do so.
package final class SoundReader: SoundFeed, @unchecked Sendable {
    private let file: SoundFile
    private let rate: Int
    private var resampler: Resampler?

    /// Opens a file, to be read at `rate` Hz.
    package convenience init(_ path: String, rate: Int) throws(MediaError) {
        try self.init(SoundFile(reading: path, rate: rate), rate: rate)
    }

    /// - Parameter file: Its rate is one of those that can be resampled.
    init(_ file: consuming SoundFile, rate: Int) throws(MediaError) {
        guard Resampler.rates.contains(file.rate) else { throw .file(path: file.path, "unsupported sample rate") }
        self.rate = rate
        resampler = file.rate == rate ? nil : Resampler(from: file.rate, to: rate)
        self.file = file
    }

    /// Goes on at a sample, counted at the rate that is read.
    func seek(to sample: Int) {
        file.seek(to: sample * file.rate / max(rate, 1))
    }

    package func next() -> [Int16] {
        let input = file.readMono(frames: file.rate / 4)
        guard resampler != nil, !input.isEmpty else { return input }
        let room = resampler?.maximumOutput(for: input.count) ?? 0
        var output = [Int16](repeating: 0, count: room)
        var span = output.mutableSpan
        let count = resampler?.process(input.span, into: &span) ?? 0
        return Array(output[..<count])
    }
}

/// Tones, a quarter of a second at a time.
// @unchecked: whoever reads lets one thread at a time do so.
package final class ToneFeed: SoundFeed, @unchecked Sendable {
    private var generator: ToneGenerator

    /// Tones in TGML; `nil` when they cannot be understood.
    package init?(_ script: String, rate: Int) {
        guard let script = ToneScript(script) else { return nil }
        generator = ToneGenerator(script, rate: rate)
    }

    package func next() -> [Int16] {
        var samples = [Int16](repeating: 0, count: max(generator.rate / 4, 1))
        var span = samples.mutableSpan
        let count = generator.read(into: &span)
        return Array(samples[..<count])
    }
}
