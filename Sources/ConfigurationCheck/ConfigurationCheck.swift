import Applications
public import XMLConfig

/// What `tandem check` finds in a configuration tree beside what keeps it from loading.
///
/// An error is something that cannot work as it is written: an application that exists nowhere, an expression that is
/// none. A warning is something of FreeSWITCH's that this version does not have, or that is probably not what was
/// meant. A note is worth knowing and changes nothing: a parameter without effect, a trap of the dialplan.
public struct ConfigurationCheck: Sendable {
    let known: KnownNames

    /// A check against what this version has.
    public init(known: KnownNames) {
        self.known = known
    }

    /// Everything found in a tree, section by section.
    public func run(on root: XMLNode) -> [Finding] {
        var list = FindingList()
        for section in root.children(named: "section") {
            let name = section[attribute: "name"] ?? ""
            switch name.lowercased() {
            case "configuration": list.add(configurationFindings(section, of: root))
            case "dialplan":
                var dialplan = DialplanCheck(known: known, root: root)
                dialplan.check(section)
                list.add(dialplan.findings)
            case "chatplan":
                var chatplan = DialplanCheck(known: known, root: root, kind: .texts)
                chatplan.check(section)
                list.add(chatplan.findings)
            case "directory":
                var directory = DirectoryCheck(known: known)
                directory.check(section)
                list.add(directory.findings)
            case "languages": list.add(.sound, PhraseCheck.diagnostics(for: section))
            case let lower where FreeSWITCHNames.sections.contains(lower):
                guard !section.children.isEmpty else { continue }
                list.add(.configuration, .note, section, "nothing in this version reads the section \"\(name)\"")
            default:
                let hint = SpellingSuggestion.hint(for: name, among: FreeSWITCHNames.sections)
                list.add(.configuration, .warning, section, "nothing reads the section \"\(name)\"\(hint)")
            }
        }
        return list.findings
    }
}
