import Base
import NetworkConditions

/// Which networks ask through which resolver, as far as resolvers do not say it themselves (RFC 7871).
///
/// Who looked a name up comes for it a little later: what comes for a name that only one resolver has asked for lately is
/// that resolver's client. Where several have asked, each of them gets its part of the evidence.
struct ResolverLearning: Sendable {
    /// For how long after a question somebody who comes may have asked it.
    static let window = Duration.seconds(10)
    /// How many names are remembered that were asked for, and how many resolvers that asked for each.
    static let maximumNames = 10_000
    static let maximumAskers = 16
    /// How many resolvers are known, and networks of each.
    static let maximumResolvers = 20_000
    static let maximumNetworks = 32
    /// How much evidence makes a resolver's clients known, in arrivals that nobody else can have caused: three of them, of
    /// which some time has taken a little.
    static let enough = 2.5
    /// What part of a resolver's clients has to be in a network that stands for all of them: who asks through a public
    /// resolver is not to be sent where some other network is best.
    static let majority = 0.6
    /// After how long evidence counts half, and after how long without any a resolver is forgotten.
    static let halfLife = HalfLife(seconds: 24 * 3600)
    static let retention = Duration.seconds(7 * 24 * 3600)

    private struct Clients: Sendable {
        var weights: [IPPrefix: Double] = [:]
        /// The evidence of networks that there was no room for.
        var elsewhere = 0.0
        var newest: MonotonicInstant
        /// Where most of them are, once enough is known: it is asked for with every question.
        var home: IPPrefix?

        mutating func add(_ network: IPPrefix, _ weight: Double, at now: MonotonicInstant) {
            let factor = ResolverLearning.halfLife.remaining(after: now - newest)
            for known in weights.keys { weights[known, default: 0] *= factor }
            elsewhere *= factor
            if weights[network] == nil, weights.count >= ResolverLearning.maximumNetworks,
                let least = weights.min(by: { $0.value < $1.value })
            {
                weights[least.key] = nil
                elsewhere += least.value
            }
            weights[network, default: 0] += weight
            newest = max(newest, now)
            home = majority
        }

        /// The narrowest network that most of them are in; `nil` when there is none, or too little is known.
        private var majority: IPPrefix? {
            let all = weights.values.reduce(elsewhere, +)
            let wanted = max(ResolverLearning.enough, ResolverLearning.majority * all)
            if let network = weights.first(where: { $0.value >= wanted }) { return network.key }
            for level in (NetworkKey.firstDeciding..<NetworkKey.levels).reversed() {
                var sums: [IPPrefix: Double] = [:]
                for (network, weight) in weights {
                    let length = Int(NetworkKey.lengths(isV6: network.address.family == .v6)[level])
                    guard length <= network.length, let around = IPPrefix(network.address, length: length) else {
                        continue
                    }
                    sums[around, default: 0] += weight
                }
                if let network = sums.first(where: { $0.value >= wanted }) { return network.key }
            }
            return nil
        }
    }

    private var questions: [String: [IPAddress: MonotonicInstant]] = [:]
    private var resolvers: [IPAddress: Clients] = [:]

    /// How many resolvers are known.
    var count: Int { resolvers.count }
    /// How many names are remembered.
    var nameCount: Int { questions.count }

    /// Somebody has asked for a name without saying for whom.
    mutating func asked(_ name: String, by asker: IPAddress, at now: MonotonicInstant) {
        let name = Self.folded(name)
        if questions[name] == nil, questions.count >= Self.maximumNames {
            forgetQuestions(at: now)
            guard questions.count < Self.maximumNames else { return }
        }
        var askers = questions[name] ?? [:]
        if askers[asker] == nil, askers.count >= Self.maximumAskers {
            askers = askers.filter { now - $0.value <= Self.window }
            // More than can be told apart: nobody is to be taken for the one.
            guard askers.count < Self.maximumAskers else { return }
        }
        askers[asker] = now
        questions[name] = askers
    }

    /// Users of a domain have come from a network.
    mutating func arrived(_ name: String, from network: IPPrefix, at seen: MonotonicInstant) {
        let askers = (questions[Self.folded(name)] ?? [:]).filter { asked in
            let elapsed = seen - asked.value
            // The other one's clock has whole seconds.
            return elapsed >= .seconds(-2) && elapsed <= Self.window
        }
        // A name that everybody asks for at the same time says nothing of anybody.
        guard !askers.isEmpty, askers.count < Self.maximumAskers else { return }
        for asker in askers.keys { note(network, of: asker, weight: 1 / Double(askers.count), at: seen) }
    }

    private mutating func note(_ network: IPPrefix, of asker: IPAddress, weight: Double, at now: MonotonicInstant) {
        guard resolvers[asker] != nil || resolvers.count < Self.maximumResolvers else { return }
        var clients = resolvers[asker] ?? Clients(newest: now)
        clients.add(network, weight, at: now)
        resolvers[asker] = clients
    }

    /// The network that most clients of a resolver are in; `nil` when too little is known, and where they are scattered.
    func clients(of resolver: IPAddress) -> IPPrefix? {
        resolvers[resolver]?.home
    }

    /// Forgets what is old.
    mutating func expire(at now: MonotonicInstant) {
        forgetQuestions(at: now)
        resolvers = resolvers.filter { now - $0.value.newest <= Self.retention }
    }

    private mutating func forgetQuestions(at now: MonotonicInstant) {
        // What comes is told of a little later.
        let oldest = Self.window + .seconds(30)
        questions = questions.compactMapValues { askers in
            let kept = askers.filter { now - $0.value <= oldest }
            return kept.isEmpty ? nil : kept
        }
    }

    /// Names are written with a dot at their end or without, in any letters.
    private static func folded(_ name: String) -> String {
        let lowered = name.lowercased()
        return lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered
    }
}
