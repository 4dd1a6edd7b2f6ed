/// How far somebody knows the changes of each node: all up to a counter.
public struct VersionVector: Hashable, Sendable {
    /// How many nodes there are in a vector at most; also those that have left.
    public static let maximumCount = 256

    /// Node and counter, in the order of nodes; no counter is 0.
    public private(set) var entries: [Dot] = []

    /// Knows nothing.
    public init() {}

    /// Knows what one node did up to this dot.
    public init(_ dot: Dot) {
        entries = dot.counter > 0 ? [dot] : []
    }

    /// Where a node's entry is, or would be.
    private func place(of node: NodeID) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].node < node { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many changes of a node it knows.
    public subscript(_ node: NodeID) -> UInt64 {
        let place = place(of: node)
        return place < entries.count && entries[place].node == node ? entries[place].counter : 0
    }

    /// Whether it knows this change.
    public func contains(_ dot: Dot) -> Bool { self[dot.node] >= dot.counter }

    /// Whether it knows all that `other` knows.
    public func contains(_ other: Self) -> Bool { other.entries.allSatisfy(contains) }

    /// Knows this change from now on, and those before it.
    public mutating func insert(_ dot: Dot) {
        guard dot.counter > 0 else { return }
        let place = place(of: dot.node)
        if place < entries.count, entries[place].node == dot.node {
            entries[place].counter = max(entries[place].counter, dot.counter)
        } else if entries.count < Self.maximumCount {
            entries.insert(dot, at: place)
        }
    }

    /// Whether there is room for what `other` knows, and for as many nodes again.
    func hasRoom(for other: Self) -> Bool {
        entries.count + other.entries.count(where: { self[$0.node] == 0 }) <= Self.maximumCount / 2
    }

    /// Knows from now on what `other` knows too.
    public mutating func merge(_ other: Self) {
        guard self != other else { return }
        for dot in other.entries { insert(dot) }
    }

    /// What all of these know; nothing when there are none.
    public static func common(_ vectors: some Sequence<Self>) -> Self {
        var common: Self?
        for vector in vectors {
            guard let soFar = common else {
                common = vector
                continue
            }
            var less = Self()
            for dot in soFar.entries {
                less.insert(Dot(node: dot.node, counter: min(dot.counter, vector[dot.node])))
            }
            common = less
        }
        return common ?? Self()
    }
}
