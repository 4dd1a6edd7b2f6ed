public import XMLConfig

/// What `tandem check` finds in a configuration tree beside what keeps it from loading.
///
/// An error is something that will not work as it is written: an application or a command that does not exist, a
/// dial string that cannot be read. A warning is something of FreeSWITCH's that this version does not have, so that
/// the tree works and that part of it does not. A note is a parameter without effect.
public struct ConfigurationCheck: Sendable {
    let known: KnownNames

    /// A check against what this version has.
    public init(known: KnownNames) {
        self.known = known
    }

    /// Everything found in a tree, ordered by file and line.
    public func run(on root: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for section in root.children(named: "section") {
            switch section[attribute: "name"]?.lowercased() {
            case "configuration": diagnostics += checkConfigurations(section)
            case "dialplan": diagnostics += checkDialplan(section)
            default: break
            }
        }
        return diagnostics.sorted { left, right in
            let (first, second) = (left.location, right.location)
            return (first?.file ?? "", first?.line ?? 0) < (second?.file ?? "", second?.line ?? 0)
        }
    }

    /// A finding about a name that this version does not have: FreeSWITCH's, or nobody's.
    func missing(
        _ kind: String,
        _ name: String,
        ours: some Sequence<String>,
        theirs: Set<String>,
        at location: SourceLocation
    ) -> Diagnostic {
        if theirs.contains(name) {
            return Diagnostic(.warning, at: location, "the \(kind) \"\(name)\" is not in this version")
        }
        let nearest = SpellingSuggestion.nearest(to: name, among: Array(ours) + Array(theirs))
        let hint = nearest.map { ", did you mean \"\($0)\"?" } ?? ""
        return Diagnostic(.error, at: location, "there is no \(kind) \"\(name)\"\(hint)")
    }
}
