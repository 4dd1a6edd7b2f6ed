public import Base
import FileReplication

/// When changes are told: at once when a file was closed, removed or moved; when it has been quiet for a while when
/// somebody is still writing, but not later than a while after the first change.
///
/// A value that is given the time. It holds a limited number of paths; with more, the folder is looked at as a whole.
public struct ChangeSettling: Sendable {
    /// How long changes wait.
    public struct Delays: Hashable, Sendable {
        /// How long a path has to be quiet.
        public var quiet: Duration
        /// How long it waits at most.
        public var longest: Duration

        /// A fifth of a second, and two seconds, unless it is said otherwise.
        public init(quiet: Duration = .milliseconds(200), longest: Duration = .seconds(2)) {
            self.quiet = quiet
            self.longest = longest
        }
    }

    /// The most paths that wait.
    public static let mostWaiting = 50_000

    private struct Waiting {
        let due: MonotonicInstant
        let last: MonotonicInstant
    }

    private let delays: Delays
    private var waiting: [TreePath: Waiting] = [:]
    /// When paths are to be looked at; what is no longer true of a path is skipped then.
    private var queue: [(at: MonotonicInstant, path: TreePath)] = []
    private var head = 0

    /// Nothing waits.
    public init(delays: Delays = Delays()) {
        self.delays = delays
    }

    /// Takes what happened.
    ///
    /// - Returns: What is told at once.
    public mutating func take(_ change: TreeChange, at now: MonotonicInstant) -> [TreeChange] {
        switch change {
        case .changed(let path):
            return wait(path, now)
        case .closed(let path), .removed(let path):
            waiting[path] = nil
            return [change]
        case .moved(let from, let to):
            // What was written under the old name is there under the new one.
            let wasWaiting = waiting.removeValue(forKey: from) != nil
            waiting[to] = nil
            return wasWaiting ? [change] + wait(to, now) : [change]
        case .rescan(let directory):
            for path in Array(waiting.keys) where path.isBelow(directory) { waiting[path] = nil }
            return [change]
        }
    }

    private mutating func wait(_ path: TreePath, _ now: MonotonicInstant) -> [TreeChange] {
        if let known = waiting[path] {
            waiting[path] = Waiting(due: known.due, last: now)
            return []
        }
        guard waiting.count < Self.mostWaiting else {
            waiting.removeAll()
            (queue, head) = ([], 0)
            return [.rescan(below: .root)]
        }
        waiting[path] = Waiting(due: now + delays.longest, last: now)
        queue.append((now + delays.quiet, path))
        return []
    }

    /// When there is something to be told, or to be looked at; `nil` when nothing waits.
    public var deadline: MonotonicInstant? { head < queue.count ? queue[head].at : nil }

    /// What has been quiet for long enough by now.
    public mutating func settle(at now: MonotonicInstant) -> [TreeChange] {
        var settled: [TreeChange] = []
        while head < queue.count, queue[head].at <= now {
            let path = queue[head].path
            head += 1
            guard let known = waiting[path] else { continue }
            let end = min(known.last + delays.quiet, known.due)
            if end <= now {
                waiting[path] = nil
                settled.append(.changed(path))
            } else {
                // Never behind what was put there later: every entry is a quiet time after some look.
                queue.append((max(end, queue.last?.at ?? end), path))
            }
        }
        if head > 1024, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        return settled
    }
}
