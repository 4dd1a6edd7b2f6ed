import XMLConfig

/// One user: what authenticates it, how it is called, and the variables that its calls get.
struct UserDocument {
    /// The user with all that belongs to it: domain, owner, voicemail and follow-me.
    ///
    /// The values are the user, the domain, and the user twice more. A user may have several rows: one for each owner, and
    /// one for each extension whose number or alias it is.
    static func sql(_ schema: Schema) -> String {
        let voicemail = [
            "voicemail_password", "voicemail_mail_to", "voicemail_attach_file", "voicemail_local_after_email",
            "voicemail_enabled", "voicemail_uuid",
        ]
        return """
            SELECT e.*, d.domain_name AS tenant_name, d.domain_enabled AS tenant_enabled, x.user_uuid AS owner_uuid, \
            u.contact_uuid AS owner_contact_uuid, f.follow_me_enabled AS own_follow_me_enabled, \
            \(schema.list("v", "v_voicemails", voicemail)) FROM v_domains d \
            JOIN v_extensions e ON e.domain_uuid = d.domain_uuid \
            LEFT JOIN v_extension_users x ON x.domain_uuid = e.domain_uuid AND x.extension_uuid = e.extension_uuid \
            LEFT JOIN v_users u ON u.domain_uuid = x.domain_uuid AND u.user_uuid = x.user_uuid \
            LEFT JOIN v_follow_me f ON f.follow_me_uuid = e.follow_me_uuid \
            LEFT JOIN v_voicemails v ON v.domain_uuid = e.domain_uuid \
            AND v.voicemail_id = COALESCE(NULLIF(e.number_alias, ''), ?) \
            WHERE d.domain_name = ? AND (e.extension = ? OR e.number_alias = ?)
            """
    }

    /// What a browser may ask for and hear of over a web socket.
    private static let webSocketRights = [
        XMLNode.param("jsonrpc-allowed-methods", "verto"),
        XMLNode.param("jsonrpc-allowed-event-channels", "demo,conference,presence"),
    ]

    private let row: TableRow
    private let settings: [TableRow]
    private let sharedDialString: String?
    private let home: UserNodes.Node?
    private let options: HandlerOptions

    /// - Parameters:
    ///   - settings: The user's own parameters and variables (`v_extension_settings`), in order.
    ///   - dialString: The dial string that the settings have for everybody.
    ///   - home: The other switch that the user is called through.
    init(
        _ row: TableRow,
        settings: [TableRow],
        dialString: String?,
        home: UserNodes.Node? = nil,
        options: HandlerOptions
    ) {
        (self.row, self.settings, sharedDialString, self.options) = (row, settings, dialString, options)
        self.home = home
    }

    /// The document.
    var node: XMLNode {
        let attributes = [
            ("id", safe("extension")), ("cidr", safe("cidr")), ("number-alias", safe("number_alias")), ("type", ""),
        ]
        let user = XMLNode(
            "user",
            attributes,
            [XMLNode("params", [], params), XMLNode("variables", [], variables)]
        )
        return .answer(
            .directory,
            [
                DomainUsers.domain(
                    row.text("tenant_name"),
                    [XMLNode("params", [], Self.webSocketRights), DomainUsers.defaultGroup([user])]
                )
            ]
        )
    }

    private func safe(_ column: String) -> String { TableText.safe(row.text(column)) }

    /// The number that the user is known by: the alias where there is one.
    private var number: String { row.nonEmpty("number_alias") ?? row.text("extension") }

    // MARK: - Parameters

    private var params: [XMLNode] {
        // The password is the one of the row, whatever characters it has.
        var params = [XMLNode.param("password", row.text("password"))]
        let isVoicemailOn = row.nonEmpty("voicemail_enabled") == nil ? "true" : row.truth("voicemail_enabled")
        params.append(.param("vm-enabled", isVoicemailOn))
        if let address = row.nonEmpty("voicemail_mail_to") {
            params += [
                .param("vm-password", safe("voicemail_password")),
                .param("vm-email-all-messages", isVoicemailOn),
                .param("vm-attach-file", row.truth("voicemail_attach_file")),
                .param("vm-keep-local-after-email", row.truth("voicemail_local_after_email")),
                .param("vm-mailto", TableText.safe(address)),
            ]
        }
        if row.nonEmpty("mwi_account") != nil { params.append(.param("MWI-Account", safe("mwi_account"))) }
        if row["extension_type"] == "virtual" {
            // A list that nobody has: the user can be called by its number and never registers.
            params.append(.param("auth-acl", "virtual.\(options.randomText())"))
        } else if row.nonEmpty("auth_acl") != nil {
            params.append(.param("auth-acl", safe("auth_acl")))
        }
        params += [
            .param(Self.dialStringName, dialString), .param("verto-context", safe("user_context")),
            .param("verto-dialplan", "XML"),
        ]
        params += Self.webSocketRights
        params.append(.param("max-registrations-per-extension", safe("max_registrations")))
        return params + own("param") { .param($0, $1) }
    }

    private func own(_ type: String, _ make: (String, String) -> XMLNode) -> [XMLNode] {
        settings.filter { $0["extension_setting_type"] == type }.map { setting in
            make(
                TableText.safe(setting.text("extension_setting_name")),
                TableText.safe(setting.text("extension_setting_value"))
            )
        }
    }

    // MARK: - Dial string

    /// Whether the settings' dial string does not count for a user.
    static func hasOwnDialString(_ row: TableRow) -> Bool {
        row.isTrue("do_not_disturb") || row.nonEmpty("dial_string") != nil
    }

    /// The parameter's name.
    fileprivate static let dialStringName = "dial-string"

    private var dialString: String {
        if row.isTrue("do_not_disturb") { return "error/user_busy" }
        // A dial string is written with its variables and, where need be, with references.
        if let text = row.nonEmpty("dial_string") { return XMLNode.unescaped(text) }
        let domain = row.text("tenant_name")
        let contact = "\(options.registersAsNumberAlias ? number : row.text("extension"))@\(domain)"
        let variables = "{sip_invite_domain=\(domain),presence_id=\(presence)}"
        if let home { return "\(variables)sofia/\(home.profile)/\(contact);fs_path=sip:\(home.host)" }
        return sharedDialString.map { XMLNode.unescaped($0) } ?? "\(variables)${sofia_contact(*/\(contact))}"
    }

    private var presence: String {
        "\(options.usesNumberAsPresenceID ? number : row.text("extension"))@\(row.text("tenant_name"))"
    }

    // MARK: - Variables

    private var variables: [XMLNode] {
        var variables = identity
        variables += UserVariable.afterIdentity.flatMap { $0.node(row) }
        variables += forwarding
        variables += [
            .variable("record_stereo", "true"), .variable("transfer_fallback_extension", "operator"),
            .variable("export_vars", "domain_name,domain_uuid"),
        ]
        return variables + own("variable") { .variable($0, $1) }
    }

    private var identity: [XMLNode] {
        var variables = [
            XMLNode.variable("domain_uuid", safe("domain_uuid")), .variable("domain_name", safe("tenant_name")),
            .variable("extension_uuid", safe("extension_uuid")),
        ]
        if row.nonEmpty("owner_uuid") != nil { variables.append(.variable("user_uuid", safe("owner_uuid"))) }
        if row.nonEmpty("owner_contact_uuid") != nil {
            variables.append(.variable("contact_uuid", safe("owner_contact_uuid")))
        }
        return variables + [
            .variable("call_timeout", safe("call_timeout")), .variable("caller_id_name", safe("extension")),
            .variable("caller_id_number", TableText.safe(number)), .variable("presence_id", TableText.safe(presence)),
        ]
    }

    /// Where calls go instead, and in which language the caller is spoken to.
    private var forwarding: [XMLNode] {
        var variables = UserVariable.forwarding.flatMap { $0.node(row) }
        if !followMe.isEmpty { variables.append(.variable("follow_me_enabled", followMe)) }
        return variables + ([UserVariable.flag("do_not_disturb")] + UserVariable.languages).flatMap { $0.node(row) }
    }

    /// Whether calls follow the user; neither do they while it is not to be disturbed nor while all are forwarded.
    private var followMe: String {
        guard row.nonEmpty("follow_me_uuid") != nil else { return "" }
        let reasons = ["do_not_disturb", "forward_all_enabled"].filter { row.isTrue($0) }
        if let reason = reasons.first { return row.hasWord(reason) ? "false" : "" }
        return row.flag(row.nonEmpty("follow_me_enabled") != nil ? "follow_me_enabled" : "own_follow_me_enabled")
    }

    /// First and last name; a last name alone is none.
    static func fullName(_ row: TableRow) -> String {
        guard let first = row.nonEmpty("directory_first_name") else { return "" }
        return row.nonEmpty("directory_last_name").map { "\(first) \($0)" } ?? first
    }
}

/// The dial string in the document of one user.
extension XMLNode {
    /// What the user is called by.
    var dialString: String? {
        first(at: "section", "domain", "groups", "group", "users", "user", "params")?.children
            .first { $0.isDialString }?[attribute: "value"]
    }

    private var isDialString: Bool { name == "param" && self[attribute: "name"] == UserDocument.dialStringName }

    /// The same document with another dial string.
    func replacingDialString(_ text: String) -> XMLNode {
        if isDialString { return .param(UserDocument.dialStringName, text) }
        guard !children.isEmpty else { return self }
        let changed = children.map { $0.replacingDialString(text) }
        return XMLNode(name, attributes: attributes, children: changed, text: self.text, location: location)
    }
}
