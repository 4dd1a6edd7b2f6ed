public import Base

/// Rows of several switches, as they come in, and what they come to together.
public struct ConditionRows: Sendable {
    /// How many paths are known; more are left aside, and counted.
    public static let limit = 500_000
    /// How many switches of a data center know a path; the one of which nothing was heard for longest goes.
    static let maximumNodes = 16

    /// Times go through clocks of whole seconds.
    private static let slack = Duration.seconds(5)

    private struct Path: Hashable, Sendable {
        let network: IPPrefix
        let dataCenter: String
    }

    private struct Part: Sendable {
        let node: String
        var row: NetworkCondition
    }

    private var parts: [Path: [Part]] = [:]
    private var changed: Set<Path> = []
    /// How many rows there was no room for.
    public private(set) var refused = 0

    /// Nothing has come in yet.
    public init() {}

    /// How many paths are known.
    public var count: Int { parts.count }

    /// Takes in what a switch knows; the same once more, or something older, says nothing.
    public mutating func put(_ row: NetworkCondition, node: String) {
        let path = Path(network: row.network, dataCenter: row.dataCenter)
        var known = parts[path] ?? []
        if let index = known.firstIndex(where: { $0.node == node }) {
            guard !known[index].row.says(sameAs: row), row.newest + Self.slack >= known[index].row.newest else {
                return
            }
            known[index].row = row
        } else {
            guard !known.isEmpty || parts.count < Self.limit else {
                refused += 1
                return
            }
            if known.count >= Self.maximumNodes {
                // Names of machines may be others after each start.
                guard let oldest = known.indices.min(by: { known[$0].row.newest < known[$1].row.newest }),
                    known[oldest].row.newest < row.newest
                else { return }
                known.remove(at: oldest)
            }
            known.append(Part(node: node, row: row))
        }
        parts[path] = known
        changed.insert(path)
    }

    /// The paths of which something new came in, with what all switches know of them now.
    public mutating func takeChanges(at now: MonotonicInstant) -> [NetworkCondition] {
        defer { changed.removeAll(keepingCapacity: true) }
        return changed.compactMap { path in
            guard let known = parts[path], let first = known.first else { return nil }
            var row = first.row.aged(to: now)
            for part in known.dropFirst() { row.merge(part.row.aged(to: now)) }
            return row
        }
    }

    /// Forgets rows whose newest observation is older.
    public mutating func expire(after retention: Duration, at now: MonotonicInstant) {
        for (path, known) in parts {
            let kept = known.filter { now - $0.row.newest <= retention }
            if kept.count < known.count { parts[path] = kept.isEmpty ? nil : kept }
        }
    }
}

extension NetworkCondition {
    /// Whether both say the same, whenever they say it.
    fileprivate func says(sameAs other: NetworkCondition) -> Bool {
        roundTrip == other.roundTrip && loss == other.loss && jitter == other.jitter && clients == other.clients
    }
}
