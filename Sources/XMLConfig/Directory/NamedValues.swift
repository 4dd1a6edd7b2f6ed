/// An ordered list of names and values; names compare without case and are unique.
public struct NamedValues: Sendable {
    private var order: [(name: String, value: String)] = []
    private var places: [String: Int] = [:]

    /// An empty list.
    public init() {}

    /// The value under a name.
    public subscript(name: String) -> String? {
        places[name.foldedASCII].map { order[$0].value }
    }

    /// The names and values in order.
    public var all: [(name: String, value: String)] { order }

    /// Whether there are none.
    public var isEmpty: Bool { order.isEmpty }

    /// Adds a value unless the name has one.
    public mutating func addIfAbsent(_ name: String, _ value: String) {
        let key = name.foldedASCII
        guard places[key] == nil else { return }
        places[key] = order.count
        order.append((name, value))
    }

    /// Adds what `<params>`, `<variables>` or `<profile-variables>` of a node hold, where absent.
    mutating func addIfAbsent(from node: XMLNode?, list: String, element: String) {
        for child in node?.first(list)?.children ?? [] where child.name == element {
            guard let name = child[attribute: "name"] else { continue }
            addIfAbsent(name, child[attribute: "value"] ?? "")
        }
    }
}
