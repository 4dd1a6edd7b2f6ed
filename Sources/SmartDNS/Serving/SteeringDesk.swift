public import Base
import DNSMessage
public import NetworkConditions
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Decides for all listeners of the process.
///
/// Who does not get a decision within the budget of a look-up answers with those that can be used, in the configured order.
public final class SteeringDesk: Sendable {
    /// How long a look-up waits for a decision.
    static let budget = Duration.milliseconds(2)

    // Whoever holds `writers` may take the plan's own lock, and inside of that this one.
    private let current: Mutex<SteeringPlan>
    /// Held by those who work on a copy of what is known, for as long as that takes.
    private let writers = Mutex(())
    /// What each switch knows, for explanations.
    let parts: PartSource?
    /// Who asks through which resolver.
    let learning = Mutex(ResolverLearning())
    /// Whether that is learned: only where somebody tells of arrivals.
    private let learns: Bool

    /// What each switch of a data center knows of a network.
    public typealias PartSource = @Sendable (IPPrefix, _ dataCenter: String) -> [(node: String, row: NetworkCondition)]

    /// A desk that knows nothing yet.
    ///
    /// - Parameter parts: What each switch knows, where the rows say which one wrote them.
    public init(_ configuration: SmartDNSConfiguration, parts: PartSource? = nil) {
        self.parts = parts
        let centers = configuration.dataCenters
        learns = configuration.conditionsDSN != nil
        var steering = Steering(dataCenters: centers.map(\.name), policy: configuration.policy)
        for (index, center) in centers.enumerated() where center.isDraining {
            steering.liveness.setDraining(index, true)
        }
        // What was said before a restart is not known, and what is said now is not older.
        configuration.zones.serial.advance(to: Self.unixTime)
        current = Mutex(SteeringPlan(configuration, steering))
    }

    /// What is in force: an answer takes it once.
    var plan: SteeringPlan { current.withLock { $0 } }

    /// Where somebody should go.
    ///
    /// - Parameters:
    ///   - network: The asker's; `nil` for nobody in particular.
    ///   - chance: A random number.
    public func decide(_ network: IPPrefix?, chance: UInt64) -> SteeringDecision {
        decide(network, with: plan, chance: chance, explores: true)
    }

    /// The same with what was in force when an answer was begun.
    func decide(_ asker: IPPrefix?, with plan: SteeringPlan, chance: UInt64, explores: Bool) -> SteeringDecision {
        plan.decide(asker.map { client(of: $0) }, chance: chance, explores: explores)
    }

    /// Puts another configuration in force: what is known stays, for the data centers that have the same names.
    ///
    /// A data center is emptied as before, unless the configuration says something else of it than before.
    public func reload(_ configuration: SmartDNSConfiguration) {
        writers.withLock { _ in
            let before = plan
            let names = configuration.dataCenters.map(\.name)
            let known = before.state.withLock { $0 }
            var adopted = known.adopted(by: names, policy: configuration.policy)
            let origins = adopted.dataCenters.map { known.dataCenters.firstIndex(of: $0) }
            configuration.zones.adoptSerials(of: before.zones, at: Self.unixTime)
            before.state.withLock { latest in
                adopted.follow(latest, origins)
                for (index, center) in configuration.dataCenters.enumerated() {
                    let was = origins[index].map { before.centers[$0].isDraining }
                    if was != center.isDraining { adopted.liveness.setDraining(index, center.isDraining) }
                }
                let next = SteeringPlan(configuration, adopted)
                current.withLock { $0 = next }
            }
        }
    }

    private static var unixTime: UInt32 { UInt32(truncatingIfNeeded: Int64(MachineClock.wall.seconds)) }

    /// Changes who can be used, in the plan that is in force.
    func change<Result>(_ body: (inout Steering) -> Result) -> Result {
        while true {
            let plan = plan
            let result: Result? = plan.change(at: Self.unixTime) { steering in
                current.withLock { $0 === plan } ? body(&steering) : nil
            }
            if let result { return result }
        }
    }

    // MARK: - What is known

    /// Takes in rows.
    public func update(_ conditions: [NetworkCondition]) {
        guard !conditions.isEmpty else { return }
        writers.withLock { _ in plan.take(conditions) }
    }

    /// Takes in that time has passed.
    public func tick() {
        change { steering in
            let now = MonotonicInstant.now
            let before = steering.dataCenters.indices.map { steering.liveness.isUp($0) }
            steering.liveness.tick(at: now)
            for (index, wasUp) in before.enumerated() where !wasUp && steering.liveness.isUp(index) {
                steering.shares.restart(index, at: now)
            }
            steering.shares.tick(at: now)
        }
    }

    /// Forgets what is old; on a copy too, for it builds everything anew.
    public func expire() {
        writers.withLock { _ in plan.rework { $0.expire(at: .now) } }
        learning.withLock { $0.expire(at: .now) }
    }

    /// What is known, for the disk, as one text.
    public func snapshot() -> String {
        SteeringSnapshot.text(of: copy(), at: .now)
    }

    /// What is known.
    func copy() -> Steering { plan.state.withLock { $0 } }

    /// Takes what was known before a restart.
    ///
    /// - Returns: How many lines were understood; `nil` when it is no snapshot.
    public func restore(_ text: String, age: Duration) -> Int? {
        change { SteeringSnapshot.restore(text, into: &$0, age: age, at: .now) }
    }

    /// Takes what was known before a restart, from a body that reads it.
    func restore<Result>(_ body: (inout Steering) -> Result) -> Result { change(body) }

    /// Takes in what somebody saw of a data center; of one that is not configured nothing is kept.
    ///
    /// - Parameter misses: How often in a row it was silent.
    /// - Returns: Whether it is configured.
    @discardableResult
    func observe(_ name: String, by observer: String, _ observation: Liveness.Observation, misses: Int = 1) -> Bool {
        change { steering in
            guard let center = steering.dataCenters.firstIndex(of: name) else { return false }
            steering.liveness.observe(center, by: observer, observation, misses: misses, at: .now)
            return true
        }
    }

    /// Takes in how much of its capacity each data center uses, by its name; of those that are not there nobody knows.
    func noteLoads(_ loads: [String: Double]) {
        change { steering in
            for (index, name) in steering.dataCenters.enumerated() {
                steering.shares.setLoad(index, loads[name], at: .now)
            }
        }
    }

    // MARK: - Resolvers

    /// Somebody has asked for a name that depends on who asks; when that is a resolver, its clients come soon.
    ///
    /// Nobody waits for it: what cannot be noted at once is not.
    func noteQuestion(_ name: DomainName, from asker: IPAddress) {
        guard learns else { return }
        _ = learning.withLockIfAvailable { $0.asked("\(name)", by: asker, at: .now) }
    }

    /// Users of a domain have come from a network.
    func noteArrival(_ name: String, from network: IPPrefix, at seen: MonotonicInstant) {
        learning.withLock { $0.arrived(name, from: network, at: seen) }
    }

    /// For whom a question is, as far as that is known: the network of most clients of a resolver, or who asks.
    func client(of asker: IPPrefix) -> IPPrefix {
        guard learns, asker.length == asker.address.bitWidth else { return asker }
        return (learning.withLockIfAvailable { $0.clients(of: asker.address) } ?? nil) ?? asker
    }
}
