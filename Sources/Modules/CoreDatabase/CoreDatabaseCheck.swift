import Database
import DatabaseBalancer
public import SwitchCore
public import XMLConfig

/// Looks at what `switch.conf` says of the core database without opening it, for the check of a tree.
public enum CoreDatabaseCheck {
    /// What there is to say about the settings.
    public static func diagnostics(for settings: CoreDatabaseSettings, at node: XMLNode) -> [Diagnostic] {
        do throws(DatabaseError) {
            _ = try DataSourceName(settings.dsn, directory: "")
            return []
        } catch {
            return [Diagnostic(.error, at: node.location, "core database: \(error)")]
        }
    }
}
