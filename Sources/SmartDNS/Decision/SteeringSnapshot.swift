public import Base
import NetworkConditions

/// What is known, as lines of text: a server that starts answers from it at once.
///
/// Each line is one fact; lines that cannot be understood are left aside, so that a file that was cut still helps.
public enum SteeringSnapshot {
    /// The first line.
    static let title = "tandem-dns-snapshot 1"
    /// How long a snapshot may be, in bytes: a million networks with eight data centers have a half of it.
    public static let maximumLength = 2 << 30
    /// How long a line may be, in bytes; longer ones are none.
    static let maximumLine = 1024

    /// Writes what is known, line by line.
    ///
    /// Times are written as ages, for clocks of machines begin anew.
    static func write<Failure>(
        _ steering: Steering,
        at now: MonotonicInstant,
        _ line: (String) throws(Failure) -> Void
    ) throws(Failure) {
        let seconds = Steering.seconds(now)
        try line(title)
        for (index, name) in steering.dataCenters.enumerated() {
            let state = steering.liveness.isUp(index) ? "up" : "down"
            try line("center \(name) \(state)\(steering.liveness.isDraining(index) ? " draining" : "")")
        }
        try steering.tree.rows { (key, center, cell) throws(Failure) in
            let known = cell.estimate
            let numbers = [known.roundTrip, known.loss, known.jitter].flatMap { [$0.mean, $0.variance, $0.weight] }
            // More digits than a cell has say nothing.
            let text = numbers.map { String(Float($0)) }.joined(separator: " ")
            let age = seconds - min(seconds, cell.newest)
            try line("row \(key.address)/\(key.length) \(steering.dataCenters[center]) \(age) \(text)")
        }
        for index in 0..<steering.tree.nodes.count {
            let key = steering.tree.nodes[index].key
            let verdict = steering.tree[decisionOf: index].verdict
            guard let winner = verdict.winner else { continue }
            let since = verdict.since == 0 ? "ever" : "\(seconds &- verdict.since)"
            try line("winner \(key.address)/\(key.length) \(steering.dataCenters[winner]) \(since)")
        }
    }

    /// What is known, as one text.
    public static func text(of steering: Steering, at now: MonotonicInstant) -> String {
        var text = ""
        write(steering, at: now) { text += $0 + "\n" }
        return text
    }

    /// Takes what a snapshot says, for the data centers that are still configured.
    ///
    /// - Parameter age: How old the snapshot is.
    /// - Returns: How many lines were understood; `nil` for a text that is no snapshot.
    @discardableResult
    public static func restore(
        _ text: String,
        into steering: inout Steering,
        age: Duration,
        at now: MonotonicInstant
    ) -> Int? {
        var reader = Reader(age: age, now: now)
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            guard reader.take(line, into: &steering) else { return nil }
        }
        return reader.finish(&steering)
    }

    /// Takes a snapshot line by line.
    struct Reader {
        private let age: Duration
        private let older: UInt32
        private let now: MonotonicInstant
        private var understood = 0
        private var hasTitle = false

        init(age: Duration, now: MonotonicInstant) {
            (self.age, self.now) = (age, now)
            older = UInt32(clamping: Int64(age / .seconds(1)))
        }

        /// Takes in a line; what cannot be understood is left aside.
        ///
        /// - Returns: Whether it goes on: what does not begin as a snapshot is none.
        mutating func take(_ line: some StringProtocol, into steering: inout Steering) -> Bool {
            guard hasTitle else {
                hasTitle = line == title
                return hasTitle
            }
            let words = line.split(separator: " ").map { Substring($0) }
            guard words.count >= 3,
                let center = steering.dataCenters.firstIndex(of: String(words[words[0] == "center" ? 1 : 2]))
            else { return true }
            switch words[0] {
            case "center":
                let isDraining = words.count > 3 && words[3] == "draining"
                // What the configuration says counts, too.
                steering.liveness.restore(
                    center,
                    isUp: words[2] != "down",
                    isDraining: isDraining || steering.liveness.isDraining(center),
                    age: age,
                    at: now
                )
            case "row":
                guard let row = Row(words, older: older, at: now) else { return true }
                steering.tree.set(row.network, center, row.cell)
            case "winner":
                guard restore(words, center, into: &steering) else { return true }
            default:
                return true
            }
            understood += 1
            return true
        }

        private func restore(_ words: [Substring], _ center: Int, into steering: inout Steering) -> Bool {
            guard let network = IPPrefix(words[1]), words.count == 4,
                let level = NetworkKey.level(of: network),
                let node = steering.tree.index(of: NetworkKey(network.address, level: level))
            else { return false }
            var since: UInt32 = 0
            if words[3] != "ever" {
                guard let ago = UInt32(words[3]) else { return false }
                let seconds = Steering.seconds(now)
                since = seconds &- min(seconds, ago.addingReportingOverflow(older).partialValue)
            }
            steering.tree[decisionOf: node].verdict.winner = center
            steering.tree[decisionOf: node].verdict.since = since
            return true
        }

        /// How many lines were understood; `nil` when it was no snapshot.
        func finish(_ steering: inout Steering) -> Int? {
            guard hasTitle else { return nil }
            steering.tree.rollUp()
            return understood
        }
    }

    private struct Row {
        let network: IPPrefix
        let cell: PathCell

        init?(_ words: [Substring], older: UInt32, at now: MonotonicInstant) {
            guard words.count == 13, let network = IPPrefix(words[1]), let age = UInt32(words[3]) else { return nil }
            let numbers = words[4...].compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
            guard numbers.count == 9 else { return nil }
            let estimates = (0..<3).map {
                Estimate(mean: numbers[3 * $0], variance: numbers[3 * $0 + 1], weight: numbers[3 * $0 + 2])
            }
            self.network = network
            let seconds = Steering.seconds(now)
            let newest = seconds - min(seconds, age.addingReportingOverflow(older).partialValue)
            cell = PathCell(roundTrip: estimates[0], loss: estimates[1], jitter: estimates[2], newest: newest)
        }
    }
}
