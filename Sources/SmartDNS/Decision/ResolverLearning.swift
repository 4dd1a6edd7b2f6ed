import Base

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
    /// After how long evidence counts half, and after how long without any a resolver is forgotten.
    static let halfLife = Duration.seconds(24 * 3600)
    static let retention = Duration.seconds(7 * 24 * 3600)

    private struct Clients: Sendable {
        var weights: [IPPrefix: Double] = [:]
        var newest: MonotonicInstant
        /// Where most of them are, once enough is known: it is asked for with every question.
        var best: IPPrefix?
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
        let factor = Self.remaining(after: now - clients.newest)
        for known in clients.weights.keys { clients.weights[known, default: 0] *= factor }
        if clients.weights[network] == nil, clients.weights.count >= Self.maximumNetworks,
            let least = clients.weights.min(by: { $0.value < $1.value })
        {
            clients.weights[least.key] = nil
        }
        clients.weights[network, default: 0] += weight
        clients.newest = max(clients.newest, now)
        let isKnown = clients.weights.values.reduce(0, +) >= Self.enough
        let most = clients.weights.max { left, right in
            (left.value, "\(left.key)") < (right.value, "\(right.key)")
        }
        clients.best = isKnown ? most?.key : nil
        resolvers[asker] = clients
    }

    private static func remaining(after elapsed: Duration) -> Double {
        // A straight line from one to a half is near enough; beyond it goes on by halves.
        var (ratio, factor) = (max(elapsed / halfLife, 0), 1.0)
        while ratio >= 1, factor > 0.001 { (ratio, factor) = (ratio - 1, factor / 2) }
        return factor * (1 - min(ratio, 1) / 2)
    }

    /// The network that most clients of a resolver are in; `nil` when too little is known.
    func clients(of resolver: IPAddress) -> IPPrefix? {
        resolvers[resolver]?.best
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
