import Base
import NetworkConditions

/// Feeds bytes to what reads rows of network conditions, and what they come to to those who add them up.
public enum NetworkConditionsFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let now = MonotonicInstant.zero + .seconds(5_000_000)
        let read = ConditionText.read(String(decoding: bytes, as: UTF8.self), dataCenter: "dc1", at: now)
        var rows = ConditionRows()
        for (index, row) in read.enumerated() {
            precondition(row.plausible == row && row.newest <= now, "what is read can be")
            rows.put(row, node: "node\(index % 3)")
        }
        for row in rows.takeChanges() {
            let sums = [row.roundTrip, row.loss, row.jitter]
            precondition(sums.allSatisfy { $0.mean.isFinite && $0.variance.isFinite && $0.weight.isFinite })
        }
        let again = ConditionText.read(ConditionText.write(read, at: now), dataCenter: "dc1", at: now)
        precondition(again.map(\.network) == read.map(\.network), "what is written reads the same")
    }
}
