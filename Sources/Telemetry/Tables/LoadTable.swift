import Database

/// How much a switch has to do.
package struct SwitchLoad: Hashable, Sendable {
    /// The data center that it is in.
    package var center: String
    /// Its name among the switches there.
    package var node: String
    /// How many channels are up.
    package var sessions: Int
    /// How many may be.
    package var capacity: Int

    /// A switch's load.
    package init(center: String, node: String, sessions: Int, capacity: Int) {
        (self.center, self.node, self.sessions, self.capacity) = (center, node, sessions, capacity)
    }

    /// How much of its capacity each data center uses: 1 when it is full.
    package static func shares(of loads: some Sequence<SwitchLoad>) -> [String: Double] {
        var sums: [String: (sessions: Double, capacity: Double)] = [:]
        for load in loads where load.sessions >= 0 && load.capacity > 0 {
            let sum = sums[load.center] ?? (0, 0)
            sums[load.center] = (sum.sessions + Double(load.sessions), sum.capacity + Double(load.capacity))
        }
        return sums.mapValues { $0.sessions / $0.capacity }
    }
}

/// The table `data_center_loads`: how much each switch has to do at the moment.
enum LoadTable {
    static let table = SharedTable(
        name: "data_center_loads",
        columns: [("data_center", .name), ("node", .name), ("sessions", .number), ("capacity", .number)],
        times: []
    )

    static func insertion(_ load: SwitchLoad, _ dialect: SQLDialect) -> Statement {
        table.insertion(
            [.text(load.center), .text(load.node), .integer(Int64(load.sessions)), .integer(Int64(load.capacity))],
            dialect
        )
    }

    static func read(_ row: DatabaseRow) -> SwitchLoad? {
        guard let center = row["data_center"]?.text, let node = row["node"]?.text,
            let sessions = row["sessions"]?.integer, let capacity = row["capacity"]?.integer
        else { return nil }
        return SwitchLoad(
            center: center,
            node: node,
            sessions: Int(clamping: sessions),
            capacity: Int(clamping: capacity)
        )
    }
}
