/// A tree that has been read and is not in force yet.
public struct LoadedConfiguration: Sendable {
    /// The document element.
    public let root: XMLNode
    /// The global variables that the files set, in order.
    public let assignments: [(name: String, value: String)]
    /// What was noticed; no errors among it.
    public let diagnostics: [Diagnostic]

    /// A tree with the variables that its files set.
    public init(root: XMLNode, assignments: [(name: String, value: String)] = [], diagnostics: [Diagnostic] = []) {
        (self.root, self.assignments, self.diagnostics) = (root, assignments, diagnostics)
    }
}

/// Where a registry reads its tree from.
public protocol ConfigurationSource: Sendable {
    /// Reads the tree; the global variables are read and not written.
    func load(globals: GlobalVariables) throws(ConfigurationError) -> LoadedConfiguration
}
