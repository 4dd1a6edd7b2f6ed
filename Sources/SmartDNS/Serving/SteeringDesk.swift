public import Base
import DNSMessage
public import NetworkConditions
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Decides for all listeners of the process.
///
/// What is known changes behind a lock that is held for microseconds; who does not get it within the budget of a look-up
/// answers with those that can be used, in the configured order.
public final class SteeringDesk: Sendable {
    /// How long a look-up waits for a decision.
    static let budget = Duration.milliseconds(2)

    let zones: ZoneSet
    private let centers: [DataCenter]
    let state: Mutex<Steering>
    /// A bit for each data center that can be used, for those who do not get the lock.
    private let usable = Atomic<UInt64>(.max)
    /// Who asks through which resolver.
    private let learning = Mutex(ResolverLearning())
    /// Whether that is learned: only where somebody tells of arrivals.
    private let learns: Bool

    /// A desk that knows nothing yet.
    public init(_ configuration: SmartDNSConfiguration) {
        zones = configuration.zones
        centers = configuration.dataCenters
        learns = configuration.conditionsDSN != nil
        var steering = Steering(dataCenters: centers.map(\.name), policy: configuration.policy)
        for (index, center) in centers.enumerated() where center.isDraining {
            steering.liveness.setDraining(index, true)
        }
        state = Mutex(steering)
        change { _ in }
    }

    /// Where somebody should go; nobody in particular gets those that can be used in the configured order, as who cannot
    /// wait does.
    public func decide(_ network: IPPrefix?, chance: UInt64) -> SteeringDecision {
        guard let asker = network else { return fixed() }
        let start = MonotonicInstant.now
        let network = client(of: asker)
        repeat {
            let decision = state.withLockIfAvailable { $0.decide(network, at: start, chance: chance) }
            if let decision { return decision }
            sched_yield()
        } while MonotonicInstant.now - start < Self.budget
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

    /// Changes who can be used.
    private func change<Result>(_ body: (inout Steering) -> Result) -> Result {
        state.withLock { steering in
            let result = body(&steering)
            let bits = steering.dataCenters.indices.reduce(UInt64(0)) { bits, center in
                steering.liveness.isUsable(center) ? bits | 1 << UInt64(center) : bits
            }
            usable.store(bits, ordering: .relaxed)
            return result
        }
    }

    // MARK: - What is known

    /// Takes in rows.
    ///
    /// It is done on a copy, so that nobody waits for it; decisions of the meantime are made again.
    public func update(_ conditions: [NetworkCondition]) {
        guard !conditions.isEmpty else { return }
        rework { $0.update(conditions) }
    }

    private func rework(_ body: (inout Steering) -> Void) {
        var copy = state.withLock { $0 }
        body(&copy)
        state.withLock { current in
            (copy.liveness, copy.shares) = (current.liveness, current.shares)
            current = copy
        }
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
        rework { $0.expire(at: .now) }
        learning.withLock { $0.expire(at: .now) }
    }

    /// What is known, for the disk.
    public func snapshot() -> String {
        let copy = state.withLock { $0 }
        return SteeringSnapshot.text(of: copy, at: .now)
    }

    /// Takes what was known before a restart.
    ///
    /// - Returns: How many lines were understood; `nil` when it is no snapshot.
    public func restore(_ text: String, age: Duration) -> Int? {
        change { SteeringSnapshot.restore(text, into: &$0, age: age, at: .now) }
    }

    /// Takes in what somebody saw of a data center; of one that is not configured nothing is kept.
    ///
    /// - Parameter misses: How often in a row it was silent.
    func observe(_ name: String, by observer: String, _ observation: Liveness.Observation, misses: Int = 1) {
        guard let center = centers.firstIndex(where: { $0.name == name }) else { return }
        change { $0.liveness.observe(center, by: observer, observation, misses: misses, at: .now) }
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
        guard let zone = zones.index(of: name), let steered = zones.zones[zone].steered[name] else {
            return "-ERR \(name) is no name that depends on who asks\n"
        }
        let copy = state.withLock { $0 }
        let network = client(of: asker)
        var text = network == asker ? "" : "\(asker.address) is a resolver: its clients are in \(network)\n"
        text += copy.explanation(of: network, at: .now)
        var deciding = copy
        let decision = deciding.decide(network, at: .now, chance: .max)
        for row in zones.steeredRows(name, steered, .any, chance: 0, decision: decision) {
            text += "  \(row.name) \(row.ttl) \(row.data.type) \(row.data)\n"
        }
        return text
    }

    private func status() -> String {
        state.withLock { steering in
            var text = "networks \(steering.networkCount), rows refused \(steering.refusedRows)"
            text += ", resolvers \(learning.withLock { $0.count })\n"
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
        guard let center = centers.firstIndex(where: { $0.name == name }) else {
            return "-ERR no data center \(name)\n"
        }
        change { $0.liveness.setDraining(center, isDraining) }
        return "+OK\n"
    }

    private func observe(_ name: String, by observer: String, _ word: String) -> String {
        guard centers.contains(where: { $0.name == name }) else { return "-ERR no data center \(name)\n" }
        let words: [String: Liveness.Observation] = ["silent": .silent, "unready": .unready, "ready": .ready]
        guard let observation = words[word], observer.utf8.count <= 64 else {
            return "-ERR expected silent, unready or ready\n"
        }
        observe(name, by: observer, observation)
        return "+OK\n"
    }
}
