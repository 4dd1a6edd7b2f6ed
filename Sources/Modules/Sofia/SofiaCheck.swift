import Base
import Database
import DatabaseBalancer
import SDP
public import XMLConfig

/// What can be said about `sofia.conf` without starting a profile.
public enum SofiaCheck {
    /// The findings about the global settings and every profile.
    public static func diagnostics(for configuration: XMLNode) -> [Diagnostic] {
        var diagnostics = globalSettings(of: configuration)
        guard let profiles = configuration.first("profiles") else {
            return diagnostics + [Diagnostic(.error, at: configuration.location, "sofia.conf has no <profiles>")]
        }
        for profile in profiles.children(named: "profile") {
            diagnostics += settings(of: profile) + codecs(of: profile) + database(of: profile) + parts(of: profile)
        }
        return diagnostics
    }

    private static func globalSettings(of configuration: XMLNode) -> [Diagnostic] {
        guard let settings = configuration.first("global_settings") else { return [] }
        var reader = ConfigurationReader(ParameterList(of: settings))
        reader.noteUnused(ProfileConfiguration.knownElsewhere)
        return (try? reader.finish()) ?? []
    }

    private static func settings(of profile: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try ProfileConfiguration(
                xml: profile,
                defaultAddress: .loopbackV4,
                version: "",
                diagnostics: &diagnostics
            )
        } catch {
            diagnostics += error.diagnostics
        }
        return diagnostics
    }

    /// A database that is no name of one: its profile would keep registrations in memory alone.
    private static func database(of profile: XMLNode) -> [Diagnostic] {
        guard let settings = profile.first("settings"),
            let parameter = ParameterList(of: settings).last("odbc-dsn"), !parameter.value.isEmpty
        else { return [] }
        do throws(DatabaseError) {
            _ = try DataSourceName(parameter.value, directory: "")
            return []
        } catch {
            return [Diagnostic(.error, at: parameter.location, "odbc-dsn: \(error)")]
        }
    }

    /// Codecs that cannot be used are passed over in a list; a list of nothing else takes no call.
    private static func codecs(of profile: XMLNode) -> [Diagnostic] {
        guard let settings = profile.first("settings") else { return [] }
        let parameters = ParameterList(of: settings)
        return ["codec-prefs", "inbound-codec-prefs", "outbound-codec-prefs"].flatMap { name -> [Diagnostic] in
            guard let parameter = parameters.last(name) else { return [] }
            let list = CodecList(parsing: parameter.value)
            if list.preferences.isEmpty {
                let text = "\(name): expected at least one of PCMU, PCMA and L16"
                return [Diagnostic(.error, at: parameter.location, text)]
            }
            guard !list.skipped.isEmpty else { return [] }
            let text = "\(name): \(list.skipped.joined(separator: ", ")) cannot be used in this version"
            return [Diagnostic(.note, at: parameter.location, text)]
        }
    }

    /// The elements of a profile beside its settings.
    private static func parts(of profile: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        let hasTLS = profile.first("settings").map { ParameterList(of: $0).last("tls")?.value.isTrueSetting == true }
        for part in profile.children {
            switch part.name {
            case "settings", "aliases": break
            case "gateways": diagnostics += gateways(part.children(named: "gateway"), hasTLS: hasTLS)
            case "domains": break
            default:
                let known = ["aliases", "domains", "gateways", "settings"]
                let hint = SpellingSuggestion.hint(for: part.name, among: known)
                diagnostics.append(Diagnostic(.warning, at: part.location, "nothing reads <\(part.name)> here\(hint)"))
            }
        }
        return diagnostics
    }

    /// The findings about gateways, of a profile or of the directory.
    ///
    /// - Parameter hasTLS: Whether the profile has TLS; `nil` where that is not known.
    static func gateways(_ nodes: some Sequence<XMLNode>, hasTLS: Bool? = nil) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for node in nodes {
            do throws(ConfigurationError) {
                let gateway = try GatewayConfiguration(xml: node, diagnostics: &diagnostics)
                if hasTLS == false, let fault = gateway.faultWithoutTLS {
                    diagnostics.append(Diagnostic(.error, at: node.location, fault))
                }
            } catch {
                diagnostics += error.diagnostics
            }
        }
        return diagnostics
    }
}
