import Base
public import DatabaseBalancer
import SwitchCore

/// `balancer`: shows the nodes, and takes orders for them.
public struct BalancerCommand: Sendable {
    private static let syntax = "status [<balancer>]|<drain|maintenance|ready|writer> <balancer> <node>"

    private let balancers: Balancers

    /// Orders for these balancers.
    public init(_ balancers: Balancers) {
        self.balancers = balancers
    }

    var command: APICommand {
        let summary = "the nodes of databases, and orders for them"
        return APICommand("balancer", syntax: Self.syntax, summary: summary) { _, text in
            answer(ListSplitter.split(text, by: " "))
        }
    }

    /// The answer to words.
    public func answer(_ words: [String]) -> String {
        let verb = words.first?.lowercased() ?? "status"
        switch (verb, words.count) {
        case ("status", 0...1): return balancers.all.map { text(of: $0.status) }.joined(separator: "\n")
        case ("status", 2):
            guard let balancer = balancers[words[1]] else { return missing(words[1]) }
            return text(of: balancer.status)
        case (_, 3):
            guard let balancer = balancers[words[1]] else { return missing(words[1]) }
            return order(verb, words[2], balancer)
        default: return "-USAGE: balancer \(Self.syntax)\n"
        }
    }

    private func order(_ verb: String, _ node: String, _ balancer: Balancer) -> String {
        if verb == "writer" {
            return balancer.order(writer: node)
                ? "+OK \(node) is written to\n" : "-ERR \(node) cannot be written to now\n"
        }
        guard let order = NodeOrder(rawValue: verb) else { return "-USAGE: balancer \(Self.syntax)\n" }
        return balancer.order(order, for: node) ? "+OK \(node): \(verb)\n" : "-ERR no node \(node)\n"
    }

    private func missing(_ name: String) -> String { "-ERR no balancer \(name)\n" }

    private func text(of status: BalancerStatus) -> String {
        var rows = [
            ["node", "state", "order", "role", "use", "share", "statements", "failures", "lost", "address", ""]
        ]
        for node in status.nodes {
            rows.append([
                node.name, node.trust, node.order.rawValue, node.isWriter ? "writer" : "-", "\(node.inUse)",
                "\(node.share)%", "\(node.statements)", "\(node.failures)", "\(node.losses)", node.address, node.reason,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = """
            \(status.name): \(status.waiting) waiting, \(status.repeated) repeated, \(status.lookedUp) looked up, \
            \(status.inDoubt) in doubt, \(status.refused) refused\n
            """
        for row in rows {
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: max(width - cell.count, 0) + 2)
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
