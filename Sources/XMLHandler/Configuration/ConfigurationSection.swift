import XMLConfig

/// The section `configuration`: the files that FusionPBX keeps in tables.
///
/// Any other file is not answered.
struct ConfigurationSection {
    let tables: TableReader
    let options: HandlerOptions

    /// The files, and the tables that each of them is in.
    private static let files: [String: [String]] = [
        "acl.conf": ["v_access_controls", "v_access_control_nodes"],
        "sofia.conf": [
            "v_sofia_global_settings", "v_sip_profiles", "v_sip_profile_settings", "v_sip_profile_domains",
            "v_gateways",
        ],
        "callcenter.conf": ["v_call_center_queues", "v_call_center_agents", "v_call_center_tiers"],
        "conference.conf": [
            "v_conference_controls", "v_conference_control_details", "v_conference_profiles",
            "v_conference_profile_params",
        ],
        "ivr.conf": ["v_ivr_menus", "v_ivr_menu_options"],
        "local_stream.conf": ["v_music_on_hold"],
        ModulesDocument.file: ["v_modules"],
        "translate.conf": ["v_number_translations", "v_number_translation_details"],
    ]

    /// Whether there may be a document for a question, of this section or of another one: without a look at the tables.
    static func mayAnswer(_ question: XMLQuestion, _ options: HandlerOptions) -> Bool {
        guard question.section == .configuration else { return true }
        return files[question.value] != nil && (options.answersModules || question.value != ModulesDocument.file)
    }

    /// The element of an answer that may have `$${…}`, for the machine that asks to expand: where an administrator writes it,
    /// in the settings of SIP profiles, or this program, as a name of a queue's ring tone.
    static func elementWithGlobals(in question: XMLQuestion) -> String? {
        guard question.section == .configuration else { return nil }
        return switch question.value {
        case "sofia.conf": "settings"
        case "callcenter.conf": "queue"
        default: nil
        }
    }

    /// The document of a file; `nil` where it is not in tables, or this version of FusionPBX does not have them.
    ///
    /// - Parameter faults: Gets the rows that were left out.
    func answer(_ question: XMLQuestion, _ faults: inout [RowFault]) async throws -> XMLNode? {
        guard let needed = Self.files[question.value], needed.allSatisfy(tables.schema.has) else { return nil }
        switch question.value {
        case "acl.conf":
            return ACLDocument(
                lists: try await tables.rows(ACLDocument.listsSQL),
                nodes: try await tables.rows(ACLDocument.nodesSQL),
                domains: try await tables.rows(ACLDocument.domainsSQL)
            ).node
        case "sofia.conf":
            return SofiaDocument(
                settings: try await tables.rows(SofiaDocument.settingsSQL),
                profiles: try await tables.rows(SofiaDocument.profilesSQL(tables.schema)),
                gateways: try await tables.rows(SofiaGateway.sql),
                domains: try await tables.rows(SofiaDocument.domainsSQL),
                options: options
            ).node
        case "callcenter.conf": return try await callCenter()
        case "conference.conf":
            return ConferenceDocument(
                controls: try await tables.rows(ConferenceDocument.controlsSQL),
                controlDetails: try await tables.rows(ConferenceDocument.controlDetailsSQL),
                profiles: try await tables.rows(ConferenceDocument.profilesSQL),
                profileParams: try await tables.rows(ConferenceDocument.profileParamsSQL)
            ).node
        case "ivr.conf": return try await menus(question, &faults)
        case "local_stream.conf":
            return LocalStreamDocument(try await tables.rows(LocalStreamDocument.sql), options: options).node
        case ModulesDocument.file: return ModulesDocument(try await tables.rows(ModulesDocument.sql))?.node
        case "translate.conf":
            return TranslateDocument(
                profiles: try await tables.rows(TranslateDocument.profilesSQL),
                rules: try await tables.rows(TranslateDocument.rulesSQL)
            ).node
        default: return nil
        }
    }

    // MARK: - Queues

    private func callCenter() async throws -> XMLNode {
        let login = TenantSettings.Key("call_center", "queue_login", "text")
        let agents = try await tables.rows(CallCenterAgent.sql)
        var document = CallCenterDocument(options: options)
        document.queues = try await tables.rows(CallCenterQueue.sql)
        document.agents = agents
        document.extensions = try await extensions(of: agents)
        if try await TenantSettings.read([login], domain: nil, tables)[login] != "dynamic" {
            document.tiers = try await tables.rows(CallCenterDocument.tiersSQL)
        }
        return document.node
    }

    /// How many extensions are looked for at once.
    private static let chunk = 500

    /// The extensions that agents are reached at.
    private func extensions(of agents: [TableRow]) async throws -> [TableRow] {
        let names = Set(agents.compactMap { CallCenterAgent.extensionName(in: $0.text("agent_contact")) }).sorted()
        var rows: [TableRow] = []
        for start in stride(from: 0, to: names.count, by: Self.chunk) {
            let part = Array(names[start..<min(start + Self.chunk, names.count)])
            rows += try await tables.rows(
                "SELECT domain_uuid, extension, extension_uuid FROM v_extensions "
                    + "WHERE extension IN (\(TableReader.places(part.count)))",
                part
            )
        }
        return rows
    }

    // MARK: - Menus

    private func menus(_ question: XMLQuestion, _ faults: inout [RowFault]) async throws -> XMLNode {
        guard let name = question["Menu-Name"], UUIDText.isUUID(name) else { return IVRDocument.node([]) }
        let tree = MenuTree(try await tables.rows(MenuTree.sql, [name]), root: name)
        guard let tenant = tree.menus.first?.text("domain_uuid") else { return IVRDocument.node([]) }
        let settings = try await TenantSettings.read(IVRDocument.settings, domain: tenant, tables)
        if settings[IVRDocument.storage] == "base64" {
            faults += await MenuRecordings(tables: tables, options: options).keep(tree.menus)
        }
        let identifiers = tree.menus.map { $0.text("ivr_menu_uuid") }
        let menuOptions = try await tables.rows(
            "SELECT * FROM v_ivr_menu_options WHERE ivr_menu_uuid IN (\(TableReader.places(identifiers.count))) "
                + "ORDER BY ivr_menu_option_order, ivr_menu_option_digits",
            identifiers
        )
        let document = IVRDocument(
            // The menu's own: who asks may have come from elsewhere, and the document is for all.
            domain: tree.menus.first?.nonEmpty("tenant_name") ?? question.domain ?? "",
            tenant: tenant,
            settings: settings,
            entries: menuOptions,
            options: options
        )
        return IVRDocument.node(tree.menus.map { document.menu($0) })
    }
}
