import Base
import SwitchCore
import XMLConfig

/// The gateways that belong to a profile: those of `sofia.conf`, and those of the domains that it says (`<domains>`).
struct GatewayLists: Sendable {
    private var nodes: [XMLNode]
    /// The domains that are other names of the profile.
    private(set) var aliases: [String] = []

    /// Reads a `<profile>`, and asks the directory where it says so.
    ///
    /// - Parameter function: What asks, as providers are told.
    init(of profile: XMLNode, in softswitch: Switch, askedBy function: String) async {
        nodes = Self.gateways(in: profile)
        let name = profile[attribute: "name"] ?? ""
        let origin = LookUpOrigin("sofia.c", function)
        let entries = profile.children(named: "domains").flatMap { Array($0.children(named: "domain")) }
        for entry in entries {
            guard let domain = entry.nonEmpty(attribute: "name") else { continue }
            let isAlias = entry[attribute: "alias"]?.isTrueSetting == true
            let isParsed = entry[attribute: "parse"]?.isTrueSetting == true
            guard isAlias || isParsed else { continue }
            for found in await Self.domains(named: domain, for: name, in: softswitch, origin) {
                if isAlias { aliases.append(found.name) }
                if isParsed {
                    nodes += Self.gateways(in: found.node) + found.users.flatMap { Self.gateways(in: $0.node) }
                }
            }
        }
    }

    /// What can be used of them; the first of each name counts.
    func configurations(_ diagnostics: inout [Diagnostic]) -> [GatewayConfiguration] {
        var all: [GatewayConfiguration] = []
        var names: Set<String> = []
        for node in nodes {
            do throws(ConfigurationError) {
                let gateway = try GatewayConfiguration(xml: node, diagnostics: &diagnostics)
                if names.insert(gateway.name).inserted {
                    all.append(gateway)
                } else {
                    let text = "there is another gateway \"\(gateway.name)\" before this one, which is not used"
                    diagnostics.append(Diagnostic(.warning, at: node.location, text))
                }
            } catch {
                diagnostics += error.diagnostics
            }
        }
        return all
    }

    private static func gateways(in node: XMLNode) -> [XMLNode] {
        node.children(named: "gateways").flatMap { Array($0.children(named: "gateway")) }
    }

    /// The name that stands for every domain.
    private static let every = "all"

    private static func domains(
        named name: String,
        for profile: String,
        in softswitch: Switch,
        _ origin: LookUpOrigin
    ) async -> [DirectoryDomain] {
        let question = [("purpose", "gateways"), ("profile", profile)]
        guard name.lowercased() == every else {
            let found = await softswitch.directory.domain(name, origin: origin, parameters: question)
            return found.map { [$0] } ?? []
        }
        let section = await softswitch.xml.locate(
            section: .directory,
            tag: "",
            key: "",
            value: "",
            parameters: origin.parameters + question
        )
        return section?.children(named: "domain").map { DirectoryDomain($0) } ?? []
    }
}
