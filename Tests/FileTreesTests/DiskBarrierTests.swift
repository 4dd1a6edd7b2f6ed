import Synchronization
import Testing

@testable import FileTrees

/// A file system that tells each failure to write once on each descriptor, as Linux does.
private final class FailingDisk: Sendable {
    private struct State {
        var failures = 0
        /// What was told already, by descriptor.
        var told: [Int32: Int] = [:]
    }

    private let state = Mutex(State())

    /// Bytes of somebody could not be written.
    func fail() { state.withLock { $0.failures += 1 } }

    func synchronize(_ file: OpenFile) -> Bool {
        state.withLock { state in
            let told = state.told[file.descriptor] ?? 0
            state.told[file.descriptor] = state.failures
            return told == state.failures
        }
    }

    /// On how many descriptors was asked.
    var descriptors: Int { state.withLock { $0.told.count } }
}

/// Somebody else who comes while a barrier is being waited for.
private final class Intruder: Sendable {
    private struct State {
        var barrier: DiskBarrier?
        var outcomes: [Bool] = []
    }

    private let state = Mutex(State())

    var outcomes: [Bool] { state.withLock { $0.outcomes } }

    func use(_ barrier: DiskBarrier?) { state.withLock { $0.barrier = barrier } }

    func come() {
        guard let barrier = state.withLock({ $0.barrier }) else { return }
        let outcome = barrier.synchronize()
        state.withLock { $0.outcomes.append(outcome) }
    }
}

@Suite struct DiskBarrierTests {
    /// Two wait at the same time: a failure is told to both, and who is one too many knows nothing.
    @Test func aFailureIsToldToAllWhoWait() throws {
        let test = try TestFolder()
        let disk = FailingDisk()
        let intruder = Intruder()
        let barrier = try DiskBarrier(test.folder.staged) { file in
            let isDone = disk.synchronize(file)
            intruder.come()
            return isDone
        }
        intruder.use(barrier)
        disk.fail()
        #expect(!barrier.synchronize())
        #expect(intruder.outcomes == [false, false])
        #expect(disk.descriptors == DiskBarrier.places)
        #expect(barrier.failures == DiskBarrier.places)
        // What comes after it is written.
        #expect(barrier.synchronize())
        intruder.use(nil)
    }

    /// A failure that was told with other files counts for what had been begun by then, and for nothing that comes later.
    @Test func whatWasBegunBeforeAFailureIsAskedAboutByItself() throws {
        let test = try TestFolder()
        let disk = FailingDisk()
        let barrier = try DiskBarrier(test.folder.staged) { disk.synchronize($0) }
        let begun = barrier.failures
        disk.fail()
        #expect(!barrier.synchronize())
        #expect(barrier.synchronize())
        #expect(barrier.failures != begun)
        let later = barrier.failures
        #expect(barrier.synchronize())
        #expect(barrier.failures == later)
    }

    /// Of a file that somebody began earlier it is not known whether all of it was written.
    @Test func aFileOfAnEarlierTimeIsAskedAboutByItself() throws {
        let test = try TestFolder()
        let fresh = try StagedFile(1, in: test.folder)
        #expect(fresh.wasEmpty)
        #expect(fresh.failuresBefore == test.folder.barrier.failures)
        try fresh.write([1], at: 0)
        #expect(try fresh.renamed(to: 2).failuresBefore == fresh.failuresBefore)
        let again = try StagedFile(2, in: test.folder)
        #expect(!again.wasEmpty)
        #expect(again.failuresBefore == nil)
    }
}
