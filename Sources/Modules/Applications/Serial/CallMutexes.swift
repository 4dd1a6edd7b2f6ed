import Synchronization

/// Who holds what `mutex` names, and who waits for it: one channel at a time, in the order in which they came.
final class CallMutexes: Sendable {
    /// How a channel stands.
    enum Standing {
        case holds, waits
        /// It holds the mutex or waits for it already, or too many do.
        case refused
    }

    private struct Entry {
        let channel: String
        let wake: @Sendable () -> Void
    }

    private struct State {
        var queues: [String: [Entry]] = [:]
    }

    /// How many mutexes there are at most, and how many channels wait for one.
    static let (limit, queueLimit) = (4096, 1024)

    private let state = Mutex(State())

    /// Lets a channel hold a mutex, or wait for it.
    ///
    /// - Parameter wake: Called when a channel that waited holds it.
    func enter(_ key: String, _ channel: String, wake: @escaping @Sendable () -> Void) -> Standing {
        state.withLock { state in
            let queue = state.queues[key, default: []]
            guard !queue.contains(where: { $0.channel == channel }), queue.count < Self.queueLimit,
                !queue.isEmpty || state.queues.count < Self.limit
            else { return .refused }
            state.queues[key] = queue + [Entry(channel: channel, wake: wake)]
            return queue.isEmpty ? .holds : .waits
        }
    }

    /// Whether the channel holds the mutex.
    func isHeld(_ key: String, by channel: String) -> Bool {
        state.withLock { $0.queues[key]?.first?.channel == channel }
    }

    /// The channel holds the mutex no longer, or waits for it no longer; false when it did neither.
    @discardableResult
    func leave(_ key: String, _ channel: String) -> Bool {
        let (wasThere, next) = state.withLock { state -> (Bool, Entry?) in
            guard var queue = state.queues[key], let place = queue.firstIndex(where: { $0.channel == channel })
            else { return (false, nil) }
            queue.remove(at: place)
            state.queues[key] = queue.isEmpty ? nil : queue
            return (true, place == 0 ? queue.first : nil)
        }
        next?.wake()
        return wasThere
    }

    /// The channel has ended.
    func forget(_ channel: String) {
        let keys = state.withLock { state in
            state.queues.filter { $0.value.contains { $0.channel == channel } }.map(\.key)
        }
        for key in keys { leave(key, channel) }
    }
}
