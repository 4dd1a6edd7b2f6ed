import Sofia
import SwitchCore
import XMLConfig

/// The `configuration` section.
extension ConfigurationCheck {
    func checkConfigurations(_ section: XMLNode) -> [Diagnostic] {
        section.children(named: "configuration").flatMap { node in
            let name = node[attribute: "name"]?.lowercased() ?? ""
            switch name {
            case "modules.conf", "pre_load_modules.conf", "post_load_modules.conf": return checkModules(node)
            case "switch.conf": return checkSwitch(node)
            case "sofia.conf": return SofiaCheck.diagnostics(for: node)
            default:
                if known.configurations.contains(name) { return [] }
                return [Diagnostic(.note, at: node.location, "nothing in this version reads \(name)")]
            }
        }
    }

    private func checkModules(_ node: XMLNode) -> [Diagnostic] {
        guard let list = node.first("modules") else { return [] }
        return list.children(named: "load").compactMap { entry in
            guard let name = entry[attribute: "module"], !known.modules.contains(name) else { return nil }
            return missing(
                "module",
                name,
                ours: known.modules,
                theirs: FreeSWITCHNames.modules,
                at: entry.location
            )
        }
    }

    private func checkSwitch(_ node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try SwitchConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
