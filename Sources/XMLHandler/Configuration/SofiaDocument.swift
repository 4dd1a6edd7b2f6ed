import XMLConfig

/// `sofia.conf`: the SIP profiles of this machine, with their gateways.
struct SofiaDocument {
    static let settingsSQL = "SELECT * FROM v_sofia_global_settings ORDER BY global_setting_name"
    static let domainsSQL = """
        SELECT * FROM v_sip_profile_domains ORDER BY sip_profile_domain_name, sip_profile_domain_uuid
        """

    static func profilesSQL(_ schema: Schema) -> String {
        let profile = ["sip_profile_uuid", "sip_profile_name", "sip_profile_hostname", "sip_profile_enabled"]
        let setting = ["sip_profile_setting_name", "sip_profile_setting_value", "sip_profile_setting_enabled"]
        return """
            SELECT \(schema.list("p", "v_sip_profiles", profile)), \
            \(schema.list("s", "v_sip_profile_settings", setting)) FROM v_sip_profiles p \
            JOIN v_sip_profile_settings s ON s.sip_profile_uuid = p.sip_profile_uuid \
            ORDER BY p.sip_profile_name, s.sip_profile_setting_name, s.sip_profile_setting_uuid
            """
    }

    /// Variables that a setting of a profile may have for each call.
    private static let callVariables = ["{domain_name}", "{strftime", "{uuid}", "{record_ext}"]

    let node: XMLNode

    /// - Parameters:
    ///   - settings: What holds for all profiles.
    ///   - profiles: A row for each setting of a profile.
    init(
        settings: [TableRow],
        profiles: [TableRow],
        gateways: [TableRow],
        domains: [TableRow],
        options: HandlerOptions
    ) {
        let settings = settings.filter { $0.isTrue("global_setting_enabled") }.map { row in
            XMLNode.param(
                TableText.safe(row.text("global_setting_name")),
                TableText.safe(row.text("global_setting_value"))
            )
        }
        let gateways = Dictionary(grouping: gateways.filter { $0.isTrue("enabled") && $0.isOf(options.hostName) }) {
            $0.text("profile")
        }
        let domains = Dictionary(grouping: domains) { $0.text("sip_profile_uuid") }
        let rows = profiles.filter { row in
            row.isTrue("sip_profile_enabled") && row.isTrue("sip_profile_setting_enabled")
                && row.isOf(options.hostName, "sip_profile_hostname")
        }
        var names: [String] = []
        let byName = Dictionary(grouping: rows) { $0.text("sip_profile_name") }
        for row in rows where names.last != row.text("sip_profile_name") { names.append(row.text("sip_profile_name")) }
        let children = names.map { name in
            let rows = byName[name] ?? []
            let identifier = rows.first?.text("sip_profile_uuid") ?? ""
            return XMLNode(
                "profile",
                [("name", TableText.safe(name))],
                [
                    XMLNode("aliases"),
                    XMLNode("gateways", [], (gateways[name] ?? []).map { SofiaGateway($0).node }),
                    XMLNode("domains", [], (domains[identifier] ?? []).map(Self.domain)),
                    XMLNode("settings", [], rows.map { Self.setting($0, options) }),
                ]
            )
        }
        node = .configuration(
            "sofia.conf",
            description: "sofia Endpoint",
            [XMLNode("global_settings", [], settings), XMLNode("profiles", [], children)]
        )
    }

    private static func domain(_ row: TableRow) -> XMLNode {
        XMLNode(
            "domain",
            ["name", "alias", "parse"].map { ($0, TableText.safe(row.nonEmpty("sip_profile_domain_\($0)") ?? "false")) }
        )
    }

    private static func setting(_ row: TableRow, _ options: HandlerOptions) -> XMLNode {
        .param(
            TableText.safe(row.text("sip_profile_setting_name")),
            TableText.expandingGlobals(
                row.text("sip_profile_setting_value"),
                options.globalVariable,
                keeping: callVariables
            )
        )
    }
}
