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
    /// Who asks through which resolver.
    private let learning = Mutex(ResolverLearning())
    /// Whether that is learned: only where somebody tells of arrivals.
    private let learns: Bool

    /// A desk that knows nothing yet.
    public init(_ configuration: SmartDNSConfiguration) {
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
    private func change<Result>(_ body: (inout Steering) -> Result) -> Result {
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
    private func client(of asker: IPPrefix) -> IPPrefix {
        guard learns, asker.length == asker.address.bitWidth else { return asker }
        return (learning.withLockIfAvailable { $0.clients(of: asker.address) } ?? nil) ?? asker
    }

    // MARK: - Commands

    /// What operators may say, over the back end's socket or HTTP; `help` says what that is.
    public func command(_ text: String) -> String {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" }).map(String.init)
        switch (words.first ?? "", words.count) {
        case ("explain", 3): return explain(words[1], words[2])
        case ("status", 1): return status()
        case ("drain", 2), ("undrain", 2): return drain(words[1], words[0] == "drain")
        case ("observe", 4): return observe(words[1], by: words[2], words[3])
        default:
            return "-USAGE: explain NAME NETWORK | status | drain CENTER | undrain CENTER | observe CENTER WHO STATE\n"
        }
    }

    private func explain(_ name: String, _ network: String) -> String {
        guard let name = DomainName(name) else { return "-ERR \(name) is no name\n" }
        guard let asker = IPPrefix(network) else { return "-ERR \(network) is no network\n" }
        let plan = plan
        let (zones, copy) = (plan.zones, plan.state.withLock { $0 })
        guard let zone = zones.index(of: name), let steered = zones.zones[zone].steered[name] else {
            return "-ERR \(name) is no name that depends on who asks\n"
        }
        let network = client(of: asker)
        var text = network == asker ? "" : "\(asker.address) is a resolver: its clients are in \(network)\n"
        text += copy.explanation(of: network, at: .now)
        var deciding = copy
        // What most get: none is sent where more should be known.
        let decision = deciding.decide(network, at: .now, chance: 0, explores: false)
        for row in zones.steeredRows(name, steered, .any, chance: 0, decision: decision) {
            text += "  \(row.name) \(row.ttl) \(row.data.type) \(row.data)\n"
        }
        return text
    }

    private func status() -> String {
        let resolvers = learning.withLock { $0.count }
        return plan.state.withLock { steering in
            var text = "networks \(steering.networkCount), rows refused \(steering.refusedRows)"
            text += ", resolvers \(resolvers)\n"
            for (index, name) in steering.dataCenters.enumerated() {
                let state = steering.liveness.isUp(index) ? "up" : "down"
                let draining = steering.liveness.isDraining(index) ? ", draining" : ""
                text += "  \(name): \(state)\(draining), share \(steering.shares.share(index).text(places: 2)), "
                text += "changes \(steering.liveness.changes(index))\n"
            }
            return text
        }
    }

    private func drain(_ name: String, _ isDraining: Bool) -> String {
        change { steering in
            guard let center = steering.dataCenters.firstIndex(of: name) else { return "-ERR no data center \(name)\n" }
            steering.liveness.setDraining(center, isDraining)
            return "+OK\n"
        }
    }

    private func observe(_ name: String, by observer: String, _ word: String) -> String {
        let words: [String: Liveness.Observation] = ["silent": .silent, "unready": .unready, "ready": .ready]
        guard let observation = words[word], observer.utf8.count <= 64 else {
            return "-ERR expected silent, unready or ready\n"
        }
        return observe(name, by: observer, observation) ? "+OK\n" : "-ERR no data center \(name)\n"
    }
}
