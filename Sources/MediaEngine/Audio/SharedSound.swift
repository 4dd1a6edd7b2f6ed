import Synchronization

/// A sound that many hear at the same place, however many they are: it is read and decoded once.
///
/// There is no clock in it. Whoever is furthest decides where the sound is; who comes, or was held up, joins him there.
/// While nobody listens it stands still and costs nothing.
package final class SharedSound: Sendable {
    private struct State {
        var ring: SampleRing
        /// How many samples the one who is furthest has heard.
        var position = 0
        var listeners = 0
        var isReading = false
        var isOver = false
    }

    /// The rate of the samples in Hz.
    package let rate: Int
    private let feed: any SoundFeed
    private let pool: BlockingPool
    private let state: Mutex<State>
    /// Who is further behind than this jumps.
    private let patience: Int
    /// So much is read ahead.
    private let reserve: Int

    init(_ feed: any SoundFeed, rate: Int, pool: BlockingPool) {
        (self.feed, self.rate, self.pool) = (feed, rate, pool)
        (patience, reserve) = (rate / 5, rate)
        state = Mutex(State(ring: SampleRing(capacity: rate * 2)))
    }

    /// How many listen.
    package var listenerCount: Int { state.withLock { $0.listeners } }

    /// One more who listens, from where the others are.
    package func listen() async -> any AudioSource {
        let isDry = state.withLock { state in
            state.listeners += 1
            guard state.ring.end == state.position, !state.isReading, !state.isOver else { return false }
            state.isReading = true
            return true
        }
        // The first one need not begin with silence. Where too many files wait, he does.
        if isDry, await pool.run({ self.fill() }) == nil { state.withLock { $0.isReading = false } }
        return Listener(self)
    }

    /// Leaves out what has been read ahead: the feed goes on elsewhere.
    package func skip() {
        state.withLock { $0.ring.drop(to: $0.position) }
    }

    /// Ends the sound for everybody.
    package func end() {
        state.withLock { state in
            state.isOver = true
            state.ring.drop(to: state.position)
        }
    }

    private func leave() {
        state.withLock { $0.listeners -= 1 }
    }

    /// - Parameter place: How many samples of the sound lie before what the listener hears next; `nil` at the beginning.
    private func read(from place: inout Int?, into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
        let (result, needsMore): (AudioRead, Bool) = state.withLock { state in
            guard place != nil || !state.isOver else { return (.finished, false) }
            // Who joins hears what was heard last, so that it is not he who moves the sound on.
            let latest = max(state.position - samples.count, 0)
            var start = place ?? latest
            if start < state.position - patience { start = latest }
            let count = state.ring.copy(from: start, into: samples)
            place = start + count
            state.position = max(state.position, start + count)
            let needsMore = !state.isReading && !state.isOver && state.ring.end - state.position < reserve / 2
            if needsMore { state.isReading = true }
            return (count > 0 ? .samples(count) : state.isOver ? .finished : .starved, needsMore)
        }
        if needsMore, !pool.submit({ self.fill() }) { state.withLock { $0.isReading = false } }
        return result
    }

    /// Runs on a file thread, on one at a time.
    private func fill() {
        while true {
            let part = feed.next()
            let isEnough = state.withLock { state in
                if part.isEmpty { state.isOver = true }
                if !state.isOver { state.ring.append(part, keepingFrom: state.position - patience) }
                let isEnough = state.isOver || state.ring.end - state.position >= reserve
                if isEnough { state.isReading = false }
                return isEnough
            }
            if isEnough { return }
        }
    }

    /// One who listens.
    // @unchecked: only the media loop that plays it touches the place.
    private final class Listener: AudioSource, @unchecked Sendable {
        private let sound: SharedSound
        private var place: Int?
        private let isHere = Atomic<Bool>(true)

        init(_ sound: SharedSound) {
            self.sound = sound
        }

        deinit { close() }

        var rate: Int { sound.rate }

        func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead {
            sound.read(from: &place, into: samples)
        }

        func close() {
            if isHere.exchange(false, ordering: .relaxed) { sound.leave() }
        }
    }
}

/// The samples of a sound without end, as far as somebody may still want them; each has a number, from 0.
struct SampleRing {
    private var samples: [Int16]
    /// The number of the first sample that is there.
    private var start = 0
    /// The number of the sample that comes next.
    private(set) var end = 0

    init(capacity: Int) {
        samples = [Int16](repeating: 0, count: max(capacity, 1))
    }

    /// Adds samples; what is beyond the room behind `oldest` is left out.
    mutating func append(_ part: [Int16], keepingFrom oldest: Int) {
        let room = max(oldest, start) + samples.count - end
        for sample in part.prefix(max(room, 0)) {
            samples[end % samples.count] = sample
            end += 1
        }
        start = max(start, end - samples.count)
    }

    /// Forgets the samples from `position` on.
    mutating func drop(to position: Int) {
        guard position < end else { return }
        end = max(position, start)
    }

    /// Writes the samples from a number on, as far as they are there; gives how many.
    func copy(from position: Int, into output: UnsafeMutableBufferPointer<Int16>) -> Int {
        guard position >= start, position < end else { return 0 }
        let count = min(end - position, output.count)
        var index = position % samples.count
        for offset in 0..<count {
            output[offset] = samples[index]
            index = index + 1 == samples.count ? 0 : index + 1
        }
        return count
    }
}
