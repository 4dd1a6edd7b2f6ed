import MediaEngine
import Synchronization
import Testing

/// A sound that many hear at the same place.
@Suite(.timeLimit(.minutes(1))) struct SharedSoundTests {
    /// Counts up, a sample at a time, from a number that a test may change; what is asked of it is counted.
    private final class Counting: SoundFeed {
        private let state = Mutex((next: 0, parts: 0, isOver: false))

        var parts: Int { state.withLock { $0.parts } }

        func jump(to number: Int) { state.withLock { $0.next = number } }

        func finish() { state.withLock { $0.isOver = true } }

        func next() -> [Int16] {
            state.withLock { state in
                guard !state.isOver else { return [] }
                state.parts += 1
                defer { state.next += 2000 }
                return (state.next..<(state.next + 2000)).map { Int16(truncatingIfNeeded: $0) }
            }
        }
    }

    private static let rate = 8000

    private static func sound(_ feed: Counting) throws -> (MediaEngine, SharedSound) {
        let engine = try makeEngine()
        return (engine, engine.audio.share(feed, rate: rate))
    }

    /// The first and the last sample of the next so many packets; the file threads are waited for.
    private static func hear(_ packets: Int, _ source: any AudioSource) async -> [Int]? {
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
        defer { buffer.deallocate() }
        var (first, last): (Int?, Int) = (nil, 0)
        for _ in 0..<packets {
            while true {
                switch source.read(into: buffer) {
                case .samples(let count):
                    first = first ?? Int(buffer[0])
                    last = Int(buffer[count - 1])
                case .starved:
                    await Task.yield()
                    continue
                case .finished: return nil
                }
                break
            }
        }
        return first.map { [$0, last] }
    }

    @Test func whoComesLaterHearsWhatTheOthersHear() async throws {
        let (engine, sound) = try Self.sound(Counting())
        let early = await sound.listen()
        #expect(await Self.hear(3, early) == [0, 479])
        let late = await sound.listen()
        #expect(await Self.hear(1, late) == [320, 479])
        #expect(await Self.hear(1, early) == [480, 639])
        #expect(await Self.hear(1, late) == [480, 639])
        #expect(sound.listenerCount == 2)
        early.close()
        early.close()
        #expect(sound.listenerCount == 1)
        #expect(await Self.hear(1, late) == [640, 799])
        await engine.shutdown()
    }

    /// A packet or two behind is no matter; somebody who was held up for long joins the others again.
    @Test(arguments: [(2, [160, 319]), (9, [160, 319]), (20, [3040, 3199])])
    func whoIsHeldUpCatchesUp(_ packets: Int, _ heard: [Int]) async throws {
        let (engine, sound) = try Self.sound(Counting())
        let (slow, quick) = (await sound.listen(), await sound.listen())
        #expect(await Self.hear(1, slow) == [0, 159])
        _ = await Self.hear(packets, quick)
        #expect(await Self.hear(1, slow) == heard)
        await engine.shutdown()
    }

    /// The sound is read once, however many hear it, and not at all while nobody does.
    @Test(arguments: [1, 50]) func isReadOnce(_ listeners: Int) async throws {
        let feed = Counting()
        let (engine, sound) = try Self.sound(feed)
        #expect(feed.parts == 0)
        var all: [any AudioSource] = []
        for _ in 0..<listeners { all.append(await sound.listen()) }
        for _ in 0..<10 {
            for source in all { #expect(await Self.hear(1, source) != nil) }
        }
        // A second is read ahead, and a fifth of one was heard.
        #expect(feed.parts == 4)
        await engine.shutdown()
    }

    @Test func whatWasReadAheadIsLeftOut() async throws {
        let feed = Counting()
        let (engine, sound) = try Self.sound(feed)
        let source = await sound.listen()
        #expect(await Self.hear(1, source) == [0, 159])
        feed.jump(to: 20_000)
        sound.skip()
        #expect(await Self.hear(1, source) == [20_000, 20_159])
        await engine.shutdown()
    }

    @Test(arguments: [true, false]) func ends(_ isAtOnce: Bool) async throws {
        let feed = Counting()
        let (engine, sound) = try Self.sound(feed)
        let source = await sound.listen()
        #expect(await Self.hear(1, source) == [0, 159])
        if isAtOnce { sound.end() } else { feed.finish() }
        // What had been read is heard where the feed is over, and not where the sound was ended.
        let heard = await Self.hear(49, source)
        #expect(heard == (isAtOnce ? nil : [160, 7999]))
        #expect(await Self.hear(1, source) == nil)
        #expect(await Self.hear(1, await sound.listen()) == nil)
        await engine.shutdown()
    }
}
