import DNSMessage

/// Somewhere that a number may be reached: a URI, or a dial string for it.
struct ENUMRoute: Hashable, Sendable {
    /// Lower ones come first.
    var order: UInt16
    /// Among those of one order, lower ones come first.
    var preference: UInt16
    /// What it is for: `E2U+sip`.
    var service: String
    /// The URI or the dial string.
    var text: String

    /// What became of a rule.
    init(_ rule: NamingAuthority, _ text: String) {
        (order, preference, service) = (rule.order, rule.preference, rule.services)
        self.text = text
    }
}

/// What was found for a number.
struct ENUMAnswer: Hashable, Sendable {
    /// Everything that was offered: dial strings, and URIs that there is no route for.
    var offers: [ENUMRoute] = []
    /// The dial strings, those to be tried first at the beginning.
    var routes: [ENUMRoute] = []

    /// The routes as one dial string: those of one preference together, the others one after the other.
    var dialString: String {
        var text = ""
        for (index, route) in routes.enumerated() {
            if index > 0 {
                let previous = routes[index - 1]
                let areEqual = previous.order == route.order && previous.preference == route.preference
                text += areEqual ? "," : "|"
            }
            text += route.text
        }
        return text
    }

    /// The two tables of the command `enum`.
    var tables: String {
        "\nOffered Routes:\n" + Self.table(offers) + "\nSupported Routes:\n" + Self.table(routes)
    }

    private static func table(_ routes: [ENUMRoute]) -> String {
        var text = "Order\tPref\tService   \tRoute\n" + String(repeating: "=", count: 78) + "\n"
        for route in routes {
            let blanks = String(repeating: " ", count: max(0, 10 - route.service.utf8.count))
            text += "\(route.order)\t\(route.preference)\t\(route.service)\(blanks)\t\(route.text)\n"
        }
        return text
    }
}
