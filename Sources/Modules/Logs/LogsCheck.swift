public import XMLConfig

/// Reads the configurations of these modules without acting on them, for the check of a tree.
public enum LogsCheck {
    /// The configurations that it reads.
    public static let configurations = ["console.conf", "logfile.conf"]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode, named name: String) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            if name.lowercased() == "console.conf" {
                _ = try TerminalSettings(xml: node, diagnostics: &diagnostics)
            } else {
                _ = try LogFileSettings(xml: node, logDirectory: "", diagnostics: &diagnostics)
            }
            return diagnostics
        } catch {
            return diagnostics + error.diagnostics
        }
    }
}
