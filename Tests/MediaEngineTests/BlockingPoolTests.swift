import MediaEngine
import Testing

/// The threads for what blocks.
@Suite(.timeLimit(.minutes(1))) struct BlockingPoolTests {
    /// Somebody who leaves the pool a job when nobody holds him any more, as an unfinished sound file does.
    private final class Heir: Sendable {
        private let pool: BlockingPool
        private let left: @Sendable () -> Void

        init(_ pool: BlockingPool, left: @escaping @Sendable () -> Void) {
            (self.pool, self.left) = (pool, left)
        }

        func work() {}

        deinit { _ = pool.submit(isVital: true, left) }
    }

    @Test func theLastHolderOfSomethingMayBeAJob() async {
        let pool = BlockingPool(threads: 2, queueLimit: 8)
        for _ in 0..<100 {
            await withCheckedContinuation { continuation in
                let heir = Heir(pool) { continuation.resume() }
                #expect(pool.submit { heir.work() })
            }
        }
        pool.stop()
    }
}
