import Base
import Database
import NetworkConditions

/// The table `network_conditions`: what each switch knows of the paths between networks and its data center.
enum ConditionTable {
    static let table = SharedTable(
        name: "network_conditions",
        columns: [
            ("network", .name), ("data_center", .name), ("node", .name),
            ("rtt_ms", .real), ("rtt_variance", .real), ("rtt_weight", .real),
            ("loss", .real), ("loss_variance", .real), ("loss_weight", .real),
            ("jitter_ms", .real), ("jitter_variance", .real), ("jitter_weight", .real),
            ("clients", .number), ("newest", .number),
        ],
        times: ["newest"]
    )

    /// Puts rows in, or changes them: thousands in a minute, so the text is made once.
    static func insertions(
        _ rows: [NetworkCondition],
        node: String,
        at now: MonotonicInstant,
        _ dialect: SQLDialect
    ) -> [Statement] {
        let text = table.insertion(dialect)
        return rows.map { Statement(text, values($0, node: node, at: now)) }
    }

    private static func values(_ row: NetworkCondition, node: String, at now: MonotonicInstant) -> [SQLValue] {
        let numbers = [row.roundTrip, row.loss, row.jitter].flatMap { [$0.mean, $0.variance, $0.weight] }
        let age = max(0, (now - row.newest).wholeMilliseconds / 1000)
        let names = ["\(row.network)", row.dataCenter, node].map { SQLValue.text($0) }
        return names + numbers.map { .real($0) } + [.integer(Int64(row.clients)), .integer(age)]
    }

    /// A row and the switch that wrote it; `nil` for one that cannot be.
    static func read(_ row: DatabaseRow, at now: MonotonicInstant) -> (NetworkCondition, node: String)? {
        guard let network = row["network"]?.text.flatMap({ IPPrefix($0) }), let center = row["data_center"]?.text,
            let node = row["node"]?.text, let clients = row["clients"]?.integer, let age = row["newest"]?.integer
        else { return nil }
        func estimate(_ mean: String, _ prefix: String) -> Estimate? {
            guard let mean = row[mean]?.real, let variance = row[prefix + "_variance"]?.real,
                let weight = row[prefix + "_weight"]?.real
            else { return nil }
            return Estimate(mean: mean, variance: variance, weight: weight)
        }
        guard let roundTrip = estimate("rtt_ms", "rtt"), let loss = estimate("loss", "loss"),
            let jitter = estimate("jitter_ms", "jitter")
        else { return nil }
        let condition = NetworkCondition(
            network: network,
            dataCenter: center,
            roundTrip: roundTrip,
            loss: loss,
            jitter: jitter,
            clients: Int(clamping: clients),
            newest: now + .seconds(-min(max(age, 0), NetworkCondition.longestAge))
        )
        return condition.plausible.map { ($0, node) }
    }
}
