import Base
public import XMLConfig

/// What can be said about `sofia.conf` without starting a profile.
public enum SofiaCheck {
    /// The findings about every profile.
    public static func diagnostics(for configuration: XMLNode) -> [Diagnostic] {
        guard let profiles = configuration.first("profiles") else {
            return [Diagnostic(.error, at: configuration.location, "sofia.conf has no <profiles>")]
        }
        return profiles.children(named: "profile").flatMap { node in
            var diagnostics: [Diagnostic] = []
            do throws(ConfigurationError) {
                _ = try ProfileConfiguration(
                    xml: node,
                    defaultAddress: .loopbackV4,
                    version: "",
                    diagnostics: &diagnostics
                )
            } catch {
                diagnostics = error.diagnostics
            }
            if let gateways = node.first("gateways") {
                for gateway in gateways.children(named: "gateway") {
                    let name = gateway[attribute: "name"] ?? ""
                    let text = "the gateway \"\(name)\" has no effect: gateways are not in this version"
                    diagnostics.append(Diagnostic(.warning, at: gateway.location, text))
                }
            }
            return diagnostics
        }
    }
}
