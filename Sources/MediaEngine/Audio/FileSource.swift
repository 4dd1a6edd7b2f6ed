import Synchronization

/// A long file, read ahead by the file threads into a ring of two seconds.
final class FileSource: AudioSource {
    private struct State {
        var samples: SampleFIFO
        var isReading = false
        var isAtEnd = false
        var isClosed = false
        /// Where it is to go on, which the job that reads sees to.
        var target: Int?

        mutating func takeTarget() -> Int? {
            defer { target = nil }
            return target
        }
    }

    let rate: Int
    private let pool: BlockingPool
    /// Read by one job at a time: `isReading` in the locked state admits no other.
    private let reader: SoundReader
    private let state: Mutex<State>
    private let capacity: Int

    init(_ reader: SoundReader, rate: Int, pool: BlockingPool) {
        (self.reader, self.rate, self.pool) = (reader, rate, pool)
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

    func seek(to sample: Int) -> Bool {
        let startsJob = state.withLock { state in
            state.samples.drop(state.samples.count)
            (state.target, state.isAtEnd) = (sample, false)
            defer { state.isReading = true }
            return !state.isReading
        }
        if startsJob, !pool.submit({ self.fill() }) { state.withLock { $0.isReading = false } }
        return true
    }

    func close() {
        state.withLock { $0.isClosed = true }
    }

    private func fill() {
        while true {
            if let target = state.withLock({ $0.takeTarget() }) { reader.seek(to: target) }
            let chunk = reader.next()
            let isEnough = state.withLock { state in
                // What was read is not wanted any more.
                guard state.target == nil else { return false }
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
