import XMLConfig
import XMLHandler

/// FusionPBX's tables with few rows, as different versions of it have them.
struct SmallTables {
    /// Versions that differ in their tables.
    enum Version: CaseIterable {
        /// Few tables, texts for booleans.
        case v4_4
        /// Texts for most booleans.
        case v5_4
        /// Booleans.
        case v5_5

        var hasBooleans: Bool { self == .v5_5 }

        fileprivate var missing: Set<String> {
            guard self == .v4_4 else { return [] }
            return [
                "v_extension_settings", "v_number_translations", "v_number_translation_details", "v_dialplans.hostname",
                "v_destinations.destination_trunk_prefix", "v_destinations.destination_area_code",
                "v_destinations.destination_prefix", "v_ivr_menus.ivr_menu_parent_uuid",
                "v_ivr_menu_options.ivr_menu_option_enabled", "v_sip_profiles.sip_profile_hostname",
            ]
        }
    }

    let version: Version
    let source: SQLiteTables
    /// The tables that there are, with their columns.
    let columns: [String: [String]]

    /// A question for these tables.
    func ask(
        _ section: XMLSection,
        _ fields: KeyValuePairs<String, String> = [:],
        file: String = "",
        options: HandlerOptions = Self.options
    ) async throws -> XMLHandler.Answer {
        let question = XMLQuestion(section: section, value: file, fields: fields.map { ($0.key, $0.value) })
        return try await XMLHandler(source, options: options).answer(question)
    }

    static var options: HandlerOptions { HandlerOptions(hostName: "pbx1") { "random" } }

    /// Two domains, of which the second is disabled, and the settings that every installation has.
    ///
    /// - Parameter collation: How texts are compared: to the letter, unless it says otherwise.
    init(_ version: Version = .v5_5, file: String? = nil, collation: String = "") throws {
        self.version = version
        var columns: [String: [String]] = [:]
        for line in Self.schema.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard let table = words.first, !version.missing.contains(table) else { continue }
            columns[table] = words.dropFirst().filter { !version.missing.contains("\(table).\($0)") }
        }
        self.columns = columns
        source = try SQLiteTables(
            columns.map { table, names in
                "CREATE TABLE \(table) (\(names.map { $0 + collation }.joined(separator: ", ")))"
            },
            file: file
        )
        try insert("v_domains", ["domain_uuid": "D1", "domain_name": "one.example"], on: ["domain_enabled"])
        try insert("v_domains", ["domain_uuid": "D2", "domain_name": "two.example"], off: ["domain_enabled"])
        try setting("destinations", "dialplan_mode", "single")
        try setting("domain", "dial_string", "{leg_timeout=${call_timeout}}${sofia_contact(*/${dialed_user}@x)}")
    }

    func setting(_ category: String, _ subcategory: String, _ value: String, type: String = "text") throws {
        try insert(
            "v_default_settings",
            [
                "default_setting_category": category, "default_setting_subcategory": subcategory,
                "default_setting_name": type, "default_setting_value": value,
            ],
            on: ["default_setting_enabled"]
        )
    }

    /// An extension that is enabled.
    func `extension`(
        _ number: String,
        domain: String = "D1",
        _ values: KeyValuePairs<String, String> = [:],
        on: [String] = [],
        off: [String] = []
    ) throws {
        var row = ["domain_uuid": domain, "extension_uuid": "E\(domain)\(number)", "extension": number]
        for (column, value) in values { row[column] = value }
        let isOff = off.contains("enabled")
        try insert("v_extensions", row, on: on + (isOff ? [] : ["enabled"]), off: off)
    }

    /// A row of the dialplan that is enabled, with an extension of its name.
    func dialplan(
        _ name: String,
        context: String,
        order: Int = 100,
        xml: String? = nil,
        _ values: KeyValuePairs<String, String> = [:],
        off: [String] = []
    ) throws {
        var row = [
            "dialplan_uuid": "P-\(name)", "dialplan_name": name, "dialplan_context": context,
            "dialplan_order": String(order), "dialplan_xml": xml ?? "<extension name=\"\(name)\"/>",
        ]
        for (column, value) in values { row[column] = value }
        try insert("v_dialplans", row, on: off.isEmpty ? ["dialplan_enabled"] : [], off: off)
    }

    /// A row; columns that the version does not have are left out.
    func insert(_ table: String, _ values: [String: String], on: [String] = [], off: [String] = []) throws {
        let (yes, no) = version.hasBooleans ? ("1", "0") : ("'true'", "'false'")
        var written = values.mapValues { "'\($0.replacing("'", with: "''"))'" }
        if let order = values["dialplan_order"] { written["dialplan_order"] = order }
        for column in on { written[column] = yes }
        for column in off { written[column] = no }
        let names = columns[table, default: []].filter { written[$0] != nil }
        let list = names.compactMap { written[$0] }.joined(separator: ", ")
        try source.change(["INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(list))"])
    }

    private static let schema = """
        v_domains domain_uuid domain_name domain_enabled domain_description
        v_domain_settings domain_uuid domain_setting_category domain_setting_subcategory domain_setting_name \
        domain_setting_value domain_setting_enabled
        v_default_settings default_setting_category default_setting_subcategory default_setting_name \
        default_setting_value default_setting_enabled
        v_users user_uuid domain_uuid contact_uuid
        v_extensions extension_uuid domain_uuid extension number_alias password accountcode \
        effective_caller_id_name directory_first_name directory_last_name directory_visible directory_exten_visible \
        max_registrations limit_max user_context call_timeout call_group call_screen_enabled auth_acl cidr mwi_account \
        sip_bypass_media dial_string do_not_disturb forward_all_enabled forward_all_destination follow_me_uuid \
        extension_language extension_type enabled
        v_extension_users domain_uuid extension_uuid user_uuid
        v_extension_settings extension_setting_uuid extension_uuid extension_setting_type extension_setting_name \
        extension_setting_value extension_setting_enabled
        v_follow_me follow_me_uuid follow_me_enabled
        v_voicemails domain_uuid voicemail_uuid voicemail_id voicemail_password voicemail_mail_to \
        voicemail_attach_file voicemail_local_after_email voicemail_enabled
        v_dialplans domain_uuid dialplan_uuid hostname dialplan_context dialplan_name dialplan_xml dialplan_order \
        dialplan_enabled
        v_destinations dialplan_uuid destination_number destination_trunk_prefix destination_area_code \
        destination_prefix destination_enabled
        v_access_controls access_control_uuid access_control_name access_control_default
        v_access_control_nodes access_control_node_uuid access_control_uuid node_type node_cidr node_description
        v_sofia_global_settings global_setting_name global_setting_value global_setting_enabled
        v_sip_profiles sip_profile_uuid sip_profile_name sip_profile_hostname sip_profile_enabled
        v_sip_profile_settings sip_profile_setting_uuid sip_profile_uuid sip_profile_setting_name \
        sip_profile_setting_value sip_profile_setting_enabled
        v_sip_profile_domains sip_profile_domain_uuid sip_profile_uuid sip_profile_domain_name sip_profile_domain_alias
        v_gateways gateway_uuid gateway password proxy register register_transport context profile hostname enabled
        v_call_center_queues call_center_queue_uuid domain_uuid queue_name queue_extension queue_strategy \
        queue_moh_sound queue_tier_rules_apply
        v_call_center_agents call_center_agent_uuid domain_uuid agent_name agent_type agent_call_timeout \
        agent_contact agent_status agent_record
        v_call_center_tiers call_center_tier_uuid domain_uuid call_center_queue_uuid call_center_agent_uuid tier_level \
        tier_position
        v_ivr_menus ivr_menu_uuid domain_uuid ivr_menu_name ivr_menu_parent_uuid ivr_menu_greet_long \
        ivr_menu_greet_short ivr_menu_invalid_sound ivr_menu_exit_sound ivr_menu_direct_dial ivr_menu_enabled
        v_ivr_menu_options ivr_menu_uuid ivr_menu_option_digits ivr_menu_option_action ivr_menu_option_param \
        ivr_menu_option_order ivr_menu_option_enabled
        v_conference_controls conference_control_uuid control_name control_enabled
        v_conference_control_details conference_control_detail_uuid conference_control_uuid control_digits \
        control_action control_data control_enabled
        v_conference_profiles conference_profile_uuid profile_name profile_enabled
        v_conference_profile_params conference_profile_param_uuid conference_profile_uuid profile_param_name \
        profile_param_value profile_param_enabled
        v_music_on_hold music_on_hold_uuid domain_uuid music_on_hold_name music_on_hold_path music_on_hold_rate \
        music_on_hold_chime_list
        v_number_translations number_translation_uuid number_translation_name number_translation_enabled
        v_number_translation_details number_translation_detail_uuid number_translation_uuid \
        number_translation_detail_regex number_translation_detail_replace number_translation_detail_order
        v_recordings recording_uuid domain_uuid recording_filename recording_base64
        v_modules module_name module_category module_order module_enabled
        v_phrases phrase_uuid domain_uuid phrase_language phrase_enabled
        v_phrase_details phrase_detail_uuid phrase_uuid domain_uuid phrase_detail_function phrase_detail_data \
        phrase_detail_order
        """
}

extension XMLNode {
    /// The elements of a name anywhere below, in order.
    func all(_ name: String) -> [XMLNode] {
        children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) }
    }

    /// The value of the parameter or variable of a name, anywhere below.
    func value(_ name: String) -> String? {
        (all("param") + all("variable")).first { $0[attribute: "name"] == name }?[attribute: "value"]
    }
}
