/// What was decided for a network: its data center, and the order of the others.
struct Verdict: Hashable, Sendable {
    /// Why the network has its data center.
    enum Rule: UInt8, Hashable, Sendable {
        /// Nothing is known: as configured.
        case configured
        /// It has the one of the network around it.
        case inherited
        /// There is none that is better by the margin.
        case noneBetter
        /// Another one is better, and that is not certain.
        case uncertain
        /// Another one is better, and the last change was not long ago.
        case dwelling
        /// The one that it had was worse.
        case better
        /// The one that it had could not be used.
        case unusable
    }

    /// How many data centers there may be: an order of them has to fit into a word.
    static let maximumDataCenters = 16
    private static let none: UInt8 = 0xFF

    // Four bits for each place.
    private var places: UInt64 = 0
    private var winnerIndex = none
    private var exploredIndex = none
    // Before the time, with the other bytes: there may be a million of these.
    var rule = Rule.configured
    /// Since when the network has its data center, in seconds.
    var since: UInt32 = 0

    /// The network's data center; `nil` when nothing was decided yet.
    var winner: Int? {
        get { winnerIndex == Self.none ? nil : Int(winnerIndex) }
        set { winnerIndex = newValue.map { UInt8(truncatingIfNeeded: $0) } ?? Self.none }
    }

    /// The one of which more should be known.
    var explored: Int? {
        get { exploredIndex == Self.none ? nil : Int(exploredIndex) }
        set { exploredIndex = newValue.map { UInt8(truncatingIfNeeded: $0) } ?? Self.none }
    }

    /// Sets the order of the data centers.
    mutating func setOrder(_ order: [Int]) {
        places = 0
        for (place, center) in order.prefix(Self.maximumDataCenters).enumerated() {
            places |= UInt64(center & 15) << UInt64(4 * place)
        }
    }

    /// The data center at a place of the order.
    func place(_ place: Int) -> Int { Int(places >> UInt64(4 * place) & 15) }

    /// The same for other data centers: what is left of it is decided anew, from where it was.
    ///
    /// - Parameter places: Which one each of the present ones is then; `nil` for one that is no more.
    func mapped(_ places: [Int?]) -> Verdict {
        var mapped = self
        mapped.winner = winner.flatMap { places.indices.contains($0) ? places[$0] : nil }
        mapped.explored = explored.flatMap { places.indices.contains($0) ? places[$0] : nil }
        // What was never anything but the configured one is decided by the new order.
        return mapped.winner == nil || since == 0 ? Verdict() : mapped
    }
}

/// A decision of a network, and of which state of the tree it is.
struct VerdictEntry: Sendable {
    var verdict = Verdict()
    var generation: UInt32 = 0
    /// Whether enough is known of the network, so that it decides.
    var decides = true
}
