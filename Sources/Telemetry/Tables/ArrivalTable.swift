package import Base
import Database

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

/// The table `network_arrivals`: where users of which domain have come from lately.
enum ArrivalTable {
    static let table = SharedTable(
        name: "network_arrivals",
        columns: [("name", .name), ("network", .name), ("seen", .number)],
        times: ["seen"]
    )

    static func insertion(_ arrival: NetworkArrival, age: Int, _ dialect: SQLDialect) -> Statement {
        table.insertion([.text(arrival.name), .text("\(arrival.network)"), .integer(Int64(age))], dialect)
    }

    /// An arrival, and how many seconds ago it was.
    static func read(_ row: DatabaseRow) -> (NetworkArrival, age: Int64)? {
        guard let name = row["name"]?.text, let network = row["network"]?.text.flatMap({ IPPrefix($0) }),
            let age = row["seen"]?.integer
        else { return nil }
        return (NetworkArrival(name: name, network: network), max(age, 0))
    }
}
