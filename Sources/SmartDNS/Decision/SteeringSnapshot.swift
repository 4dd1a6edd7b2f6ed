public import Base
import NetworkConditions

/// What is known, as lines of text: a server that starts answers from it at once.
///
/// Each line is one fact; lines that cannot be understood are left aside, so that a file that was cut still helps.
public enum SteeringSnapshot {
    /// The first line.
    static let title = "tandem-dns-snapshot 1"
    /// How long a snapshot may be, in bytes.
    public static let maximumLength = 512 << 20

    /// Writes what is known.
    ///
    /// Times are written as ages, for clocks of machines begin anew.
    public static func text(of steering: Steering, at now: MonotonicInstant) -> String {
        let seconds = Steering.seconds(now)
        var text = title + "\n"
        for (index, name) in steering.dataCenters.enumerated() {
            let state = steering.liveness.isUp(index) ? "up" : "down"
            text += "center \(name) \(state)\(steering.liveness.isDraining(index) ? " draining" : "")\n"
        }
        steering.tree.rows { key, center, cell, newest in
            let numbers = [cell.roundTrip, cell.loss, cell.jitter].flatMap { [$0.mean, $0.variance, $0.weight] }
            text += "row \(key.address)/\(key.length) \(steering.dataCenters[center]) \(seconds &- newest) "
            text += numbers.map { String($0) }.joined(separator: " ") + "\n"
        }
        for node in steering.tree.nodes {
            guard let winner = node.verdict.winner else { continue }
            text += "winner \(node.key.address)/\(node.key.length) \(steering.dataCenters[winner])"
            text += " \(seconds &- node.verdict.since)\n"
        }
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
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true).makeIterator()
        guard let first = lines.next(), first == title else { return nil }
        var understood = 0
        let older = UInt32(clamping: Int64(age / .seconds(1)))
        while let line = lines.next() {
            let words = line.split(separator: " ")
            guard words.count >= 3,
                let center = steering.dataCenters.firstIndex(of: String(words[words[0] == "center" ? 1 : 2]))
            else { continue }
            switch words[0] {
            case "center":
                let isDraining = words.count > 3 && words[3] == "draining"
                steering.liveness.restore(center, isUp: words[2] != "down", isDraining: isDraining, age: age, at: now)
            case "row":
                guard let row = Row(words, older: older, at: now) else { continue }
                steering.tree.set(row.network, center, row.cell, newest: row.newest)
            case "winner":
                guard let network = IPPrefix(words[1]), words.count == 4, let ago = UInt32(words[3]),
                    let level = NetworkKey.level(of: network),
                    let node = steering.tree.index(of: NetworkKey(network.address, level: level))
                else { continue }
                let seconds = Steering.seconds(now)
                let since = seconds &- min(seconds, ago.addingReportingOverflow(older).partialValue)
                steering.tree.withNode(node) { ($0.verdict.winner, $0.verdict.since) = (center, since) }
            default:
                continue
            }
            understood += 1
        }
        steering.tree.rollUp()
        return understood
    }

    private struct Row {
        let network: IPPrefix
        let cell: PathCell
        let newest: UInt32

        init?(_ words: [Substring], older: UInt32, at now: MonotonicInstant) {
            guard words.count == 13, let network = IPPrefix(words[1]), let age = UInt32(words[3]) else { return nil }
            let numbers = words[4...].compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
            guard numbers.count == 9 else { return nil }
            let estimates = (0..<3).map {
                Estimate(mean: numbers[3 * $0], variance: numbers[3 * $0 + 1], weight: numbers[3 * $0 + 2])
            }
            self.network = network
            cell = PathCell(roundTrip: estimates[0], loss: estimates[1], jitter: estimates[2])
            let seconds = Steering.seconds(now)
            newest = seconds &- min(seconds, age.addingReportingOverflow(older).partialValue)
        }
    }
}
