import XMLConfig

/// Domains and users of the directory, as rows.
///
/// What a group or a domain says is written to each of its users: the tables keep it nowhere else.
struct DirectoryImport {
    /// The columns for parameters and variables that have one.
    private static let columns: [String: [String: String]] = [
        "param": [
            "password": "password", "dial-string": "dial_string", "auth-acl": "auth_acl", "MWI-Account": "mwi_account",
            "max-registrations-per-extension": "max_registrations",
        ],
        "variable": Dictionary(
            uniqueKeysWithValues: [
                "toll_allow", "accountcode", "user_context", "effective_caller_id_name", "effective_caller_id_number",
                "outbound_caller_id_name", "outbound_caller_id_number", "emergency_caller_id_name",
                "emergency_caller_id_number", "hold_music", "limit_max", "limit_destination", "absolute_codec_string",
            ].map { ($0, $0) }
        ),
    ]
    /// What the handler says of every user, whatever the rows hold.
    private static let fixed: [String: [String: String?]] = [
        "param": [
            "vm-enabled": "true", "verto-context": nil, "verto-dialplan": "XML", "jsonrpc-allowed-methods": "verto",
            "jsonrpc-allowed-event-channels": "demo,conference,presence",
        ],
        "variable": [
            "domain_uuid": nil, "domain_name": nil, "extension_uuid": nil, "call_timeout": nil, "caller_id_name": nil,
            "caller_id_number": nil, "presence_id": nil, "record_stereo": "true",
            "transfer_fallback_extension": "operator", "export_vars": "domain_name,domain_uuid", "call_group": nil,
        ],
    ]
    private static let attributes: Set<String> = ["id", "number-alias", "cidr", "type", "cacheable"]

    private(set) var output: ImportedRows
    /// The domains of the section.
    private(set) var domains: [String] = []
    private let gateways: GatewayNames

    /// Adds the rows of a section to others.
    init(_ section: XMLNode?, _ gateways: GatewayNames, into output: ImportedRows) {
        (self.output, self.gateways) = (output, gateways)
        for node in section?.children ?? [] where node.name == "domain" { add(DirectoryDomain(node)) }
    }

    private mutating func add(_ domain: DirectoryDomain) {
        domains.append(domain.name)
        let identifier = output.add(
            "v_domains",
            key: "domain_uuid",
            named: domain.name,
            texts: ["domain_name": ImportedRows.kept(domain.name)],
            truths: ["domain_enabled": true]
        )
        var seen: Set<String> = []
        for user in domain.users where seen.insert(user.id.lowercased()).inserted { add(user, domain: identifier) }
    }

    private struct Setting {
        let type: String
        let name: String
        let value: String
    }

    private mutating func add(_ user: DirectoryUser, domain: String) {
        let place = "\(user.id)@\(user.domain)"
        var texts = [
            "domain_uuid": domain, "extension": ImportedRows.kept(user.id),
            "number_alias": ImportedRows.kept(user[attribute: "number-alias"] ?? ""),
            "cidr": user[attribute: "cidr"] ?? "",
            "call_group": user.groups.filter { $0 != "default" }.joined(separator: ","),
        ]
        var settings: [Setting] = []
        for (type, list) in [("param", user.params), ("variable", user.variables)] {
            for (name, value) in list.all {
                let value = gateways.replaced(in: value)
                if let said = Self.fixed[type]?[name] {
                    if said != value { noteFixed(type, name) }
                } else if let column = Self.columns[type]?[name] {
                    // Passwords are kept to the letter.
                    texts[column] = column == "password" ? value : ImportedRows.kept(value)
                    if column != "password", column != "dial_string" { noteVariables(in: value, type, name) }
                } else {
                    settings.append(Setting(type: type, name: name, value: value))
                    noteVariables(in: value, type, name)
                }
            }
        }
        noteWhatIsLeft(user, place)
        let identifier = output.add(
            "v_extensions",
            key: "extension_uuid",
            named: place,
            texts: texts,
            truths: ["enabled": true]
        )
        for setting in settings {
            output.add(
                "v_extension_settings",
                key: "extension_setting_uuid",
                named: "\(place) \(setting.type) \(setting.name)",
                isOrdered: true,
                texts: [
                    "domain_uuid": domain, "extension_uuid": identifier, "extension_setting_type": setting.type,
                    "extension_setting_name": ImportedRows.kept(setting.name),
                    "extension_setting_value": ImportedRows.kept(setting.value),
                ],
                truths: ["extension_setting_enabled": true]
            )
        }
    }

    // MARK: - What is not the same

    private mutating func noteFixed(_ type: String, _ name: String) {
        output.note(.warning("\(type) \(name) of users: what the handler says comes first, what the files say is lost"))
    }

    private mutating func noteVariables(in value: String, _ type: String, _ name: String) {
        guard value.contains("$") else { return }
        output.note(.warning("\(type) \(name) of users loses its variables: the handler leaves out every $"))
    }

    private mutating func noteWhatIsLeft(_ user: DirectoryUser, _ place: String) {
        if user.params["password"]?.isEmpty ?? true, user.params["a1-hash"] == nil {
            output.note(.warning("\(place) has no password in the files"))
        }
        if !user.profileVariables.isEmpty {
            output.note(.warning("\(place): profile-variables have no place in the tables"))
        }
        for (name, value) in user.attributes where !Self.attributes.contains(name) && !value.isEmpty {
            output.note(.warning("\(place): the attribute \(name) has no place in the tables"))
        }
        let known = ["params", "variables", "profile-variables"]
        for child in user.node.children where !known.contains(child.name) {
            output.note(.warning("\(place): <\(child.name)> has no place in the tables"))
        }
    }
}
