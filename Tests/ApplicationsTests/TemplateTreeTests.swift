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

    /// The applications that COMPATIBILITY.md says are not there: in rows that say "not yet", and in the table of what is
    /// missing.
    private static let listed: Set<String> = {
        let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = (try? String(contentsOfFile: "\(package)/COMPATIBILITY.md", encoding: .utf8)) ?? ""
        let section = text.split(separator: "\n## ").first { $0.hasPrefix("Applications\n") } ?? ""
        var names: Set<String> = []
        var isOfMissing = false
        for line in section.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isOfMissing = false
                continue
            }
            let cells = line.split(separator: "|")
            guard cells.count > 1 else { continue }
            if cells[1] == " what is not there " { isOfMissing = true }
            guard isOfMissing || cells[1].hasPrefix(" not yet") else { continue }
            // What stands behind the applications are commands.
            let applications = cells[0].split(separator: "; the command").first ?? ""
            let parts = applications.split(separator: "`", omittingEmptySubsequences: false)
            for (index, name) in parts.enumerated() where !index.isMultiple(of: 2) { names.insert(String(name)) }
        }
        return names
    }()

    /// What is there, and what a row says in the place of something, is not among what is missing.
    @Test func theTableIsRead() {
        #expect(Self.listed.isSuperset(of: ["conference", "voicemail", "rxfax", "detect_speech", "capture"]))
        #expect(Self.listed.isDisjoint(with: ["bridge", "page", "fax_detect", "say", "luarun", "fifo_member"]))
    }

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
            #expect(isThere != Self.listed.contains(name), "\(name)")
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
