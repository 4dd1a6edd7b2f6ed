import Base
import SwitchCore
import Synchronization

/// Counts the uses of limited resources in memory: the backends `hash` and `db`.
final class LimitTable: LimitBackend {
    private struct Item {
        var holders: Set<String> = []
        var rate = 0
        var interval = 0
        var intervalBegan: Int64 = 0
    }

    private struct State {
        var items: [LimitedResource: Item] = [:]
        /// What each channel holds.
        var held: [String: Set<LimitedResource>] = [:]
        /// When there was last looked for what may be forgotten.
        var lastSweep: Int64?
    }

    /// How many resources are counted at most; beyond them nothing more is granted.
    static let limit = 100_000

    private let state = Mutex(State())
    private let seconds: @Sendable () -> Int64

    /// - Parameter seconds: A clock for the intervals of rates, which does not go back.
    init(seconds: @escaping @Sendable () -> Int64 = { MachineClock.monotonic.nanoseconds / 1_000_000_000 }) {
        self.seconds = seconds
    }

    func take(_ resource: LimitedResource, maximum: LimitMaximum, for channel: String) -> LimitDecision {
        let now = seconds()
        return state.withLock { state in
            Self.makeRoom(&state, now)
            guard state.items[resource] != nil || state.items.count < Self.limit else {
                return LimitDecision(isGranted: false, usage: LimitUsage())
            }
            var item = state.items[resource] ?? Item()
            let isNew = !item.holders.contains(channel)
            var isGranted = true
            if maximum.interval > 0 {
                Self.countAttempt(&item, interval: maximum.interval, now)
                if let count = maximum.count { isGranted = item.rate <= count }
            } else if let count = maximum.count {
                isGranted = item.holders.count + (isNew ? 1 : 0) <= count
            }
            if isGranted {
                item.holders.insert(channel)
                state.held[channel, default: []].insert(resource)
            }
            // Nothing is kept of what nobody holds and no rate counts.
            state.items[resource] = item.holders.isEmpty && item.rate == 0 ? nil : item
            return LimitDecision(isGranted: isGranted, usage: LimitUsage(total: item.holders.count, rate: item.rate))
        }
    }

    func release(_ resource: LimitedResource?, by channel: String) {
        state.withLock { state in
            let released = resource.map { [$0] } ?? Array(state.held[channel] ?? [])
            for resource in released {
                state.items[resource]?.holders.remove(channel)
                state.held[channel]?.remove(resource)
                if let item = state.items[resource], item.holders.isEmpty, item.rate == 0 {
                    state.items[resource] = nil
                }
            }
            if state.held[channel]?.isEmpty == true { state.held[channel] = nil }
        }
    }

    func usage(of resource: LimitedResource) -> LimitUsage {
        state.withLock { state in
            let item = state.items[resource]
            return LimitUsage(total: item?.holders.count ?? 0, rate: item?.rate ?? 0)
        }
    }

    func resetInterval(of resource: LimitedResource) {
        let now = seconds()
        state.withLock { state in
            state.items[resource]?.rate = 0
            state.items[resource]?.intervalBegan = now
        }
    }

    var count: Int { state.withLock { $0.items.count } }

    func reset() {
        state.withLock { $0 = State() }
    }

    /// A line for each resource, as `hash_dump` shows them.
    var lines: [String] {
        state.withLock { $0.items }.sorted { $0.key.key < $1.key.key }.map { resource, item in
            "L/\(resource.key)/\(item.holders.count)/\(item.rate)/\(item.interval)/\(item.intervalBegan)"
        }
    }

    private static func countAttempt(_ item: inout Item, interval: Int, _ now: Int64) {
        item.interval = interval
        if item.rate == 0 || item.intervalBegan <= now - Int64(interval) {
            item.rate = 1
            item.intervalBegan = now
        } else {
            // Every attempt counts, also one that is refused.
            item.rate += 1
        }
    }

    /// Forgets resources of which only a rate is left whose interval is over; once a second at most, as all are looked at.
    private static func makeRoom(_ state: inout State, _ now: Int64) {
        guard state.items.count >= limit, state.lastSweep != now else { return }
        state.lastSweep = now
        state.items = state.items.filter {
            !$0.value.holders.isEmpty || $0.value.intervalBegan > now - Int64($0.value.interval)
        }
    }
}
