public import Base

/// What a switch observes of the networks of its peers: observations and time go in, rows of the shared table come out.
public struct ConditionCollector: Sendable {
    /// How it collects.
    public struct Settings: Hashable, Sendable {
        /// How much of an IPv4 address is kept, in bits.
        public var lengthV4 = 24
        /// How much of an IPv6 address is kept, in bits.
        public var lengthV6 = 56
        /// How many networks are known at a time; those of which nothing was heard for longest go first.
        public var maximumNetworks = 20_000
        /// After how long without an observation a network is forgotten.
        public var retention = Duration.seconds(24 * 3600)

        /// The defaults.
        public init() {}
    }

    private struct Path: Sendable {
        var summary = PathSummary()
        var newest: MonotonicInstant
        /// Since when there is something that was not taken.
        var waiting: MonotonicInstant?

        mutating func add(_ sample: PathSample, client: Int, at now: MonotonicInstant) {
            summary.add(sample, client: client, at: now)
            newest = max(newest, now)
            waiting = waiting ?? now
        }

        mutating func wait() { waiting = waiting ?? newest }
    }

    /// How it collects.
    public let settings: Settings
    /// How many networks were given up because there were too many.
    public private(set) var evictions = 0
    private var paths: [IPPrefix: Path] = [:]

    /// Nothing is known yet.
    public init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// How many networks are known.
    public var count: Int { paths.count }

    /// The network that an address counts for.
    public func network(of address: IPAddress) -> IPPrefix? {
        IPPrefix(address, length: address.family == .v4 ? settings.lengthV4 : settings.lengthV6)
    }

    /// Takes in an observation of the path to a peer.
    public mutating func add(_ sample: PathSample, from address: IPAddress, at now: MonotonicInstant) {
        guard sample.weight > 0, !address.isUnspecified, let network = network(of: address) else { return }
        if paths[network] == nil {
            guard settings.maximumNetworks > 0 else { return }
            if paths.count >= settings.maximumNetworks { evict() }
        }
        // In place: a copy of what is known would cost more than all the rest.
        paths[network, default: Path(newest: now)].add(sample, client: address.hashValue, at: now)
    }

    /// The rows that changed since the last time, those first that wait for longest: so each has its turn.
    ///
    /// - Parameter limit: How many at most; the others come the next time.
    public mutating func takeChanges(_ dataCenter: String, limit: Int) -> [NetworkCondition] {
        var changed = paths.compactMap { network, path in path.waiting.map { (network, $0) } }
        if changed.count > limit {
            changed.sort { $0.1 < $1.1 }
            changed.removeLast(changed.count - max(limit, 0))
        }
        return changed.compactMap { network, _ in
            paths[network]?.waiting = nil
            return paths[network]?.summary.condition(of: network, dataCenter: dataCenter)
        }
    }

    /// Rows that were taken could not be written: they count as changed again.
    public mutating func putBack(_ conditions: [NetworkCondition]) {
        for condition in conditions { paths[condition.network]?.wait() }
    }

    /// Everything counts as changed: a table is empty, or somebody reads who has read nothing yet.
    public mutating func repeatAll() {
        for network in paths.keys { paths[network]?.wait() }
    }

    /// The rows with the most evidence, for those who can keep only some.
    public func best(_ dataCenter: String, limit: Int) -> [NetworkCondition] {
        let rows = paths.compactMap { $0.value.summary.condition(of: $0.key, dataCenter: dataCenter) }
        guard rows.count > limit else { return rows }
        return Array(rows.sorted { $0.evidence > $1.evidence }.prefix(max(limit, 0)))
    }

    /// Forgets networks of which nothing was heard for long.
    public mutating func expire(at now: MonotonicInstant) {
        let retention = settings.retention
        paths = paths.filter { now - $0.value.newest <= retention }
    }

    /// A quarter goes at once, so that strangers who come in numbers do not have the table sorted for each of them.
    private mutating func evict() {
        let oldest = paths.sorted { $0.value.newest < $1.value.newest }.prefix(max(paths.count / 4, 1))
        for (network, _) in oldest { paths[network] = nil }
        evictions += oldest.count
    }
}

extension NetworkCondition {
    /// How much is known of the path, in observations.
    public var evidence: Double { max(roundTrip.weight, loss.weight) }
}
