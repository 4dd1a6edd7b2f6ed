public import XMLConfig

/// Something that an operator should know about a migration: what will not work the same, or what was left out.
public struct MigrationNote: Sendable, Hashable, CustomStringConvertible {
    /// How much of a difference it makes.
    public let severity: Diagnostic.Severity
    /// What it is.
    public let text: String

    static func note(_ text: String) -> Self { Self(.note, text) }
    static func warning(_ text: String) -> Self { Self(.warning, text) }

    init(_ severity: Diagnostic.Severity, _ text: String) {
        (self.severity, self.text) = (severity, text)
    }

    /// `warning: …`.
    public var description: String { "\(severity.rawValue): \(text)" }
}
