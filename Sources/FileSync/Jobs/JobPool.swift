import FileReplication
import Glibc
import NIOPosix
import Synchronization

/// Has jobs done by a few threads that may block: those for one file one after the other, placings together.
final class JobPool: Sendable {
    /// The jobs that are done one after the other.
    enum Lane: Hashable, Sendable {
        case staged(UInt64)
        case path(TreePath)
        case alone(UInt64)
    }

    /// Something to be done.
    struct Work: Sendable {
        let run: @Sendable () -> Void
    }

    /// Something to be done behind everything of its lane.
    struct Item: Sendable {
        let lane: Lane
        let work: Work

        init(_ lane: Lane, _ run: @escaping @Sendable () -> Void) {
            (self.lane, work) = (lane, Work(run: run))
        }
    }

    /// A placing, and who is told.
    struct Placing: Sendable {
        let placement: JobRunner.Placement
        let runner: JobRunner
        let done: @Sendable (JobOutcome) -> Void
    }

    /// The most files that are placed together: those that come first do not wait for many others.
    private static let mostTogether = 128
    /// The most lanes that one thread is given at once, and the fewest, where there are so many: waking one takes longer than
    /// a short job.
    private static let mostAtOnce = 32
    private static let fewestAtOnce = 4
    /// How many threads place files.
    private static let placers = 2
    /// While files come one after the other, they gather.
    ///
    /// As long as more come in each of so many microseconds, and so often at most; the first one never waits.
    private static let gathering: (pause: UInt32, count: Int) = (1000, 25)
    /// How many threads do what takes long, so that what does not goes on beside it.
    private static let longThreads = 2

    private struct State {
        var lanes: [Lane: [Work]] = [:]
        var placings: [Placing] = []
        var placers = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let count: Int
    private let threads: NIOThreadPool
    private let long: NIOThreadPool
    private let placing: NIOThreadPool

    init(threads count: Int) {
        self.count = max(count, 1)
        threads = NIOThreadPool(numberOfThreads: self.count)
        long = NIOThreadPool(numberOfThreads: Self.longThreads)
        placing = NIOThreadPool(numberOfThreads: Self.placers)
        for pool in [threads, long, placing] { pool.start() }
    }

    /// Does something behind everything of its lane.
    func submit(_ lane: Lane, isLong: Bool = false, _ run: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            guard !state.isStopped else { return false }
            state.lanes[lane, default: []].append(Work(run: run))
            return state.lanes[lane]?.count == 1
        }
        if isFirst { begin(isLong ? long : threads) { self.run(lane) } }
    }

    /// Does many short things, each behind everything of its lane; a thread is woken for some of them together.
    func submit(_ items: [Item]) {
        let ready = state.withLock { state in
            var ready: [Lane] = []
            for item in items where !state.isStopped {
                state.lanes[item.lane, default: []].append(item.work)
                if state.lanes[item.lane]?.count == 1 { ready.append(item.lane) }
            }
            return ready
        }
        let share = max(Self.fewestAtOnce, min(Self.mostAtOnce, (ready.count + count - 1) / count))
        for start in stride(from: 0, to: ready.count, by: share) {
            let some = ready[start..<min(start + share, ready.count)]
            begin(threads) {
                for lane in some { self.run(lane) }
            }
        }
    }

    /// Does something that waits for nothing else.
    ///
    /// - Parameter orElse: Is called in its place when the pool ends before its turn.
    func submit(
        isLong: Bool = false,
        _ run: @escaping @Sendable () -> Void,
        orElse: (@Sendable () -> Void)? = nil
    ) {
        begin(isLong ? long : threads, run, orElse: orElse)
    }

    /// Has a thread begin with something, unless the pool has ended by then: what is left over is handed out too.
    private func begin(
        _ pool: NIOThreadPool,
        _ run: @escaping @Sendable () -> Void,
        orElse: (@Sendable () -> Void)? = nil
    ) {
        pool.submit { condition in
            if condition == .active, !self.isStopped { run() } else { orElse?() }
        }
    }

    private func run(_ lane: Lane) {
        while let work = next(of: lane) {
            work.run()
            let isEmpty = state.withLock { state in
                state.lanes[lane]?.removeFirst()
                guard state.lanes[lane]?.isEmpty == true else { return false }
                state.lanes[lane] = nil
                return true
            }
            if isEmpty { return }
        }
    }

    private func next(of lane: Lane) -> Work? {
        state.withLock { state in state.isStopped ? nil : state.lanes[lane]?.first }
    }

    /// Places a file behind everything of its lane, with others that come meanwhile.
    func place(_ item: Placing, behind lane: Lane) {
        let isBehind = state.withLock { state in
            guard !state.isStopped, state.lanes[lane] != nil else { return false }
            state.lanes[lane]?.append(Work { self.place(item) })
            return true
        }
        if !isBehind { place(item) }
    }

    private func place(_ item: Placing) {
        let isNeeded = state.withLock { state in
            guard !state.isStopped else { return false }
            state.placings.append(item)
            guard state.placers < Self.placers else { return false }
            state.placers += 1
            return true
        }
        if isNeeded { begin(placing) { self.placeMore() } }
    }

    /// Waits until enough is to be placed together, or nothing comes any more: the disk takes as long for many as for a few.
    private func gather() {
        var last = 0
        for _ in 0..<Self.gathering.count {
            let waiting = state.withLock { $0.placings.count }
            guard waiting > last, waiting < Self.mostTogether else { return }
            last = waiting
            usleep(Self.gathering.pause)
        }
    }

    private func placeMore() {
        var isFirst = true
        while true {
            if !isFirst { gather() }
            isFirst = false
            let batch = state.withLock { state in
                guard !state.isStopped else { return [Placing]() }
                // Those after the root was opened anew are placed by another runner.
                let runner = state.placings.first?.runner
                let batch = Array(state.placings.prefix(Self.mostTogether).prefix { $0.runner === runner })
                state.placings.removeFirst(batch.count)
                if batch.isEmpty { state.placers -= 1 }
                return batch
            }
            guard let first = batch.first else { return }
            let outcomes = first.runner.place(batch.map(\.placement))
            for (item, outcome) in zip(batch, outcomes) { item.done(outcome) }
        }
    }

    /// Whether nothing more is begun.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Ends the threads when they have done what they are at; what waits is not done.
    func stop() async {
        state.withLock { $0.isStopped = true }
        for pool in [threads, long, placing] { try? await pool.shutdownGracefully() }
        // It may hold files open.
        state.withLock { ($0.lanes, $0.placings) = ([:], []) }
    }
}
