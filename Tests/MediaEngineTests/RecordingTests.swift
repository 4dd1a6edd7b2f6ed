import Base
import Glibc
import MediaEngine
import Synchronization
import Testing

/// How two directions that arrive unevenly become one file.
@Suite struct RecordingTests {
    /// Keeps what it is given.
    private final class Memory: AudioSink {
        let rate: Int
        let channels: Int
        private let stored = Mutex<[Int16]>([])

        init(rate: Int = 8000, channels: Int = 2) {
            (self.rate, self.channels) = (rate, channels)
        }

        var samples: [Int16] { stored.withLock { $0 } }

        /// One of the two channels.
        func channel(_ number: Int) -> [Int16] {
            stride(from: number, to: samples.count, by: channels).map { samples[$0] }
        }

        func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
            stored.withLock { $0.append(contentsOf: samples) }
            return true
        }

        func finish(_ completion: @escaping @Sendable (AudioSinkResult) -> Void) {}
    }

    private final class Gate: Sendable {
        let isOpen = Atomic(false)
    }

    private static var bothWays: RecordingOptions {
        var options = RecordingOptions()
        options.takesSent = true
        return options
    }

    private static func append(_ value: Int16, count: Int = 160, _ take: (UnsafeBufferPointer<Int16>) -> Void) {
        [Int16](repeating: value, count: count).withUnsafeBufferPointer(take)
    }

    /// What a recording of both directions has when one second of each was said.
    @Test(
        arguments: [
            (RecordingMode.running, false, [1, 2]), (.running, true, [2, 1]), (.masked, false, [0, 0]),
            (.paused, false, []),
        ] as [(RecordingMode, Bool, [Int16])]
    )
    func records(_ mode: RecordingMode, swapped: Bool, frame: [Int16]) {
        let memory = Memory()
        var options = Self.bothWays
        options.swapsChannels = swapped
        let recording = Recording(RecordingID(number: 1), memory, options, rate: 8000)
        recording.mode = mode
        for _ in 0..<50 {
            Self.append(1, recording.append(received:))
            Self.append(2, recording.append(sent:))
            #expect(recording.advance(milliseconds: 20) == nil)
        }
        #expect(memory.samples == [[Int16]](repeating: frame, count: 8000).flatMap(\.self))
    }

    /// Frames of 20 ms, loud (`#`) or silent (`.`), in either direction; in which the recording ends, and why.
    @Test(
        arguments: [
            ("....", nil, 60, 3, RecordingEnd.silence), ("..#....", nil, 60, 6, .silence),
            ("....", 80, 40, 4, .noInput), ("..#..", 80, 40, 5, .silence), ("......", .some(0), 40, nil, nil),
            ("#......", .some(0), 40, 3, .silence), ("#......", 40, 0, nil, nil),
        ] as [(String, Int?, Int, Int?, RecordingEnd?)]
    )
    func silenceEndsIt(_ frames: String, _ initial: Int?, _ silence: Int, _ number: Int?, _ end: RecordingEnd?) {
        for isSent in [false, true] {
            var options = Self.bothWays
            options.silenceThreshold = 200
            options.hearsSent = isSent
            options.silenceDuration = .milliseconds(silence)
            options.initialSilence = initial.map { .milliseconds($0) }
            let recording = Recording(RecordingID(number: 1), Memory(), options, rate: 8000)
            var ended: (Int, RecordingEnd)?
            for (index, frame) in frames.enumerated() where ended == nil {
                let level: Int16 = frame == "#" ? 1000 : 100
                Self.append(level, isSent ? recording.append(sent:) : recording.append(received:))
                if let reason = recording.advance(milliseconds: 20) { ended = (index + 1, reason) }
            }
            #expect(ended?.0 == number)
            #expect(ended?.1 == end)
        }
    }

    /// After a burst one direction would stay behind the other; within two seconds they are side by side again.
    @Test func aBurstIsMadeUpFor() throws {
        let memory = Memory()
        let recording = Recording(RecordingID(number: 1), memory, Self.bothWays, rate: 8000)
        for frame in 0..<200 {
            let value = Int16(frame)
            // Nothing is received for 160 ms, then all of it at once.
            if frame == 8 { for late in 0..<8 { Self.append(Int16(late), recording.append(received:)) } }
            if frame >= 8 { Self.append(value, recording.append(received:)) }
            Self.append(value, recording.append(sent:))
            #expect(recording.advance(milliseconds: 20) == nil)
        }
        let (left, right) = (memory.channel(0), memory.channel(1))
        #expect(left.count == 200 * 160 && right.count == left.count)
        #expect(right[20 * 160] == 20 && left[20 * 160] == 12, "behind at first")
        #expect(right[199 * 160] == 199)
        #expect(left[199 * 160] >= 198, "one frame of reserve at most")
    }

    @Test(arguments: [(8000, 16_000), (16_000, 8000), (8000, 8000)])
    func aNewRateGoesOnInTheSameFile(before: Int, after: Int) {
        let memory = Memory(channels: 1)
        let recording = Recording(RecordingID(number: 1), memory, RecordingOptions(), rate: before)
        for _ in 0..<50 {
            Self.append(1000, count: before / 50, recording.append(received:))
            _ = recording.advance(milliseconds: 20)
        }
        recording.changeRate(to: after)
        for _ in 0..<50 {
            Self.append(1000, count: after / 50, recording.append(received:))
            _ = recording.advance(milliseconds: 20)
        }
        #expect(memory.samples.count == 16_000)
        #expect(memory.samples.suffix(4000).allSatisfy { abs(Int($0) - 1000) < 30 })
    }

    /// In a mono file both directions are mixed; whether the far end is silent is still told by what it says.
    @Test func aPromptIsNoSpeech() {
        var options = Self.bothWays
        (options.silenceThreshold, options.silenceDuration) = (200, .milliseconds(100))
        let recording = Recording(RecordingID(number: 1), Memory(channels: 1), options, rate: 8000)
        var end: RecordingEnd?
        for _ in 0..<5 {
            Self.append(8000, recording.append(sent:))
            end = recording.advance(milliseconds: 20)
        }
        #expect(end == .silence)
    }

    /// A job that blocks must not hold up one that waits behind it while there is a thread left.
    @Test func fileJobsDoNotWaitForEachOther() async throws {
        let pool = BlockingPool(threads: 2, queueLimit: 10)
        let gate = Gate()
        for _ in 0..<200 {
            gate.isOpen.store(false, ordering: .releasing)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await pool.run {
                        while !gate.isOpen.load(ordering: .acquiring) { sched_yield() }
                        return .success(())
                    }
                }
                group.addTask {
                    try await pool.run {
                        gate.isOpen.store(true, ordering: .releasing)
                        return .success(())
                    }
                }
                try await group.waitForAll()
            }
        }
        pool.stop()
    }
}
