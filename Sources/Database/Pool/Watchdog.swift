import Base
import Synchronization

/// Calls somebody when a deadline has passed who did not say before that it is done.
///
/// Nearly everybody does, so nothing is kept in order: one task sleeps until the earliest deadline that it knows of, and
/// looks then for what has really expired.
final class Watchdog: Sendable {
    typealias ID = UInt64

    private struct Watch {
        let deadline: MonotonicInstant
        let bark: @Sendable () -> Void
    }

    private struct State {
        var watches: [ID: Watch] = [:]
        var lastID: ID = 0
        var wakesAt = MonotonicInstant.distantFuture
        var sleeper: Task<Void, Never>?
    }

    private let origin = ContinuousClock.now
    private let state = Mutex(State())

    /// The time on this watchdog's clock.
    var now: MonotonicInstant { .zero + (ContinuousClock.now - origin) }

    /// Calls `bark` when the deadline has passed, from any thread.
    func watch(until deadline: MonotonicInstant, _ bark: @escaping @Sendable () -> Void) -> ID {
        state.withLock { state in
            state.lastID &+= 1
            state.watches[state.lastID] = Watch(deadline: deadline, bark: bark)
            if deadline < state.wakesAt { sleep(until: deadline, &state) }
            return state.lastID
        }
    }

    /// It is done: nobody is called, unless somebody has been already.
    func forget(_ id: ID) {
        state.withLock { $0.watches[id] = nil }
    }

    private func sleep(until deadline: MonotonicInstant, _ state: inout State) {
        state.sleeper?.cancel()
        state.wakesAt = deadline
        state.sleeper = Task.detached { [weak self] in
            guard let self else { return }
            try? await Task.sleep(for: deadline - now, clock: .continuous)
            if !Task.isCancelled { wake() }
        }
    }

    private func wake() {
        let now = now
        let expired = state.withLock { state in
            let expired = state.watches.filter { $0.value.deadline <= now }
            for id in expired.keys { state.watches[id] = nil }
            (state.sleeper, state.wakesAt) = (nil, .distantFuture)
            let next = state.watches.values.lazy.map(\.deadline).min()
            if let next { sleep(until: next, &state) }
            return expired.values.map(\.bark)
        }
        for bark in expired { bark() }
    }
}
