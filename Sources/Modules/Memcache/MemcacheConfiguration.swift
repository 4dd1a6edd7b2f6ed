import Cache
public import XMLConfig

/// The settings of `memcache.conf`.
struct MemcacheConfiguration: Hashable, Sendable {
    /// The servers (`memcache-servers`); none for none.
    var servers: [ServerAddress] = []
    /// What they are shown (`memcache-user`, `memcache-password`); `nil` where they take everybody.
    var credentials: MemcachedCredentials?
    /// The language that they are spoken to in (`memcache-protocol`).
    var wire = WireProtocol.text
    /// How keys are spread over them (`distribution`): as FreeSWITCH does, where nothing else is said.
    var distribution = ServerRing.Distribution.modula

    /// Reads `memcache.conf`.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        servers = reader.value("memcache-servers", expecting: "host,host:port", ServerAddress.list) ?? []
        wire = reader.choice("memcache-protocol", of: WireProtocol.named, default: wire)
        distribution = reader.choice("distribution", of: ServerRing.Distribution.named, default: distribution)
        let (user, password) = (reader.nonEmptyString("memcache-user"), reader.nonEmptyString("memcache-password"))
        credentials = MemcachedCredentials(user: user ?? "", password: password ?? "")
        if user != nil || password != nil, credentials == nil {
            reader.report(.error, at: nil, MemcachedCredentials.expected)
        }
        diagnostics += try reader.finish()
    }
}

/// Reads the module's configuration without acting on it, for the check of a tree.
public enum MemcacheCheck {
    /// The configurations that it reads.
    public static let configurations = [MemcacheModule.configuration]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try MemcacheConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
