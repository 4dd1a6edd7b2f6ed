import NIOCore
import Synchronization

/// Lets so many questions go at the same time; others wait, in order and not for ever, and not too many of them.
final class FetchQueue: Sendable {
    /// How a question fared.
    enum Entry: Sendable {
        /// It goes; ``leave()`` must follow.
        case entered
        /// Too many wait already.
        case full
        /// It has waited for as long as it could.
        case late
    }

    private struct Waiting: Sendable {
        let number: UInt64
        let promise: EventLoopPromise<Entry>
    }

    private struct State: Sendable {
        var inside = 0
        var waiting: [Waiting] = []
        var nextNumber: UInt64 = 0
    }

    private let limit: Int
    private let length: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: How many go at the same time.
    ///   - length: How many wait.
    init(limit: Int, length: Int) {
        (self.limit, self.length) = (limit, length)
    }

    /// How many are on their way, and how many wait.
    var counts: (inside: Int, waiting: Int) { state.withLock { ($0.inside, $0.waiting.count) } }

    /// Waits until a question may go.
    ///
    /// - Parameter loop: Where the time is measured.
    func enter(within time: Duration, on loop: any EventLoop) async -> Entry {
        let promise = loop.makePromise(of: Entry.self)
        let number: UInt64? = state.withLock { state in
            if state.inside < limit {
                state.inside += 1
                promise.succeed(.entered)
                return nil
            }
            guard state.waiting.count < length else {
                promise.succeed(.full)
                return nil
            }
            state.nextNumber &+= 1
            state.waiting.append(Waiting(number: state.nextNumber, promise: promise))
            return state.nextNumber
        }
        guard let number else { return (try? await promise.futureResult.get()) ?? .late }
        let timer = loop.scheduleTask(in: TimeAmount(time)) { self.giveUp(number) }
        return await withTaskCancellationHandler {
            let entry = (try? await promise.futureResult.get()) ?? .late
            timer.cancel()
            return entry
        } onCancel: {
            giveUp(number)
        }
    }

    /// A question is through; the one that has waited longest goes.
    func leave() {
        let next: Waiting? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.inside -= 1
            return nil
        }
        next?.promise.succeed(.entered)
    }

    private func giveUp(_ number: UInt64) {
        let waiting: Waiting? = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
        }
        waiting?.promise.succeed(.late)
    }
}
