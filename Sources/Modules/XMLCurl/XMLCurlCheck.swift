public import XMLConfig

/// Reads the module's configuration without acting on it, for the check of a tree.
public enum XMLCurlCheck {
    /// The configurations that it reads.
    public static let configurations = ["xml_curl.conf"]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try XMLCurlConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
