import NIOCore
import NIOPosix
import Testing

@testable import XMLCurl

struct FetchQueueTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// Waits until so many wait.
    private static func settle(_ queue: FetchQueue, waiting: Int) async {
        while queue.counts.waiting != waiting { await Task.yield() }
    }

    @Test func letsThemGoInOrder() async {
        let queue = FetchQueue(limit: 1, length: 2)
        #expect(await queue.enter(within: .seconds(600), on: loop) == .entered)
        let first = Task { await queue.enter(within: .seconds(600), on: loop) }
        await Self.settle(queue, waiting: 1)
        let second = Task { await queue.enter(within: .seconds(600), on: loop) }
        await Self.settle(queue, waiting: 2)
        #expect(await queue.enter(within: .seconds(600), on: loop) == .full)
        queue.leave()
        #expect(await first.value == .entered)
        #expect(queue.counts == (1, 1))
        queue.leave()
        #expect(await second.value == .entered)
        queue.leave()
        #expect(queue.counts == (0, 0))
        #expect(await queue.enter(within: .seconds(600), on: loop) == .entered)
    }

    @Test func nobodyWaitsForEver() async {
        let queue = FetchQueue(limit: 1, length: 2)
        #expect(await queue.enter(within: .seconds(600), on: loop) == .entered)
        #expect(await queue.enter(within: .milliseconds(1), on: loop) == .late)
        let cancelled = Task { await queue.enter(within: .seconds(600), on: loop) }
        await Self.settle(queue, waiting: 1)
        cancelled.cancel()
        #expect(await cancelled.value == .late)
        #expect(queue.counts == (1, 0))
    }
}
