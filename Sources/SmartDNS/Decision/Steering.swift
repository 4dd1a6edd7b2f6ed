public import Base
public import NetworkConditions

/// Decides which data center an address should go to.
///
/// A value: what is known and the time go in, decisions come out.
public struct Steering: Sendable {
    /// The most data centers.
    public static let maximumDataCenters = Verdict.maximumDataCenters

    /// The names of the data centers, as configured: the first is the best when nothing is known.
    public let dataCenters: [String]
    /// How it decides.
    public var policy: SteeringPolicy
    /// Who is alive.
    public var liveness: Liveness
    /// How much of what it could have each data center gets.
    public var shares: LoadShares
    var tree: NetworkTree
    private var budget: ExplorationBudget

    /// Nothing is known yet; every data center is taken to be alive.
    ///
    /// - Parameter dataCenters: At least one; of more than ``maximumDataCenters`` the first ones count.
    public init(dataCenters: [String], policy: SteeringPolicy = SteeringPolicy()) {
        self.dataCenters = Array(dataCenters.prefix(Self.maximumDataCenters))
        self.policy = policy
        liveness = Liveness(count: self.dataCenters.count)
        shares = LoadShares(count: self.dataCenters.count)
        tree = NetworkTree(width: self.dataCenters.count)
        budget = ExplorationBudget()
    }

    /// How many networks are known, with those around them.
    public var networkCount: Int { tree.nodes.count }
    /// How many rows were left out, because there were too many or they were too wide.
    public var refusedRows: Int { tree.refused }

    // MARK: - What is known

    /// Takes in rows of the shared table.
    ///
    /// Rows of data centers that are not configured are left aside.
    public mutating func update(_ conditions: some Sequence<NetworkCondition>) {
        load(conditions)
        rollUp()
    }

    /// Takes in rows of a large table, part by part; they count once ``rollUp()`` has been called.
    public mutating func load(_ conditions: some Sequence<NetworkCondition>) {
        for condition in conditions {
            guard let center = dataCenters.firstIndex(of: condition.dataCenter) else { continue }
            tree.set(
                condition.network,
                center,
                PathCell(roundTrip: condition.roundTrip, loss: condition.loss, jitter: condition.jitter),
                newest: Self.seconds(condition.newest)
            )
        }
    }

    /// Makes rows count, for their networks and for those around them.
    public mutating func rollUp() { tree.rollUp() }

    /// Forgets networks of which nothing was heard for long.
    public mutating func expire(at now: MonotonicInstant) {
        let oldest = Self.seconds(now) &- min(Self.seconds(now), UInt32(policy.retention / .seconds(1)))
        tree = tree.without(olderThan: oldest)
    }

    /// Seconds of a machine that has just been started are late enough for what was seen before it was.
    private static let epoch: Int64 = 1 << 30

    static func seconds(_ instant: MonotonicInstant) -> UInt32 {
        UInt32(clamping: instant.nanoseconds / 1_000_000_000 + epoch)
    }

    /// What is known, for the data centers of another configuration: those of the same names are the same ones.
    public func adopted(by names: [String], policy: SteeringPolicy) -> Steering {
        var adopted = Steering(dataCenters: names, policy: policy)
        let origins = adopted.dataCenters.map { dataCenters.firstIndex(of: $0) }
        adopted.liveness = liveness.mapped(origins)
        adopted.shares = shares.mapped(origins)
        if adopted.dataCenters == dataCenters {
            adopted.tree = tree
            // Whatever was decided with another policy is decided again.
            adopted.tree.rollUp()
        } else {
            let places = dataCenters.map { adopted.dataCenters.firstIndex(of: $0) }
            adopted.tree = tree.rebuilt(width: adopted.dataCenters.count, places: places)
        }
        return adopted
    }

    // MARK: - Deciding

    /// Where somebody in a network should go.
    ///
    /// - Parameters:
    ///   - network: The asker's, as far as it is known; a whole address for one.
    ///   - chance: A random number, by which a few are sent where more should be known.
    ///   - explores: Whether this answer can send somebody there.
    public mutating func decide(
        _ network: IPPrefix,
        at now: MonotonicInstant,
        chance: UInt64,
        explores: Bool = true
    ) -> SteeringDecision {
        let path = path(of: network)
        let verdict = verdict(path, at: now)
        var order: [Int] = []
        order.reserveCapacity(dataCenters.count)
        let part = NetworkKey.part(of: network, length: path.scope)
        // Those that are full come behind the others: they are better than nothing.
        var full: [Int] = []
        for place in dataCenters.indices {
            let center = verdict.place(place)
            guard liveness.isUsable(center) else { continue }
            if shares.accepts(center, part: part) { order.append(center) } else { full.append(center) }
        }
        order += full
        let isLastResort = order.isEmpty
        if isLastResort { order = Array(dataCenters.indices) }
        var decision = SteeringDecision(order: order, scope: path.scope, isLastResort: isLastResort)
        // Not one that is full.
        if let candidate = verdict.explored, order.first != candidate, order.contains(candidate), !isLastResort,
            !full.contains(candidate)
        {
            decision.candidate = candidate
            decision.candidateWeight = min(max(policy.explorationShare, 0), 50)
            if explores, budget.take(chance: chance, policy: policy, at: now) {
                decision.explored = candidate
                // Few are sent there: the answer is not for a whole region of which nothing is known.
                decision.scope = max(path.scope, min(network.length, Self.exploredScope(network)))
            }
        }
        return decision
    }

    /// The widest network that is sent somewhere for more to be known.
    private static func exploredScope(_ network: IPPrefix) -> Int { network.address.family == .v6 ? 48 : 24 }

    /// The best data center of a network, weighed anew, whatever was decided before; nothing is kept.
    public func weighed(_ network: IPPrefix, at now: MonotonicInstant) -> Int? {
        let path = path(of: network)
        let previous = path.nodes.last.map { tree.verdicts[$0].verdict } ?? tree.wholeVerdict
        return weigh(path.nodes, previous, inherited: nil, at: now).winner
    }

    /// The networks around an asker of which something is known, and for how much of the address a decision is good.
    struct Path {
        /// The networks that decide, the widest first.
        var nodes: [Int] = []
        /// The length of the scope.
        var scope: Int
    }

    func path(of network: IPPrefix) -> Path {
        let address = network.address
        let lengths = NetworkKey.lengths(isV6: address.family == .v6)
        var path = Path(scope: Int(lengths[0]))
        for (level, length) in lengths.enumerated() where Int(length) <= network.length {
            guard let index = tree.index(of: NetworkKey(address, level: level)) else { break }
            if level >= NetworkKey.firstDeciding { path.nodes.append(index) }
            // Networks inside may have decisions of their own, which a wide answer would hide (RFC 7871 §7.2.1): the
            // answer is good for the part of this network only in which nothing else is known.
            let next = tree.nodes[index].hasChildren ? level + 1 : level
            path.scope = Int(lengths[min(next, lengths.count - 1)])
        }
        while let last = path.nodes.last, tree.weight(last) < policy.minimumEvidence { path.nodes.removeLast() }
        return path
    }

    private mutating func verdict(_ path: Path, at now: MonotonicInstant) -> Verdict {
        guard let node = path.nodes.last else {
            if tree.wholeGeneration != tree.generation {
                tree.wholeVerdict = weigh(path.nodes, tree.wholeVerdict, inherited: nil, at: now)
                tree.wholeGeneration = tree.generation
            }
            return tree.wholeVerdict
        }
        let known = tree.verdicts[node]
        guard known.generation != tree.generation else { return known.verdict }
        // The networks around it decide first, so that a network begins with what is right around it.
        var around = path
        around.nodes.removeLast()
        let inherited = verdict(around, at: now)
        let verdict = weigh(path.nodes, known.verdict, inherited: inherited, at: now)
        tree.verdicts[node] = VerdictTable.Entry(verdict: verdict, generation: tree.generation)
        return verdict
    }
}

/// How many may be sent where more should be known.
struct ExplorationBudget: Sendable {
    private var minute: Int64 = 0
    private var taken = 0

    mutating func take(chance: UInt64, policy: SteeringPolicy, at now: MonotonicInstant) -> Bool {
        guard policy.explorationShare > 0, chance % 100 < UInt64(min(policy.explorationShare, 100)) else {
            return false
        }
        let current = now.nanoseconds / 60_000_000_000
        if current != minute { (minute, taken) = (current, 0) }
        guard taken < policy.explorationsPerMinute else { return false }
        taken += 1
        return true
    }
}

extension NetworkKey {
    /// A number between 0 and 1 that is the same for all addresses of a network.
    static func part(of network: IPPrefix, length: Int) -> Double {
        let narrowed = IPPrefix(network.address, length: min(length, network.length)) ?? network
        let mixed = NetworkKey(narrowed.address, level: levels - 1).mixed
        return Double(mixed >> 11) / Double(UInt64(1) << 53)
    }
}
