import Glibc
import Synchronization
import TandemTesting
import Testing

@testable import FileSync

/// What was done, in its order.
private final class Diary: Sendable {
    private let words = Mutex<[String]>([])

    var all: [String] { words.withLock { $0 } }

    func add(_ word: String) { words.withLock { $0.append(word) } }
}

/// What a job waits for, and who waits for the job.
private final class Gate: Sendable {
    private let (out, into): (Int32, Int32)

    init() {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        (out, into) = (ends[0], ends[1])
    }

    deinit {
        close(out)
        close(into)
    }

    func open() {
        var byte: UInt8 = 1
        _ = write(into, &byte, 1)
    }

    func pass() {
        var byte: UInt8 = 0
        _ = read(out, &byte, 1)
    }
}

/// Threads that do what a folder wants done.
@Suite(.timeLimit(.minutes(1))) struct JobPoolTests {
    /// What waits when the pool ends is not done, in whatever queue it is: its folder may be another one's by then.
    @Test func whatWaitsIsNotDoneAfterTheEnd() async throws {
        let pool = JobPool(threads: 1)
        let (diary, gate) = (Diary(), Gate())
        pool.submit(.alone(1)) {
            diary.add("first")
            gate.pass()
        }
        #expect(try await comesTrue { diary.all == ["first"] })
        pool.submit(.alone(1)) { diary.add("the same lane") }
        pool.submit(.alone(2)) { diary.add("another lane") }
        pool.submit([JobPool.Item(.alone(3)) { diary.add("together") }])
        pool.submit {
            diary.add("by itself")
        } orElse: {
            diary.add("given up")
        }
        async let end: Void = pool.stop()
        #expect(try await comesTrue { pool.isStopped })
        pool.submit(.alone(4)) { diary.add("later") }
        gate.open()
        await end
        pool.submit {
            diary.add("last")
        } orElse: {
            diary.add("given up too")
        }
        // What was left over is given back on a thread of the system's.
        #expect(try await comesTrue { diary.all.count == 3 })
        #expect(Set(diary.all) == ["first", "given up", "given up too"])
    }

    /// Everything is done, and what is in a lane in its order, as long as nobody ends it.
    @Test func lanesKeepTheirOrder() async throws {
        let pool = JobPool(threads: 4)
        let diary = Diary()
        let words = (0..<200).map { "\($0)" }
        for word in words { pool.submit(.alone(1)) { diary.add(word) } }
        #expect(try await comesTrue { diary.all.count == words.count })
        #expect(diary.all == words)
        await pool.stop()
    }
}
