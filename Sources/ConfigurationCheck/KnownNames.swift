/// What this version has, by name.
public struct KnownNames: Sendable {
    /// The modules that can be loaded.
    public var modules: Set<String>
    /// The dialplan applications, with whether they may run inline.
    public var applications: [String: Bool]
    /// The API commands.
    public var commands: Set<String>
    /// The endpoints of dial strings.
    public var endpoints: Set<String>
    /// The configurations (`sofia.conf`) that something reads.
    public var configurations: Set<String>

    /// The names.
    public init(
        modules: Set<String>,
        applications: [String: Bool],
        commands: Set<String>,
        endpoints: Set<String>,
        configurations: Set<String>
    ) {
        (self.modules, self.applications, self.commands) = (modules, applications, commands)
        (self.endpoints, self.configurations) = (endpoints, configurations)
    }
}
