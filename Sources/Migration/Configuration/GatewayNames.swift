/// The names that gateways get: the handler names a gateway by the identifier of its row.
struct GatewayNames: Sendable {
    private(set) var identifiers: [String: String] = [:]

    /// Gives a gateway the identifier of its row.
    mutating func add(_ name: String, _ identifier: String) {
        identifiers[name] = identifier
    }

    /// A text whose dial strings have the new names.
    func replaced(in text: String) -> String {
        guard text.contains(Self.start) else { return text }
        return identifiers.sorted { $0.key < $1.key }.reduce(text) { text, gateway in
            text.replacing("\(Self.start)\(gateway.key)/", with: "\(Self.start)\(gateway.value)/")
        }
    }

    /// Whether a text has a gateway whose name only a call knows.
    static func hasOpenName(_ text: String) -> Bool { text.contains("\(start)$") }

    private static let start = "sofia/gateway/"
}
