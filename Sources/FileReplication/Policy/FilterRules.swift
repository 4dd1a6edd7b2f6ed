/// Which paths of a folder are replicated: the first rule that fits decides, and what no rule fits is.
///
/// A directory that is left out leaves out everything beneath it, as rsync does.
public struct FilterRules: Hashable, Sendable {
    /// How many rules there are at most.
    public static let maximumCount = 1000

    private struct Rule: Hashable {
        var pattern: FilterPattern
        var isInclusion: Bool
    }

    private var rules: [Rule] = []

    /// Everything is replicated.
    public init() {}

    /// Adds a rule behind the others: `+ PATTERN` includes, `- PATTERN` and a pattern alone leave out.
    ///
    /// False when it is no rule, or one too many.
    public mutating func append(_ text: String) -> Bool {
        let isInclusion = text.hasPrefix("+ ")
        let words = isInclusion || text.hasPrefix("- ") ? String(text.dropFirst(2)) : text
        guard rules.count < Self.maximumCount, let pattern = FilterPattern(words) else { return false }
        rules.append(Rule(pattern: pattern, isInclusion: isInclusion))
        return true
    }

    /// Whether a path is replicated.
    public func includes(_ path: TreePath, isDirectory: Bool) -> Bool {
        guard !rules.isEmpty else { return true }
        if let parent = path.parent, !parent.isRoot, !includes(parent, isDirectory: true) { return false }
        return rules.first { $0.pattern.matches(path, isDirectory: isDirectory) }?.isInclusion ?? true
    }
}
