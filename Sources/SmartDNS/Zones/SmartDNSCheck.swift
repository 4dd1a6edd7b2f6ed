public import XMLConfig

/// Reads the configuration without acting on it, for the check of a tree.
public enum SmartDNSCheck {
    /// The configurations that it reads.
    public static let configurations = ["smart_dns.conf"]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try SmartDNSConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
