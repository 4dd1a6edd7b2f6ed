public import XMLConfig

/// Reads the configurations of these modules without acting on them, for the check of a tree.
public enum CDRCheck {
    /// The configurations that it reads.
    public static let configurations = ["cdr_csv.conf", "json_cdr.conf", "xml_cdr.conf"]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode, named name: String) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            switch name.lowercased() {
            case "cdr_csv.conf":
                _ = try CSVSettings(xml: node, logDirectory: "", diagnostics: &diagnostics)
            case "json_cdr.conf":
                _ = try DocumentSettings(.json, xml: node, logDirectory: "", diagnostics: &diagnostics)
            case "xml_cdr.conf":
                _ = try DocumentSettings(.xml, xml: node, logDirectory: "", diagnostics: &diagnostics)
            default: break
            }
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
