import Synchronization

/// A recording's file: the loop puts samples into a ring of four seconds, the file threads write them.
final class FileSink: AudioSink {
    private struct State {
        var pending: [Int16] = []
        var isWriting = false
        var lostFrames = 0
        var completion: (@Sendable (AudioSinkResult) -> Void)?
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
            guard state.failure == nil, state.completion == nil, state.result == nil else { return (false, false) }
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
            guard state.completion == nil else { return (nil, false) }
            state.completion = completion
            defer { state.isWriting = true }
            return (nil, !state.isWriting)
        }
        if let earlier { return completion(earlier) }
        if startsJob { _ = pool.submit(isVital: true) { self.drain() } }
    }

    /// Writes what is there until nothing is, and ends the file if that was asked for.
    private func drain() {
        while true {
            let (samples, isLast): ([Int16], Bool) = state.withLock { state in
                defer {
                    state.pending = []
                    state.pending.reserveCapacity(limit)
                }
                return (state.pending, state.completion != nil)
            }
            if !samples.isEmpty, let failure = writer.write(samples, channels: channels) {
                state.withLock { $0.failure = failure }
            }
            if isLast { return end() }
            let isDone = state.withLock { state in
                guard state.completion == nil else { return false }
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
        let (completion, result) = state.withLock { state in
            let result = AudioSinkResult(
                frames: frames,
                bytes: bytes,
                lostFrames: state.lostFrames,
                failure: state.failure
            )
            (state.result, state.pending) = (result, [])
            defer { state.completion = nil }
            return (state.completion, result)
        }
        completion?(result)
    }
}
