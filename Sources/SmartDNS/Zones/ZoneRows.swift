import XMLConfig

/// What tables say of data centers and zones, as the elements that the configuration has for it.
///
/// So both are read, and refused, in the same way; the place of an element is the row that it comes from.
public struct ZoneRows: Sendable {
    /// Elements `data-center`, in their order.
    var dataCenters: [XMLNode] = []
    /// Elements `zone`, with their records and services.
    var zones: [XMLNode] = []
    /// Elements `zone` with records and services for zones that are not in the tables.
    var additions: [XMLNode] = []
    /// What is wrong with rows that cannot be elements.
    var faults: [Diagnostic] = []

    /// A configuration with what the tables say: what it says itself comes first.
    func added(to configuration: XMLNode, _ diagnostics: inout [Diagnostic]) -> XMLNode {
        diagnostics += faults
        var written = configuration.first("zones")?.children ?? []
        for addition in additions {
            let place = written.firstIndex { $0.name == "zone" && Self.zone(of: $0) == Self.zone(of: addition) }
            guard let place else {
                for node in addition.children {
                    diagnostics.append(
                        Diagnostic(.error, at: node.location, "there is no zone \(Self.zone(of: addition))")
                    )
                }
                continue
            }
            written[place] = written[place].with(children: written[place].children + addition.children)
        }
        let centers = (configuration.first("data-centers")?.children ?? []) + dataCenters
        let own = configuration.children.filter { $0.name != "data-centers" && $0.name != "zones" }
        return configuration.with(
            children: own + [
                XMLNode("data-centers", children: centers, location: configuration.location),
                XMLNode("zones", children: written + zones, location: configuration.location),
            ]
        )
    }

    /// The name of a zone, as it is compared.
    static func zone(of node: XMLNode) -> String {
        key(node[attribute: "name"] ?? "")
    }

    /// A zone's name, as it is compared: in small letters, without the dot at its end.
    static func key(_ name: String) -> String {
        let small = name.lowercased()
        return small.hasSuffix(".") ? String(small.dropLast()) : small
    }

    // MARK: - As a text

    /// All of it as XML, by which two readings are compared, and which is kept for when there is no database.
    var text: String {
        let parts = [("data-centers", dataCenters), ("zones", zones), ("additions", additions)]
        return XMLNode("smart-dns", children: parts.map { XMLNode($0, children: $1) }).description
    }

    init() {}

    /// Reads the text.
    ///
    /// - Parameter name: What places are called.
    init(text: [UInt8], named name: String) throws(ConfigurationError) {
        let root = try XMLDocument.parse(text, named: name, limits: XMLLimits())
        dataCenters = root.first("data-centers")?.children ?? []
        zones = root.first("zones")?.children ?? []
        additions = root.first("additions")?.children ?? []
    }
}

extension XMLNode {
    /// The element with other children.
    fileprivate func with(children: [XMLNode]) -> XMLNode {
        XMLNode(name, attributes: attributes, children: children, text: text, location: location)
    }
}
