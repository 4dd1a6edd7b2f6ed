import Applications
import DialplanXML
import Foundation
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

/// The dialplan templates of a front end that many operators use, beside the package, when this machine has them.
struct TemplateTreeTests {
    private static var templates: [String] {
        guard let folder = SharedCorpus.folder("fusionpbx/dialplan-templates") else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { "\(folder)/\($0)" }
    }

    /// What COMPATIBILITY.md says is not in this version.
    private static let missing: Set<String> = [
        "conference", "fifo", "lua", "voicemail",
    ]

    @Test(.enabled(if: !templates.isEmpty), arguments: templates)
    func compilesAndIsKnown(_ path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let context = try XMLDocument.parse(Array("<context name=\"default\">\(text)</context>".utf8), named: path)
        let exchange = try TestSwitch("")
        let supported = Set(ApplicationsModule.applications.map(\.name))
        let errors = CompiledContext(compiling: context).diagnostics.filter { $0.severity == .error }
        #expect(errors.isEmpty)
        for name in Self.applications(in: context) where !Self.missing.contains(name) {
            #expect(supported.contains(name) || exchange.softswitch.applications[name] != nil, "\(name)")
        }
    }

    private static func applications(in node: XMLNode) -> [String] {
        let own = node.name == "action" || node.name == "anti-action" ? node[attribute: "application"] : nil
        return (own.map { [$0] } ?? []) + node.children.flatMap(applications)
    }
}
