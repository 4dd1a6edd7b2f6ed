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

    private static var contexts: [String] {
        guard let folder = SharedCorpus.folder("freeswitch-vanilla/dialplan"),
            let names = FileManager.default.enumerator(atPath: folder)
        else { return [] }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".xml") }.sorted().map { "\(folder)/\($0)" }
    }

    /// The table of what works how, in words.
    private static let compatibility: String = {
        let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return (try? String(contentsOfFile: "\(package)/COMPATIBILITY.md", encoding: .utf8)) ?? ""
    }()

    /// The contexts that FreeSWITCH comes with: what they name is there, or the table says why it is not.
    @Test(.enabled(if: !contexts.isEmpty), arguments: contexts)
    func vanillaIsKnown(_ path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let document = try XMLDocument.parse(Array(text.utf8), named: path)
        var contexts = document.descendants(named: "context")
        if contexts.isEmpty { contexts = [document] }
        let exchange = try TestSwitch("")
        for context in contexts {
            let errors = CompiledContext(compiling: context).diagnostics.filter { $0.severity == .error }
            #expect(errors.isEmpty, "\(errors)")
        }
        for name in Self.applications(in: document) {
            let isThere = exchange.softswitch.applications[name] != nil
            #expect(isThere || Self.compatibility.contains("`\(name)`"), "\(name)")
        }
    }

    private static func applications(in node: XMLNode) -> [String] {
        let own = node.name == "action" || node.name == "anti-action" ? node[attribute: "application"] : nil
        return (own.map { [$0] } ?? []) + node.children.flatMap(applications)
    }
}

extension XMLNode {
    /// The elements of that name at any depth, but not inside each other.
    fileprivate func descendants(named name: String) -> [XMLNode] {
        self.name == name ? [self] : children.flatMap { $0.descendants(named: name) }
    }
}
