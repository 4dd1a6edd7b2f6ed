import Base
import DNSMessage
import NetworkConditions
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// What one configuration says, and what is known for its data centers.
///
/// An answer is made with one plan from its beginning to its end, whatever is read anew meanwhile: data centers are
/// numbers here, which another configuration gives to others.
final class SteeringPlan: Sendable {
    let zones: ZoneSet
    let centers: [DataCenter]
    /// Who may copy zones.
    let transferNetworks: [IPPrefix]
    /// What a network gets over UDP.
    let rates: ResponseRates
    /// What is known: it changes behind a lock that is held for microseconds.
    let state: Mutex<Steering>
    /// A bit for each data center that can be used, for those who do not get the lock.
    private let usable = Atomic<UInt64>(.max)
    /// How many wait for the lock, to decide.
    private let waiting = Atomic(0)
    /// How many of them did not get it in time.
    private let late = Atomic(0)

    init(_ configuration: SmartDNSConfiguration, _ steering: sending Steering) {
        zones = configuration.zones
        centers = configuration.dataCenters
        transferNetworks = configuration.transferNetworks
        rates = configuration.rates
        usable.store(Self.bits(steering), ordering: .relaxed)
        state = Mutex(steering)
    }

    /// Where somebody should go; nobody in particular gets those that can be used in the configured order, as who cannot
    /// wait does.
    func decide(_ network: IPPrefix?, chance: UInt64, explores: Bool) -> SteeringDecision {
        guard let network else { return fixed() }
        let start = MonotonicInstant.now
        func attempt() -> SteeringDecision? {
            state.withLockIfAvailable { $0.decide(network, at: start, chance: chance, explores: explores) }
        }
        if let decision = attempt() { return decision }
        waiting.add(1, ordering: .relaxed)
        defer { waiting.subtract(1, ordering: .relaxed) }
        repeat {
            sched_yield()
            if let decision = attempt() { return decision }
        } while MonotonicInstant.now - start < SteeringDesk.budget
        late.add(1, ordering: .relaxed)
        var decision = fixed()
        decision.isHasty = true
        return decision
    }

    /// How many decisions could not be had in time since this configuration is in force.
    var lateDecisions: Int { late.load(ordering: .relaxed) }

    /// How often somebody with much to do lets others have the lock before going on.
    private static let turns = 64

    /// Lets those decide who wait: whoever takes the lock again at once would keep it from them all the time.
    private func giveWay() {
        var turns = 0
        while waiting.load(ordering: .relaxed) > 0, turns < Self.turns {
            sched_yield()
            turns += 1
        }
    }

    private func fixed() -> SteeringDecision {
        let bits = usable.load(ordering: .relaxed)
        let order = centers.indices.filter { bits >> UInt64($0) & 1 == 1 }
        return SteeringDecision(
            order: order.isEmpty ? Array(centers.indices) : order,
            scope: 24,
            isLastResort: order.isEmpty
        )
    }

    private static func bits(_ steering: Steering) -> UInt64 {
        steering.dataCenters.indices.reduce(UInt64(0)) { bits, center in
            steering.liveness.isUsable(center) ? bits | 1 << UInt64(center) : bits
        }
    }

    /// Changes who can be used.
    ///
    /// - Parameter time: Seconds since 1970: whoever copies zones sees by it that they say something else.
    func change<Result>(at time: UInt32, _ body: (inout Steering) -> Result) -> Result {
        state.withLock { steering in
            let result = body(&steering)
            let bits = Self.bits(steering)
            if usable.exchange(bits, ordering: .relaxed) != bits { zones.serial.advance(to: time) }
            return result
        }
    }

    /// How many rows are taken in without a copy, and how many networks are done while others wait.
    private static let fewRows = 4096
    private static let part = 32

    /// Takes in rows; they count together, when all of them are in.
    ///
    /// Few are put in beside what is there, in parts, between which others decide: to copy what is known of a million networks
    /// takes longer than to change some of them.
    func take(_ conditions: [NetworkCondition]) {
        let isLittle = conditions.count <= Self.fewRows
        guard isLittle, state.withLock({ $0.hasRoom(for: conditions.count) }) else {
            return rework { steering in
                if isLittle { steering.makeRoom(for: conditions.count) }
                steering.update(conditions)
                return true
            }
        }
        for start in stride(from: 0, to: conditions.count, by: Self.part) {
            let part = conditions[start..<min(start + Self.part, conditions.count)]
            state.withLock { $0.load(part) }
            giveWay()
        }
        while !state.withLock({ $0.rollUp(limit: Self.part) }) { giveWay() }
    }

    /// Changes much, on a copy, so that nobody waits for it; decisions of the meantime are made again.
    ///
    /// - Parameter body: Returns whether it changed anything.
    func rework(_ body: (inout Steering) -> Bool) {
        var next = state.withLock { $0 }
        guard body(&next) else { return }
        state.withLock { current in
            next.follow(current)
            swap(&current, &next)
        }
        // What was known before is given back here, where nobody waits for the lock.
    }
}
