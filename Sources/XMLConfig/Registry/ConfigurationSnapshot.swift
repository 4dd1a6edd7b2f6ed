import Synchronization

/// A configuration tree as it was at one moment; a reload makes another one.
public final class ConfigurationSnapshot: Sendable {
    /// Which load this is, counted from one; compiled forms are kept under it.
    ///
    /// Zero before the first load.
    public let generation: UInt64
    /// The document element.
    public let root: XMLNode
    /// What was noticed while loading; no errors among it.
    public let diagnostics: [Diagnostic]

    private struct IndexKey: Hashable {
        let section: XMLSection
        let tag: String
        let key: String
    }

    /// Enough for every kind of look-up that the modules make; a further kind is searched for without an index.
    private static let maximumIndexes = 64

    private let indexes = Mutex<[IndexKey: [String: XMLNode]]>([:])

    /// A snapshot of a tree.
    public init(generation: UInt64, root: XMLNode, diagnostics: [Diagnostic] = []) {
        (self.generation, self.root, self.diagnostics) = (generation, root, diagnostics)
    }

    /// The first section of a name; `phrases` stands in for `languages` in old trees.
    public func section(_ section: XMLSection) -> XMLNode? {
        Self.section(section, of: root)
    }

    /// The tag of a section whose attribute `key` has `value`; the section itself when the tag is empty.
    public func find(section: XMLSection, tag: String, key: String, value: String) -> XMLNode? {
        guard !tag.isEmpty, !key.isEmpty else { return Self.find(section, tag: tag, key: key, value: value, in: root) }
        let index = IndexKey(section: section, tag: tag, key: key)
        return indexes.withLock { indexes in
            if let known = indexes[index] { return known[value.foldedASCII] }
            guard indexes.count < Self.maximumIndexes else {
                return Self.find(section, tag: tag, key: key, value: value, in: root)
            }
            var built: [String: XMLNode] = [:]
            for node in self.section(section)?.children ?? [] where node.name == tag {
                guard let name = node[attribute: key]?.foldedASCII, built[name] == nil else { continue }
                built[name] = node
            }
            indexes[index] = built
            return built[value.foldedASCII]
        }
    }

    static func section(_ section: XMLSection, of root: XMLNode) -> XMLNode? {
        if let found = root.firstChild(named: "section", where: "name", equals: section.rawValue) { return found }
        return section == .languages ? root.firstChild(named: "section", where: "name", equals: "phrases") : nil
    }

    static func find(_ section: XMLSection, tag: String, key: String, value: String, in root: XMLNode) -> XMLNode? {
        guard let section = self.section(section, of: root) else { return nil }
        if tag.isEmpty { return section }
        return key.isEmpty ? section.first(tag) : section.firstChild(named: tag, where: key, equals: value)
    }
}
