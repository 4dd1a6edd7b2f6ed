import XMLConfig

/// The names that a tree itself defines and that other parts of it refer to.
struct TreeNames {
    private var contexts: Set<String> = []
    private var profiles: Set<String> = []
    private var gateways: Set<String> = []

    init(_ root: XMLNode) {
        for section in root.children(named: "section") {
            switch section[attribute: "name"]?.lowercased() {
            case "dialplan": contexts.formUnion(section.children(named: "context").compactMap(\.key))
            case "configuration":
                let sofia = section.firstChild(named: "configuration", where: "name", equals: "sofia.conf")
                guard let list = sofia?.first("profiles") else { continue }
                for profile in list.children(named: "profile") {
                    profiles.formUnion([profile.key].compactMap { $0 })
                    gateways.formUnion(Self.gateways(in: profile))
                    profiles.formUnion(profile.first("aliases")?.children.compactMap(\.key) ?? [])
                }
            case "directory": gateways.formUnion(Self.gateways(in: section))
            default: break
            }
        }
    }

    /// The names of all gateways inside an element.
    private static func gateways(in node: XMLNode) -> [String] {
        node.children.flatMap { child in
            child.name == "gateway" ? [child.key].compactMap { $0 } : gateways(in: child)
        }
    }

    /// Whether a call finds a context of that name; one named `global` stands in for all.
    func hasContext(_ name: String) -> Bool {
        contexts.contains(name.lowercased()) || contexts.contains("global")
    }

    func hasProfile(_ name: String) -> Bool { profiles.contains(name.lowercased()) }

    func hasGateway(_ name: String) -> Bool { gateways.contains(name.lowercased()) }

    /// The nearest gateway's name to a misspelt one, as the end of a message.
    func gatewayHint(_ name: String) -> String { SpellingSuggestion.hint(for: name, among: gateways) }

    /// The nearest profile name to a misspelt one, as the end of a message.
    func profileHint(_ name: String) -> String { SpellingSuggestion.hint(for: name, among: profiles) }
}

extension XMLNode {
    /// The name attribute as look-ups compare it.
    fileprivate var key: String? { self[attribute: "name"]?.lowercased() }
}
