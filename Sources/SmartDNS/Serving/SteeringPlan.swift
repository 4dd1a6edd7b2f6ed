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
        repeat {
            let decision = state.withLockIfAvailable {
                $0.decide(network, at: start, chance: chance, explores: explores)
            }
            if let decision { return decision }
            sched_yield()
        } while MonotonicInstant.now - start < SteeringDesk.budget
        return fixed()
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

    /// Changes much, on a copy, so that nobody waits for it; decisions of the meantime are made again.
    func rework(_ body: (inout Steering) -> Void) {
        var next = state.withLock { $0 }
        body(&next)
        state.withLock { current in
            (next.liveness, next.shares) = (current.liveness, current.shares)
            swap(&current, &next)
        }
        // What was known before is given back here, where nobody waits for the lock.
    }
}
