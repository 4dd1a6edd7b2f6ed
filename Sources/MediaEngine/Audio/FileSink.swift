import Synchronization

/// A recording's file: the loop puts samples into a ring of four seconds, the file threads write them.
final class FileSink: AudioSink {
    private struct State {
        var pending: [Int16] = []
        var isWriting = false
        var lostFrames = 0
        var completions: [@Sendable (AudioSinkResult) -> Void] = []
        var result: AudioSinkResult?
        var failure: String?
    }

    /// The part that only the job that writes touches.
    // @unchecked: `isWriting` in the locked state admits one job at a time.
    private final class Writer: @unchecked Sendable {
        var file: SoundFile?
        var frames = 0

        init(_ file: consuming SoundFile) {
            self.file = consume file
        }

        func write(_ samples: [Int16], channels: Int) -> String? {
            guard file != nil else { return "closed" }
            frames += samples.count / channels
            return file?.write(samples) == true ? nil : file?.failure ?? "closed"
        }
    }

    let rate: Int
    let channels: Int
    private let path: String
    private let pool: BlockingPool
    private let writer: Writer
    private let state = Mutex(State())
    private let limit: Int
    private let threshold: Int

    init(_ file: consuming SoundFile, pool: BlockingPool) {
        (rate, channels, path, self.pool) = (file.rate, file.channels, file.path, pool)
        (limit, threshold) = (file.rate * file.channels * 4, file.rate * file.channels / 2)
        writer = Writer(file)
        state.withLock { $0.pending.reserveCapacity(limit) }
    }

    deinit {
        // A sink that was never finished still holds what was said last; whoever drops it may not wait for the disk.
        let (rest, writer, channels) = (state.withLock { $0.pending }, writer, channels)
        _ = pool.submit(isVital: true) {
            if !rest.isEmpty { _ = writer.write(rest, channels: channels) }
            writer.file = nil
        }
    }

    func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
        let (isGood, startsJob): (Bool, Bool) = state.withLock { state in
            guard state.failure == nil, state.completions.isEmpty, state.result == nil else { return (false, false) }
            if state.pending.count + samples.count <= limit {
                state.pending.append(contentsOf: samples)
            } else {
                state.lostFrames += samples.count / channels
            }
            guard !state.isWriting, state.pending.count >= threshold else { return (true, false) }
            state.isWriting = true
            return (true, true)
        }
        if startsJob, !pool.submit({ self.drain() }) { state.withLock { $0.isWriting = false } }
        return isGood
    }

    func finish(_ completion: @escaping @Sendable (AudioSinkResult) -> Void) {
        let (earlier, startsJob): (AudioSinkResult?, Bool) = state.withLock { state in
            if let result = state.result { return (result, false) }
            state.completions.append(completion)
            defer { state.isWriting = true }
            return (nil, !state.isWriting)
        }
        if let earlier { return completion(earlier) }
        if startsJob { _ = pool.submit(isVital: true) { self.drain() } }
    }

    /// Writes what is there until nothing is, and ends the file if that was asked for.
    private func drain() {
        // Two buffers take turns, so that nothing is allocated while the loop may wait for the lock.
        var spare: [Int16] = []
        spare.reserveCapacity(limit)
        while true {
            let isLast = state.withLock { state in
                swap(&state.pending, &spare)
                return !state.completions.isEmpty
            }
            if !spare.isEmpty, let failure = writer.write(spare, channels: channels) {
                state.withLock { $0.failure = failure }
            }
            spare.removeAll(keepingCapacity: true)
            if isLast { return end() }
            let isDone = state.withLock { state in
                guard state.completions.isEmpty else { return false }
                state.isWriting = false
                return true
            }
            if isDone { return }
        }
    }

    private func end() {
        writer.file = nil
        let frames = writer.frames
        let bytes = FileVersion(path)?.size ?? 0
        let (completions, result) = state.withLock { state in
            let result = AudioSinkResult(
                frames: frames,
                bytes: bytes,
                lostFrames: state.lostFrames,
                failure: state.failure
            )
            (state.result, state.pending) = (result, [])
            defer { state.completions = [] }
            return (state.completions, result)
        }
        for completion in completions { completion(result) }
    }
}
