package import Base
import Database
import NetworkConditions

/// Users of a domain have come from a network: they looked the domain's name up a little while before.
package struct NetworkArrival: Hashable, Sendable {
    /// The domain.
    package var name: String
    /// Where they are.
    package var network: IPPrefix

    /// An arrival.
    package init(name: String, network: IPPrefix) {
        (self.name, self.network) = (name, network)
    }
}

/// An arrival, and when it was.
package struct SeenArrival: Hashable, Sendable {
    /// Who came from where.
    package var arrival: NetworkArrival
    /// When.
    package var seen: MonotonicInstant

    /// An arrival at a time.
    package init(_ arrival: NetworkArrival, seen: MonotonicInstant) {
        (self.arrival, self.seen) = (arrival, seen)
    }
}

/// The table `network_arrivals`: where users of which domain have come from lately.
enum ArrivalTable {
    static let table = SharedTable(
        name: "network_arrivals",
        columns: [("name", .name), ("network", .name), ("seen", .number)],
        times: ["seen"]
    )

    static func insertion(_ arrival: SeenArrival, at now: MonotonicInstant, _ dialect: SQLDialect) -> Statement {
        let age = max(0, (now - arrival.seen).wholeMilliseconds / 1000)
        let names = [arrival.arrival.name, "\(arrival.arrival.network)"].map { SQLValue.text($0) }
        return table.insertion(names + [.integer(age)], dialect)
    }

    /// An arrival; `nil` for one that cannot be.
    static func read(_ row: DatabaseRow, at now: MonotonicInstant) -> SeenArrival? {
        guard let name = row["name"]?.text, let network = row["network"]?.text.flatMap({ IPPrefix($0) }),
            let age = row["seen"]?.integer
        else { return nil }
        let seen = now + .seconds(-min(max(age, 0), NetworkCondition.longestAge))
        return SeenArrival(NetworkArrival(name: name, network: network), seen: seen)
    }
}
