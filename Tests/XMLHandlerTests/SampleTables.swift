import XMLConfig
import XMLHandler

/// Rows of every table, and a question for every document that is made of them.
enum SampleTables {
    /// A question, and whether there is a document.
    struct Question: Sendable {
        let section: XMLSection
        var file = ""
        var fields: KeyValuePairs<String, String> = [:]
        var hasDocument = true
        var isInOldVersions = true

        func hasDocument(_ version: SmallTables.Version) -> Bool {
            hasDocument && (isInOldVersions || version != .v4_4)
        }
    }

    private static let menu = "00000000-0000-4000-8000-000000000001"
    private static let phrase = "00000000-0000-4000-8000-000000000002"

    static let questions: [Question] =
        [
            "acl.conf", "sofia.conf", "callcenter.conf", "conference.conf", "local_stream.conf",
        ].map { Question(section: .configuration, file: $0) } + [
            Question(section: .configuration, file: "translate.conf", isInOldVersions: false),
            Question(section: .configuration, file: "ivr.conf", fields: ["Menu-Name": menu]),
            Question(section: .configuration, file: "ivr.conf", fields: ["Menu-Name": phrase]),
            Question(section: .configuration, file: "ivr.conf", fields: ["Menu-Name": "' OR 1=1 --"]),
            user("1001"), user("ann"), user("1002"),
            // Another letter, a blank at the end, somebody else's domain, and one who is disabled.
            user("ANN", hasDocument: false), user("ann ", hasDocument: false), user("1003", hasDocument: false),
            user("1001", "ONE.example", hasDocument: false), user("1001", "two.example", hasDocument: false),
            user("' OR '1'='1", hasDocument: false), user("\\", hasDocument: false),
            Question(section: .directory, fields: ["purpose": "gateways"]),
            Question(section: .directory, fields: ["purpose": "network-list"]),
            Question(section: .directory, fields: ["purpose": "network-list", "domain": "one.example"]),
            Question(section: .directory, fields: ["action": "group_call", "domain": "one.example"]),
            Question(
                section: .directory,
                fields: ["action": "group_call", "domain": "One.example"],
                hasDocument: false
            ),
            Question(
                section: .directory,
                fields: ["action": "reverse-auth-lookup", "user": "1001", "domain": "one.example"]
            ),
            Question(
                section: .directory,
                fields: ["Event-Calling-Function": "populate_database", "Event-Calling-File": "mod_directory.c"]
            ),
            context("one.example"), context("One.Example"), context("unknown"), context("conf@one.example"),
            context("two.example", hasDocument: false), context("public", "493012345"), context("public", "12345"),
            context("public", "1"), context("PUBLIC", "12345"), context("x.public", "+493012345"),
            context("public", "'\"\\?$1;"),
            Question(section: .languages, fields: ["macro_name": phrase, "lang": "en", "domain": "one.example"]),
            Question(section: .languages, fields: ["macro_name": phrase, "lang": "EN", "domain": "one.example"]),
            Question(
                section: .languages,
                fields: ["macro_name": phrase, "lang": "en", "domain": "nowhere"],
                hasDocument: false
            ),
        ]

    private static func user(_ user: String, _ domain: String = "one.example", hasDocument: Bool = true) -> Question {
        Question(
            section: .directory,
            fields: ["action": "sip_auth", "user": user, "domain": domain],
            hasDocument: hasDocument
        )
    }

    private static func context(_ name: String, _ number: String = "1", hasDocument: Bool = true) -> Question {
        Question(
            section: .dialplan,
            fields: ["Hunt-Context": name, "Caller-Destination-Number": number],
            hasDocument: hasDocument
        )
    }

    // MARK: - Rows

    static func make(_ version: SmallTables.Version, collation: String = "") throws -> SmallTables {
        let tables = try SmallTables(version, collation: collation)
        try addUsers(tables)
        try addDialplan(tables)
        try addProfiles(tables)
        try addQueues(tables)
        try addMenus(tables)
        try addLists(tables)
        return tables
    }

    private static func addUsers(_ tables: SmallTables) throws {
        try tables.extension(
            "1001",
            [
                "password": "it's \"a\" p\\?ss & $w", "number_alias": "ann", "call_group": "sales,support",
                "cidr": "192.0.2.0/24", "call_timeout": "30", "directory_first_name": "Änn", "follow_me_uuid": "F1",
                "user_context": "one.example",
            ],
            on: ["directory_visible"],
            off: ["do_not_disturb", "call_screen_enabled"]
        )
        try tables.extension("1002", ["dial_string": "{a=b}user/1001@one.example", "call_group": "sales"])
        try tables.extension("1003", off: ["enabled"])
        try tables.insert("v_extension_users", ["domain_uuid": "D1", "extension_uuid": "ED11001", "user_uuid": "U1"])
        try tables.insert("v_users", ["domain_uuid": "D1", "user_uuid": "U1", "contact_uuid": "C1"])
        try tables.insert("v_follow_me", ["follow_me_uuid": "F1"], on: ["follow_me_enabled"])
        try tables.insert(
            "v_voicemails",
            ["domain_uuid": "D1", "voicemail_id": "ann", "voicemail_mail_to": "ann@one.example"],
            on: ["voicemail_enabled"],
            off: ["voicemail_local_after_email"]
        )
        try tables.insert(
            "v_domain_settings",
            [
                "domain_uuid": "D1", "domain_setting_category": "domain", "domain_setting_subcategory": "dial_string",
                "domain_setting_name": "text", "domain_setting_value": "{x=y}${sofia_contact(*/${dialed_user}@d)}",
            ],
            on: ["domain_setting_enabled"]
        )
        guard tables.columns["v_extension_settings"] != nil else { return }
        for (type, name) in [("param", "a"), ("variable", "b")] {
            try tables.insert(
                "v_extension_settings",
                [
                    "extension_uuid": "ED11001", "extension_setting_uuid": "S\(name)", "extension_setting_type": type,
                    "extension_setting_name": name, "extension_setting_value": "v",
                ],
                on: ["extension_setting_enabled"]
            )
        }
    }

    private static func addDialplan(_ tables: SmallTables) throws {
        try tables.dialplan("last", context: "one.example", order: 300, ["domain_uuid": "D1"])
        try tables.dialplan("all", context: "global", order: 20)
        try tables.dialplan("each", context: "${domain_name}", order: 100)
        try tables.dialplan("room", context: "conf@one.example")
        try tables.dialplan("off", context: "one.example", off: ["dialplan_enabled"])
        try tables.dialplan("here", context: "one.example", ["hostname": "pbx1"])
        try tables.dialplan("there", context: "one.example", ["hostname": "pbx2"])
        try tables.dialplan("two", context: "two.example", ["domain_uuid": "D2"])
        try tables.dialplan("did", context: "public", ["domain_uuid": "D1"])
        try tables.dialplan("end", context: "public", order: 999)
        try tables.insert(
            "v_destinations",
            [
                "dialplan_uuid": "P-did", "destination_number": "12345", "destination_prefix": "49",
                "destination_area_code": "30",
            ],
            on: ["destination_enabled"]
        )
    }

    private static func addProfiles(_ tables: SmallTables) throws {
        try tables.insert(
            "v_sofia_global_settings",
            ["global_setting_name": "log-level", "global_setting_value": "0"],
            on: ["global_setting_enabled"]
        )
        try tables.insert(
            "v_sip_profiles",
            ["sip_profile_uuid": "SP", "sip_profile_name": "internal"],
            on: ["sip_profile_enabled"]
        )
        for (name, isOn) in [("sip-port", true), ("sip-ip", false)] {
            try tables.insert(
                "v_sip_profile_settings",
                [
                    "sip_profile_uuid": "SP", "sip_profile_setting_uuid": name, "sip_profile_setting_name": name,
                    "sip_profile_setting_value": "$${v} ${domain_name} 5",
                ],
                on: isOn ? ["sip_profile_setting_enabled"] : [],
                off: isOn ? [] : ["sip_profile_setting_enabled"]
            )
        }
        try tables.insert(
            "v_sip_profile_domains",
            ["sip_profile_domain_uuid": "SD", "sip_profile_uuid": "SP", "sip_profile_domain_name": "all"]
        )
        let gateway = ["gateway_uuid": "g1", "profile": "internal", "password": "p$w", "gateway": "carrier"]
        try tables.insert("v_gateways", gateway, on: ["enabled"], off: ["register"])
        try tables.insert("v_gateways", ["gateway_uuid": "g2", "profile": "internal"], off: ["enabled"])
    }

    private static func addQueues(_ tables: SmallTables) throws {
        try tables.insert(
            "v_call_center_queues",
            [
                "call_center_queue_uuid": "Q1", "domain_uuid": "D1", "queue_name": "a b", "queue_extension": "5",
                "queue_strategy": "ring-all",
            ],
            off: ["queue_tier_rules_apply"]
        )
        try tables.insert(
            "v_call_center_agents",
            [
                "call_center_agent_uuid": "A1", "domain_uuid": "D1", "agent_name": "ann", "agent_call_timeout": "9",
                "agent_contact": "user/1001@one.example",
            ],
            on: ["agent_record"]
        )
        try tables.insert(
            "v_call_center_tiers",
            [
                "call_center_tier_uuid": "T1", "domain_uuid": "D1", "call_center_queue_uuid": "Q1",
                "call_center_agent_uuid": "A1", "tier_level": "1", "tier_position": "10",
            ]
        )
    }

    private static func addMenus(_ tables: SmallTables) throws {
        try tables.setting("ivr_menu", "direct_dial_digits_max", "4", type: "numeric")
        for (name, parent) in [(menu, phrase), ("M2", menu)] {
            try tables.insert(
                "v_ivr_menus",
                [
                    "ivr_menu_uuid": name, "domain_uuid": "D1", "ivr_menu_parent_uuid": parent,
                    "ivr_menu_greet_long": "hello.wav", "ivr_menu_name": "menu \(name)",
                ],
                on: ["ivr_menu_enabled", "ivr_menu_direct_dial"]
            )
        }
        for (digits, order) in [("22", "1"), ("1", "2")] {
            try tables.insert(
                "v_ivr_menu_options",
                [
                    "ivr_menu_uuid": menu, "ivr_menu_option_digits": digits, "ivr_menu_option_order": order,
                    "ivr_menu_option_action": "menu-exec-app", "ivr_menu_option_param": "transfer \(digits)",
                ],
                on: ["ivr_menu_option_enabled"]
            )
        }
        try tables.insert("v_phrases", ["phrase_uuid": phrase, "phrase_language": "en"], on: ["phrase_enabled"])
        for (order, data) in [("10", "b"), ("5", "a")] {
            try tables.insert(
                "v_phrase_details",
                [
                    "phrase_detail_uuid": "S\(order)", "phrase_uuid": phrase, "phrase_detail_function": "play-file",
                    "phrase_detail_data": data, "phrase_detail_order": order, "domain_uuid": "D1",
                ]
            )
        }
    }

    private static func addLists(_ tables: SmallTables) throws {
        try tables.insert(
            "v_access_controls",
            ["access_control_uuid": "L1", "access_control_name": "domains", "access_control_default": "deny"]
        )
        try tables.insert(
            "v_access_control_nodes",
            [
                "access_control_node_uuid": "N1", "access_control_uuid": "L1", "node_type": "allow",
                "node_cidr": "192.0.2.0/24",
            ]
        )
        try tables.insert(
            "v_music_on_hold",
            [
                "music_on_hold_uuid": "H1", "domain_uuid": "D1", "music_on_hold_name": "jazz",
                "music_on_hold_path": "$${sounds_dir}/music", "music_on_hold_rate": "8000",
            ]
        )
        try addConferences(tables)
        guard tables.columns["v_number_translations"] != nil else { return }
        try tables.insert(
            "v_number_translations",
            ["number_translation_uuid": "X1", "number_translation_name": "t"],
            on: ["number_translation_enabled"]
        )
        try tables.insert(
            "v_number_translation_details",
            [
                "number_translation_detail_uuid": "X2", "number_translation_uuid": "X1",
                "number_translation_detail_regex": "^(\\d)$", "number_translation_detail_replace": "5$1",
                "number_translation_detail_order": "10",
            ]
        )
    }

    private static func addConferences(_ tables: SmallTables) throws {
        try tables.insert(
            "v_conference_controls",
            ["conference_control_uuid": "K1", "control_name": "default"],
            on: ["control_enabled"]
        )
        try tables.insert(
            "v_conference_control_details",
            [
                "conference_control_detail_uuid": "K2", "conference_control_uuid": "K1", "control_digits": "0",
                "control_action": "mute",
            ],
            on: ["control_enabled"]
        )
        try tables.insert(
            "v_conference_profiles",
            ["conference_profile_uuid": "K3", "profile_name": "wideband"],
            on: ["profile_enabled"]
        )
        try tables.insert(
            "v_conference_profile_params",
            [
                "conference_profile_param_uuid": "K4", "conference_profile_uuid": "K3", "profile_param_name": "rate",
                "profile_param_value": "16000",
            ],
            on: ["profile_param_enabled"]
        )
    }
}
