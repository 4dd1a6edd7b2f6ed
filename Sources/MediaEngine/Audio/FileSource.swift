import MediaDSP
import Synchronization

/// A long file, read ahead by the file threads into a ring of two seconds.
final class FileSource: AudioSource {
    private struct State {
        var samples: SampleFIFO
        var isReading = false
        var isAtEnd = false
        var isClosed = false
    }

    /// The part that only the job that reads touches; there is never more than one.
    // @unchecked: `isReading` in the locked state admits one job at a time.
    private final class Reader: @unchecked Sendable {
        let file: SoundFile
        var resampler: Resampler?

        init(_ file: consuming SoundFile, rate: Int) {
            resampler = file.rate == rate ? nil : Resampler(from: file.rate, to: rate)
            self.file = file
        }

        /// The next quarter of a second or so; empty at the end.
        func next() -> [Int16] {
            let input = file.readMono(frames: file.rate / 4)
            guard resampler != nil, !input.isEmpty else { return input }
            let room = resampler?.maximumOutput(for: input.count) ?? 0
            var output = [Int16](repeating: 0, count: room)
            var span = output.mutableSpan
            let count = resampler?.process(input.span, into: &span) ?? 0
            return Array(output[..<count])
        }
    }

    let rate: Int
    private let pool: BlockingPool
    private let reader: Reader
    private let state: Mutex<State>
    private let capacity: Int

    init(_ file: consuming SoundFile, rate: Int, pool: BlockingPool) {
        (self.rate, self.pool) = (rate, pool)
        reader = Reader(file, rate: rate)
        capacity = rate * 2
        state = Mutex(State(samples: SampleFIFO(capacity: capacity)))
    }

    deinit {
        // Closing a file may block, and the last to hold the source is a media loop.
        let reader = reader
        _ = pool.submit(isVital: true) { _ = reader }
    }

    /// Fills the ring for the first time; called on a file thread before anyone reads.
    func prime() {
        fill()
    }

    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        let (result, needsMore): (AudioRead, Bool) = state.withLock { state in
            let count = state.samples.count > 0 ? state.samples.take(into: samples) : 0
            let needsMore = !state.isAtEnd && !state.isReading && state.samples.count < capacity / 2
            if needsMore { state.isReading = true }
            if count > 0 { return (.samples(count), needsMore) }
            return (state.isAtEnd ? .finished : .starved, needsMore)
        }
        if needsMore, !pool.submit({ self.fill() }) {
            state.withLock { $0.isReading = false }
        }
        return result
    }

    func close() {
        state.withLock { $0.isClosed = true }
    }

    private func fill() {
        while true {
            let chunk = reader.next()
            let isEnough = state.withLock { state in
                chunk.withUnsafeBufferPointer { state.samples.append($0) }
                if chunk.isEmpty { state.isAtEnd = true }
                let isEnough = chunk.isEmpty || state.isClosed || state.samples.count + rate / 2 > capacity
                if isEnough { state.isReading = false }
                return isEnough
            }
            if isEnough { return }
        }
    }
}
