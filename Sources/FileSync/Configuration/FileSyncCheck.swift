public import XMLConfig

/// Reads the configuration without acting on it, for the check of a tree.
public enum FileSyncCheck {
    /// The configurations that are read.
    public static let configurations = [FileSyncConfiguration.name]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try FileSyncConfiguration(xml: node, node: "localhost", diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
