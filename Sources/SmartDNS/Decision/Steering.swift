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
    private var budget = ExplorationBudget()

    /// Nothing is known yet; every data center is taken to be alive.
    ///
    /// - Parameter dataCenters: At least one; of more than ``maximumDataCenters`` the first ones count.
    public init(dataCenters: [String], policy: SteeringPolicy = SteeringPolicy()) {
        self.dataCenters = Array(dataCenters.prefix(Self.maximumDataCenters))
        self.policy = policy
        liveness = Liveness(count: self.dataCenters.count)
        shares = LoadShares(count: self.dataCenters.count)
        shares.callSeconds = policy.callSeconds
        tree = NetworkTree(width: self.dataCenters.count)
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
            let cell = PathCell(
                roundTrip: condition.roundTrip,
                loss: condition.loss,
                jitter: condition.jitter,
                newest: Self.seconds(condition.newest)
            )
            tree.set(condition.network, center, cell)
        }
    }

    /// Makes rows count, for their networks and for those around them.
    public mutating func rollUp() { tree.rollUp() }

    /// The same little by little.
    ///
    /// - Parameter limit: How many networks are summed up at most.
    /// - Returns: Whether that was all: only then rows count.
    mutating func rollUp(limit: Int) -> Bool {
        guard tree.sumUp(limit: limit) else { return false }
        tree.beginState()
        return true
    }

    /// Whether rows of so many networks can be taken in without much work.
    func hasRoom(for networks: Int) -> Bool { tree.hasRoom(for: networks * NetworkKey.levels) }

    /// Makes room for rows of so many networks.
    mutating func makeRoom(for networks: Int) {
        tree.makeRoom(for: min(networks, NetworkTree.maximumNodes) * NetworkKey.levels)
    }

    /// Forgets paths of which nothing was heard for long.
    ///
    /// - Returns: Whether there were any.
    @discardableResult
    public mutating func expire(at now: MonotonicInstant) -> Bool {
        let oldest = Self.seconds(now) &- min(Self.seconds(now), UInt32(policy.retention / .seconds(1)))
        guard let kept = tree.without(olderThan: oldest) else { return false }
        tree = kept
        return true
    }

    /// What goes on while somebody works on a copy: that is here afterwards, too.
    ///
    /// - Parameter origins: For each data center, which one of the others it is; `nil` when they are the same.
    mutating func follow(_ current: Steering, _ origins: [Int?]? = nil) {
        liveness = origins.map { current.liveness.mapped($0) } ?? current.liveness
        shares = origins.map { current.shares.mapped($0) } ?? current.shares
        shares.callSeconds = policy.callSeconds
        budget = current.budget
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
        adopted.follow(self, origins)
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
        tree.beginState(at: Self.seconds(now), every: Self.weighing)
        let node = tree.deepest(network)
        let scope = scope(of: network, node)
        let verdict = verdict(node, at: now)
        var order: [Int] = []
        order.reserveCapacity(dataCenters.count)
        let part = NetworkKey.part(of: network, length: scope)
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
        var decision = SteeringDecision(order: order, scope: scope, isLastResort: isLastResort)
        // Not one that is full.
        if let candidate = verdict.explored, order.first != candidate, order.contains(candidate), !isLastResort,
            !full.contains(candidate)
        {
            decision.candidate = candidate
            decision.candidateWeight = min(max(policy.explorationShare, 0), 50)
            if explores, budget.take(chance: chance, policy: policy, at: now) {
                decision.explored = candidate
                // Few are sent there: the answer is not for a whole region of which nothing is known.
                decision.scope = max(scope, min(network.length, Self.exploredScope(network)))
            }
        }
        return decision
    }

    /// The widest network that is sent somewhere for more to be known.
    private static func exploredScope(_ network: IPPrefix) -> Int { network.address.family == .v6 ? 48 : 24 }

    /// How often decisions are made again while nothing comes in, in seconds: evidence becomes older.
    private static let weighing: UInt32 = 10

    /// The best data center of a network, weighed anew, whatever was decided before; nothing is kept.
    public func weighed(_ network: IPPrefix, at now: MonotonicInstant) -> Int? {
        let chain = chain(of: network, at: now)
        let previous = chain.last.map { tree[decisionOf: $0] } ?? tree.wholeVerdict
        return weigh(chain, previous.verdict, inherited: nil, at: now).winner
    }

    /// The networks around an asker of which enough is known to decide, the widest first.
    func chain(of network: IPPrefix, at now: MonotonicInstant) -> [Int] {
        var chain = tree.chain(deciding(tree.deepest(network)))
        while let last = chain.last, !isKnown(last, at: now) { chain.removeLast() }
        return chain
    }

    /// A network, or the one around it that decides.
    private func deciding(_ node: Int?) -> Int? {
        // What is too wide to decide has nothing around it that does.
        node.flatMap { tree.decides($0) ? $0 : nil }
    }

    /// Whether enough is known of a network to decide.
    private func isKnown(_ node: Int, at now: MonotonicInstant) -> Bool {
        // Whoever writes rows lets go of old observations when there are new ones, so that a network begins its morning with
        // the first one: it is not to go elsewhere for a minute then.
        let enough = tree[decisionOf: node].verdict.winner == nil ? policy.minimumEvidence : policy.lastingEvidence
        return tree.weight(node, at: Self.seconds(now)) >= enough
    }

    /// For how much of the address a decision is good.
    ///
    /// - Parameter node: The most specific network of which something is known.
    func scope(of network: IPPrefix, _ node: Int?) -> Int {
        let lengths = NetworkKey.lengths(isV6: network.address.family == .v6)
        guard let node else { return Int(lengths[0]) }
        // Networks inside may have decisions of their own, which a wide answer would hide (RFC 7871 §7.2.1): the
        // answer is good for the part of this network only in which nothing else is known.
        let known = tree.nodes[node]
        let level = known.hasChildren ? Int(known.key.level) + 1 : Int(known.key.level)
        return Int(lengths[min(level, lengths.count - 1)])
    }

    /// What is decided for a network, by itself or by those around it.
    private mutating func verdict(_ node: Int?, at now: MonotonicInstant) -> Verdict {
        var next = deciding(node)
        while let node = next {
            let entry = tree[decisionOf: node]
            let isDecided = entry.generation == tree.generation
            if isDecided, entry.decides { return entry.verdict }
            let around = deciding(tree.nodes[node].parent)
            if !isDecided {
                let decides = isKnown(node, at: now)
                var verdict = entry.verdict
                if decides {
                    // The networks around it decide first, so that a network begins with what is right around it.
                    let inherited = self.verdict(around, at: now)
                    verdict = weigh(tree.chain(node), verdict, inherited: inherited, at: now)
                }
                tree[decisionOf: node] = VerdictEntry(verdict: verdict, generation: tree.generation, decides: decides)
                if decides { return verdict }
            }
            next = around
        }
        if tree.wholeVerdict.generation != tree.generation {
            let verdict = weigh([], tree.wholeVerdict.verdict, inherited: nil, at: now)
            tree.wholeVerdict = VerdictEntry(verdict: verdict, generation: tree.generation)
        }
        return tree.wholeVerdict.verdict
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
