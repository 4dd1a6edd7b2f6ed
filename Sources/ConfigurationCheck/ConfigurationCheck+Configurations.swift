import Applications
import Balancing
import CDR
import CoreDatabase
import EventSocket
import FileSync
import LocalStream
import Logs
import Lookups
import Measuring
import Memcache
import Prometheus
import SmartDNS
import Sofia
import SwitchCore
import XMLConfig
import XMLCurl
import XMLHandler

/// The `configuration` section.
extension ConfigurationCheck {
    func configurationFindings(_ section: XMLNode, of root: XMLNode) -> FindingList {
        var list = FindingList()
        for node in section.children(named: "configuration") {
            let name = node[attribute: "name"] ?? ""
            switch name.lowercased() {
            case "modules.conf", "pre_load_modules.conf", "post_load_modules.conf": checkModules(node, &list)
            case "switch.conf": checkSwitch(node, &list)
            case "sofia.conf": checkSofia(node, root, &list)
            case "event_socket.conf": checkEventSocket(node, &list)
            case "acl.conf": checkAccessLists(node, root, &list)
            case _ where MenuCheck.configurations.contains(name.lowercased()): checkMenus(node, root, &list)
            case _ where BalancerCheck.configurations.contains(name.lowercased()):
                list.add(.core, BalancerCheck.diagnostics(for: node))
            case _ where CDRCheck.configurations.contains(name.lowercased()):
                list.add(.records, CDRCheck.diagnostics(for: node, named: name))
            case _ where LogsCheck.configurations.contains(name.lowercased()):
                list.add(.core, LogsCheck.diagnostics(for: node, named: name))
            case _ where LocalStreamCheck.configurations.contains(name.lowercased()):
                list.add(.core, LocalStreamCheck.diagnostics(for: node))
            case _ where PrometheusCheck.configurations.contains(name.lowercased()):
                list.add(.core, PrometheusCheck.diagnostics(for: node))
            case _ where MemcacheCheck.configurations.contains(name.lowercased()):
                list.add(.core, MemcacheCheck.diagnostics(for: node))
            case _ where CurlCheck.configurations.contains(name.lowercased()):
                list.add(.core, CurlCheck.diagnostics(for: node))
            case _ where CallerNameCheck.configurations.contains(name.lowercased()):
                list.add(.core, CallerNameCheck.diagnostics(for: node))
            case _ where ENUMCheck.configurations.contains(name.lowercased()):
                list.add(.core, ENUMCheck.diagnostics(for: node))
            case _ where FileSyncCheck.configurations.contains(name.lowercased()):
                list.add(.core, FileSyncCheck.diagnostics(for: node))
            case _ where MeasuringCheck.configurations.contains(name.lowercased()):
                list.add(.core, MeasuringCheck.diagnostics(for: node))
            case _ where SmartDNSCheck.configurations.contains(name.lowercased()):
                list.add(.core, SmartDNSCheck.diagnostics(for: node))
            case _ where XMLCurlCheck.configurations.contains(name.lowercased()):
                list.add(.core, XMLCurlCheck.diagnostics(for: node))
            case _ where XMLHandlerCheck.configurations.contains(name.lowercased()):
                list.add(.core, XMLHandlerCheck.diagnostics(for: node))
            case _ where known.configurations.contains(name): break
            case _ where known.configurations.isFreeSWITCHs(name):
                list.add(.configuration, .note, node, "nothing in this version reads \(name)")
            default:
                let hint = SpellingSuggestion.hint(for: name, among: known.configurations.all)
                let severity: Diagnostic.Severity = hint.isEmpty ? .note : .warning
                list.add(.configuration, severity, node, "nothing reads \"\(name)\"\(hint)")
            }
        }
        return list
    }

    private func checkMenus(_ node: XMLNode, _ root: XMLNode, _ list: inout FindingList) {
        list.add(.application, MenuCheck.diagnostics(for: node))
        var dialplan = DialplanCheck(known: known, root: root)
        for call in MenuCheck.calls(in: node) { dialplan.checkCall(of: call.application, call.data, at: call.node) }
        list.add(dialplan.findings)
    }

    private func checkModules(_ node: XMLNode, _ list: inout FindingList) {
        guard let modules = node.first("modules") else { return }
        for entry in modules.children(named: "load") {
            guard let path = entry.nonEmpty(attribute: "module") else {
                list.add(.module, .warning, entry, "expected module=\"mod_…\"")
                continue
            }
            let name = ModuleLoader.bareName(path)
            if known.modules.contains(name) { continue }
            if let reason = FreeSWITCHNames.replacedModules[name] {
                list.add(.module, .note, entry, "\(name) has no effect: \(reason)")
            } else {
                list.addMissing(.module, "module", name, from: known.modules, at: entry)
            }
        }
    }

    private func checkSwitch(_ node: XMLNode, _ list: inout FindingList) {
        let diagnostics = Self.diagnostics { found throws(ConfigurationError) in
            let configuration = try SwitchConfiguration(xml: node, diagnostics: &found)
            if let database = configuration.coreDatabase {
                found += CoreDatabaseCheck.diagnostics(for: database, at: node)
            }
        }
        list.add(.core, diagnostics)
        for child in node.children where child.name != "settings" && !child.children.isEmpty {
            list.add(.core, .note, child, "<\(child.name)> has no effect in this version")
        }
    }

    private func checkEventSocket(_ node: XMLNode, _ list: inout FindingList) {
        let diagnostics = Self.diagnostics { found throws(ConfigurationError) in
            _ = try EventSocketConfiguration(xml: node, diagnostics: &found)
        }
        list.add(.core, diagnostics)
    }

    /// What reading a configuration finds, whether it can be used or not.
    private static func diagnostics(
        of reading: (inout [Diagnostic]) throws(ConfigurationError) -> Void
    ) -> [Diagnostic] {
        var found: [Diagnostic] = []
        do throws(ConfigurationError) {
            try reading(&found)
            return found
        } catch {
            return error.diagnostics
        }
    }

    private func checkSofia(_ node: XMLNode, _ root: XMLNode, _ list: inout FindingList) {
        list.add(.sip, SofiaCheck.diagnostics(for: node))
        guard let profiles = node.first("profiles") else { return }
        let names = TreeNames(root)
        for settings in profiles.children(named: "profile").compactMap({ $0.first("settings") }) {
            for parameter in settings.children(named: "param") {
                let value = parameter[attribute: "value"] ?? ""
                switch parameter[attribute: "name"]?.lowercased() {
                case "dialplan":
                    for engine in DialplanCheck.engines(of: value) where !known.dialplans.contains(engine) {
                        list.addMissing(.dialplan, "dialplan", engine, from: known.dialplans, at: parameter)
                    }
                case "context" where !names.hasContext(value):
                    list.add(.dialplan, .warning, parameter, "the dialplan has no context \"\(value)\"")
                default: break
                }
            }
        }
    }

    private func checkAccessLists(_ node: XMLNode, _ root: XMLNode, _ list: inout FindingList) {
        let directory = root.firstChild(named: "section", where: "name", equals: "directory")
        var domains: [String: XMLNode] = [:]
        for name in AccessControlLists.domainNames(in: node) {
            domains[name] = directory?.firstChild(named: "domain", where: "name", equals: name)
        }
        list.add(.accessList, AccessControlLists(xml: node, domains: domains).diagnostics)
    }
}
