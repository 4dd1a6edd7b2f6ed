import Base
import XMLConfig

/// SIP profiles, their gateways and domains, as rows.
struct ProfilesImport {
    private(set) var output: ImportedRows
    private(set) var gateways = GatewayNames()

    private static let truths: Set<String> = [
        "distinct-to", "register", "contact-in-ping", "caller-id-in-from", "supress-cng",
    ]
    private static let numbers: Set<String> = ["expire-seconds"]
    private static let texts: Set<String> = [
        "username", "auth-username", "password", "realm", "from-user", "from-domain", "proxy", "register-proxy",
        "outbound-proxy", "register-transport", "contact-params", "retry-seconds", "extension", "ping", "ping-min",
        "ping-max", "context", "extension-in-contact",
    ]

    /// Adds the rows of `sofia.conf` to others.
    init(_ configuration: XMLNode?, into output: ImportedRows) {
        self.output = output
        for param in configuration?.first("global_settings")?.children ?? [] where param.name == "param" {
            let name = param[attribute: "name"] ?? ""
            self.output.add(
                "v_sofia_global_settings",
                key: "sofia_global_setting_uuid",
                named: name,
                texts: [
                    "global_setting_name": name,
                    "global_setting_value": ImportedRows.kept(param[attribute: "value"] ?? ""),
                ],
                truths: ["global_setting_enabled": true]
            )
        }
        for profile in configuration?.first("profiles")?.children ?? [] where profile.name == "profile" { add(profile) }
    }

    private mutating func add(_ profile: XMLNode) {
        let name = profile[attribute: "name"] ?? ""
        let identifier = output.add(
            "v_sip_profiles",
            key: "sip_profile_uuid",
            named: name,
            texts: ["sip_profile_name": name],
            truths: ["sip_profile_enabled": true]
        )
        for (index, param) in (profile.first("settings")?.children ?? []).enumerated() where param.name == "param" {
            let (setting, value) = (param[attribute: "name"] ?? "", param[attribute: "value"] ?? "")
            if value.contains("$") {
                output.note(
                    .warning("profile \(name): \(setting) may lose variables: the handler leaves out most of them")
                )
            }
            output.add(
                "v_sip_profile_settings",
                key: "sip_profile_setting_uuid",
                named: "\(name) \(index) \(setting)",
                isOrdered: true,
                texts: [
                    "sip_profile_uuid": identifier, "sip_profile_setting_name": setting,
                    "sip_profile_setting_value": ImportedRows.kept(value),
                ],
                truths: ["sip_profile_setting_enabled": true]
            )
        }
        for domain in profile.first("domains")?.children ?? [] where domain.name == "domain" {
            let domainName = domain[attribute: "name"] ?? ""
            output.add(
                "v_sip_profile_domains",
                key: "sip_profile_domain_uuid",
                named: "\(name) \(domainName)",
                isOrdered: true,
                texts: [
                    "sip_profile_uuid": identifier, "sip_profile_domain_name": domainName,
                    "sip_profile_domain_alias": domain[attribute: "alias"] ?? "",
                    "sip_profile_domain_parse": domain[attribute: "parse"] ?? "",
                ]
            )
        }
        if let aliases = profile.first("aliases"), !aliases.children.isEmpty {
            output.note(.warning("profile \(name): aliases have no place in the tables"))
        }
        for gateway in profile.first("gateways")?.children ?? [] where gateway.name == "gateway" {
            add(gateway, of: name)
        }
    }

    private mutating func add(_ gateway: XMLNode, of profile: String) {
        let name = gateway[attribute: "name"] ?? ""
        var (texts, truths) = (["gateway": name, "profile": profile], ["enabled": true])
        for param in gateway.children where param.name == "param" {
            let (key, value) = (param[attribute: "name"] ?? "", param[attribute: "value"] ?? "")
            let column = key.replacing("-", with: "_")
            if Self.truths.contains(key) {
                truths[column] = value.isTrueSetting
            } else if Self.texts.contains(key) || Self.numbers.contains(key) && Int(value) != nil {
                texts[column] = key == "password" ? value : ImportedRows.kept(value)
            } else {
                output.note(.warning("gateway \(name): \(key) has no place in the tables"))
            }
        }
        for variable in gateway.first("variables")?.children ?? [] {
            if variable[attribute: "name"] == "sip_cid_type" {
                texts["sip_cid_type"] = variable[attribute: "value"] ?? ""
            } else {
                output.note(.warning("gateway \(name): its variables have no place in the tables"))
            }
        }
        let identifier = output.add(
            "v_gateways",
            key: "gateway_uuid",
            named: "\(profile) \(name)",
            texts: texts,
            truths: truths
        )
        gateways.add(name, identifier)
        output.note(.note("the gateway \(name) is \(identifier) now, in dial strings too that name it"))
    }
}
