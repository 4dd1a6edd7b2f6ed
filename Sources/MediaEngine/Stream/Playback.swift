import MediaDSP

/// A source that is being played to one stream, at the stream's rate.
final class Playback {
    let id: PlaybackID
    let source: any AudioSource
    private(set) var samples = 0
    private(set) var rate: Int
    private var resampler: Resampler?
    private var input: [Int16]
    private var output: [Int16]
    private var outputRange = 0..<0
    private var isOver = false
    private var isPaused = false
    private var level = Level.unity
    private var tempo = Tempo()
    /// Samples that were read and that the tempo has not taken yet.
    private var unpaced: [Int16] = []
    private var unpacedRange = 0..<0
    /// The sample of the source that is heard next, as far as it can be moved.
    private var position = 0

    /// The samples that are read at once when the rate has to be changed.
    private static let chunk = 256
    /// The same when the tempo is changed; what is left of them when that ends is not heard.
    private static let pacedChunk = 40

    init(_ id: PlaybackID, _ source: any AudioSource, rate: Int) {
        (self.id, self.source) = (id, source)
        (self.rate, input, output) = (source.rate, [], [])
        changeRate(to: rate)
    }

    /// The stream has another rate from now on: the source goes on where it is.
    func changeRate(to rate: Int) {
        guard rate != self.rate else { return }
        self.rate = rate
        resampler = source.rate == rate ? nil : Resampler(from: source.rate, to: rate)
        input = [Int16](repeating: 0, count: resampler == nil ? 0 : Self.chunk)
        output = [Int16](repeating: 0, count: resampler?.maximumOutput(for: Self.chunk) ?? 0)
        outputRange = 0..<0
    }

    /// Does something to it from the next frame on.
    func change(_ change: PlaybackChange) {
        switch change {
        case .togglePause: isPaused.toggle()
        case .volume(let factor): level = Level.factor(factor)
        case .speed(let speed): pace(speed)
        case .faster(let speed): pace(tempo.speed + min(max(speed, -Self.longestMove), Self.longestMove))
        case .move(let milliseconds): seek(to: position + Self.samples(milliseconds, source.rate))
        case .seek(let milliseconds): seek(to: Self.samples(milliseconds, source.rate))
        }
    }

    private func seek(to sample: Int) {
        guard source.seek(to: max(sample, 0)) else { return }
        (position, outputRange, unpacedRange, isOver) = (max(sample, 0), 0..<0, 0..<0, false)
    }

    private func pace(_ speed: Int) {
        tempo.change(to: speed)
        unpaced = [Int16](repeating: 0, count: tempo.speed == 0 ? 0 : Self.pacedChunk)
        unpacedRange = 0..<0
    }

    private static let longestMove = 86_400_000

    private static func samples(_ milliseconds: Int, _ rate: Int) -> Int {
        min(max(milliseconds, -longestMove), longestMove) * rate / 1000
    }

    /// Writes the next frame, with silence where the source has nothing yet; false when there was no more at all.
    func fill(_ frame: UnsafeMutableBufferPointer<Int16>) -> Bool {
        guard !isPaused else {
            frame.update(repeating: 0)
            return true
        }
        var filled = 0
        while filled < frame.count {
            let rest = UnsafeMutableBufferPointer(rebasing: frame[filled...])
            let count = tempo.speed == 0 ? readAtRate(into: rest) : readPaced(into: rest)
            guard count > 0 else { break }
            filled += count
        }
        for index in filled..<frame.count { frame[index] = 0 }
        if level != Level.unity {
            var span = frame.mutableSpan
            Level.scale(&span, by: level)
        }
        return filled > 0 || !isOver
    }

    private func readPaced(into rest: UnsafeMutableBufferPointer<Int16>) -> Int {
        for index in 0..<rest.count {
            while tempo.isHungry {
                if unpacedRange.isEmpty {
                    unpacedRange = 0..<unpaced.withUnsafeMutableBufferPointer { readAtRate(into: $0) }
                }
                guard let first = unpacedRange.first else { return index }
                tempo.take(unpaced[first])
                unpacedRange = (first + 1)..<unpacedRange.upperBound
            }
            rest[index] = tempo.next()
        }
        return rest.count
    }

    private func readAtRate(into rest: UnsafeMutableBufferPointer<Int16>) -> Int {
        resampler == nil ? read(into: rest) : readResampled(into: rest)
    }

    private func read(into rest: UnsafeMutableBufferPointer<Int16>) -> Int {
        guard !isOver else { return 0 }
        switch source.read(into: rest) {
        case .samples(let count):
            let count = min(max(count, 0), rest.count)
            samples += count
            position += count
            return count
        case .starved:
            return 0
        case .finished:
            isOver = true
            return 0
        }
    }

    private func readResampled(into rest: UnsafeMutableBufferPointer<Int16>) -> Int {
        if outputRange.isEmpty {
            let count = input.withUnsafeMutableBufferPointer { read(into: $0) }
            guard count > 0 else { return 0 }
            var span = output.mutableSpan
            let written = resampler?.process(input.span.extracting(0..<count), into: &span) ?? 0
            outputRange = 0..<written
        }
        let count = min(outputRange.count, rest.count)
        for index in 0..<count { rest[index] = output[outputRange.lowerBound + index] }
        outputRange = (outputRange.lowerBound + count)..<outputRange.upperBound
        return count
    }
}
