import Testing

/// Short ways to write conditions whose outcome is known: destination is always 1001.
let pass = "field=\"destination_number\" expression=\"^1001$\""
let fail = "field=\"destination_number\" expression=\"^9999$\""
func act(_ name: String) -> String { "<action application=\"\(name)\"/>" }
func anti(_ name: String) -> String { "<anti-action application=\"\(name)\"/>" }
func ext(_ body: String, _ attributes: String = "", name: String = "e") -> String {
    "<extension name=\"\(name)\" \(attributes)>\(body)</extension>"
}
/// What runs when the extension before did not count as matched.
let next = ext("<condition>\(act("next"))</condition>", name: "n")

struct Rule: Sendable, CustomTestStringConvertible {
    var name: String
    var xml: String
    var expected: String
    var testDescription: String { name }

    init(_ name: String, _ xml: String, _ expected: String) {
        (self.name, self.xml, self.expected) = (name, xml, expected)
    }
}
