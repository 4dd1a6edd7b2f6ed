public import Base

/// Rows of one data center as a text, one a line, for those who keep texts and no tables.
///
/// Network, then mean, variance and weight of round trip, loss and jitter, the number of clients, and for how many
/// seconds nothing was observed.
public enum ConditionText {
    /// How many rows are read.
    public static let maximumRows = 5000
    private static let fields = 12

    /// Writes rows.
    public static func write(_ conditions: some Sequence<NetworkCondition>, at now: MonotonicInstant) -> String {
        var text = ""
        for row in conditions {
            text += "\(row.network)"
            for estimate in [row.roundTrip, row.loss, row.jitter] {
                text += " \(short(estimate.mean)) \(short(estimate.variance)) \(short(estimate.weight))"
            }
            text += " \(row.clients) \(max(0, (now - row.newest).wholeMilliseconds / 1000))\n"
        }
        return text
    }

    /// Seven digits are more than observations have.
    private static func short(_ value: Double) -> Float { Float(value) }

    /// Reads rows; lines that say what cannot be are left aside.
    public static func read(_ text: String, dataCenter: String, at now: MonotonicInstant) -> [NetworkCondition] {
        text.split(separator: "\n").prefix(maximumRows).compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == fields, let network = IPPrefix(words[0]), let clients = Int(words[10]),
                let age = Int64(words[11]), age >= 0
            else { return nil }
            let numbers = words[1..<10].compactMap { Double($0) }
            guard numbers.count == 9 else { return nil }
            return NetworkCondition(
                network: network,
                dataCenter: dataCenter,
                roundTrip: Estimate(mean: numbers[0], variance: numbers[1], weight: numbers[2]),
                loss: Estimate(mean: numbers[3], variance: numbers[4], weight: numbers[5]),
                jitter: Estimate(mean: numbers[6], variance: numbers[7], weight: numbers[8]),
                clients: clients,
                newest: now + .seconds(-min(age, NetworkCondition.longestAge))
            ).plausible
        }
    }
}

extension NetworkCondition {
    /// Older rows than this are that old, in seconds.
    public static let longestAge: Int64 = 30 * 24 * 3600

    /// More clients than this are that many.
    private static let maximumClients = 1_000_000

    /// The row, when each of its numbers can be: what comes from elsewhere may be anything, and one row may not outvote all
    /// others.
    public var plausible: NetworkCondition? {
        let longest = Self.maximumMilliseconds
        guard roundTrip.isPlausible(upTo: longest), loss.isPlausible(upTo: 1), jitter.isPlausible(upTo: longest),
            clients >= 0
        else { return nil }
        var row = self
        row.roundTrip.weight = min(roundTrip.weight, Self.maximumWeight)
        row.loss.weight = min(loss.weight, Self.maximumWeight)
        row.jitter.weight = min(jitter.weight, Self.maximumWeight)
        return row
    }

    /// The row with what another switch of the data center knows of the network.
    public mutating func merge(_ other: NetworkCondition) {
        roundTrip.merge(other.roundTrip)
        loss.merge(other.loss)
        jitter.merge(other.jitter)
        clients = min(clients, Self.maximumClients) + min(other.clients, Self.maximumClients)
        newest = max(newest, other.newest)
    }

    /// The row as it counts beside one whose newest observation is of another time.
    func aged(to time: MonotonicInstant) -> NetworkCondition {
        let factor = Self.halfLife.remaining(after: time - newest)
        var row = self
        row.roundTrip.decay(factor)
        row.loss.decay(factor)
        row.jitter.decay(factor)
        return row
    }
}

extension Estimate {
    fileprivate func isPlausible(upTo longest: Double) -> Bool {
        (0...longest).contains(mean) && (0...longest * longest).contains(variance) && weight >= 0 && weight.isFinite
    }
}
