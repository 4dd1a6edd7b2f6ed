import Testing
import XMLConfig
import XMLHandler

/// What the sections `configuration` and `languages` answer.
struct ConfigurationTests {
    private func document(_ tables: SmallTables, _ name: String) async throws -> XMLNode {
        try #require(try await tables.ask(.configuration, file: name).document)
    }

    @Test(arguments: ["fifo.conf", "translate.conf", "../acl.conf", ""])
    func otherFiles(_ name: String) async throws {
        #expect(try await SmallTables(.v4_4).ask(.configuration, file: name).document == nil)
    }

    /// In the order of numbers, and only where it is asked for: a list of modules that nobody expects stops a switch.
    @Test(arguments: SmallTables.Version.allCases)
    func modules(_ version: SmallTables.Version) async throws {
        let tables = try SmallTables(version)
        var options = SmallTables.options
        #expect(try await tables.ask(.configuration, file: "modules.conf", options: options).document == nil)
        #expect(tables.source.takeStatements().isEmpty)
        options.answersModules = true
        #expect(try await tables.ask(.configuration, file: "modules.conf", options: options).document == nil)
        for (name, category, order, isOn) in [
            ("mod_sofia", "Endpoints", "800", true), ("mod_commands", "Applications", "100", true),
            ("mod_lua", "Languages", "90", true), ("mod_dptools", "Applications", "800", true),
            ("mod_opus", "Codecs", "800", false), ("", "Codecs", "800", true),
        ] {
            try tables.insert(
                "v_modules",
                ["module_name": name, "module_category": category, "module_order": order],
                on: isOn ? ["module_enabled"] : [],
                off: isOn ? [] : ["module_enabled"]
            )
        }
        let answer = try await tables.ask(.configuration, file: "modules.conf", options: options)
        let loads = try #require(answer.document?.first(at: "section", "configuration", "modules")).all("load")
        #expect(
            loads.map { $0[attribute: "module"] } == ["mod_lua", "mod_commands", "mod_dptools", "mod_sofia"]
        )
    }

    @Test func accessLists() async throws {
        let tables = try SmallTables()
        try tables.extension("1")
        for name in ["domains", "other"] {
            try tables.insert(
                "v_access_controls",
                ["access_control_uuid": name, "access_control_name": name, "access_control_default": "deny"]
            )
        }
        for cidr in ["192.0.2.0/24", ""] {
            try tables.insert(
                "v_access_control_nodes",
                [
                    "access_control_uuid": "other", "node_type": "allow", "node_cidr": cidr,
                    "node_description": "a \"b\"",
                ]
            )
        }
        let lists = try await document(tables, "acl.conf").all("list")
        #expect(lists.map { $0[attribute: "name"] } == ["domains", "other"])
        #expect(lists[0].all("node").map { $0[attribute: "domain"] } == ["one.example"])
        #expect(lists[1].all("node").map { $0[attribute: "cidr"] } == ["192.0.2.0/24"])
        #expect(lists[1].all("node").first?[attribute: "description"] == "a \"b\"")
    }

    /// Each profile is whole, whatever its settings and gateways hold.
    @Test(arguments: SmallTables.Version.allCases)
    func profiles(_ version: SmallTables.Version) async throws {
        let tables = try SmallTables(version)
        for (name, settings) in [("external", ["one"]), ("internal", ["a", "b"]), ("none", [])] {
            try tables.insert(
                "v_sip_profiles",
                ["sip_profile_uuid": name, "sip_profile_name": name],
                on: ["sip_profile_enabled"]
            )
            for setting in settings {
                try tables.insert(
                    "v_sip_profile_settings",
                    [
                        "sip_profile_uuid": name, "sip_profile_setting_name": setting,
                        "sip_profile_setting_value": "$${v} ${domain_name} ${other} <\"&",
                    ],
                    on: ["sip_profile_setting_enabled"]
                )
            }
        }
        let gateway = ["gateway_uuid": "ABC", "profile": "external", "password": "p<a>\"'$w", "proxy": "a$b"]
        try tables.insert("v_gateways", gateway, on: ["enabled", "register"])
        try tables.insert("v_gateways", ["gateway_uuid": "x", "profile": "external"], off: ["enabled"])
        try tables.insert(
            "v_gateways",
            ["gateway_uuid": "y", "profile": "external", "hostname": "pbx2"],
            on: ["enabled"]
        )
        var options = SmallTables.options
        options.globalVariable = { $0 == "v" ? "value" : nil }
        let here = try #require(try await tables.ask(.configuration, file: "sofia.conf", options: options).document)
        #expect(here.all("profile").map { $0[attribute: "name"] } == ["external", "internal"])
        #expect(here.value("one") == "value ${domain_name} {other} <\"&")
        #expect(here.all("gateway").map { $0[attribute: "name"] } == ["abc"])
        #expect(here.value("password") == "p<a>\"'$w")
        #expect(here.value("proxy") == "ab")
        #expect(here.value("register") == "true")
        #expect(here.value("register-transport") == "udp")
        // A switch on another machine has variables of its own.
        let away = try await document(tables, "sofia.conf")
        #expect(away.value("one") == "$${v} ${domain_name} {other} <\"&")
    }

    /// How an agent is called.
    @Test(arguments: [
        ("user/1@one.example", "{call_timeout=9,TENANT,extension_uuid=ED11,CALLER}user/1@one.example"),
        ("user/7@one.example", "{call_timeout=9,TENANT,extension_uuid=,CALLER}user/7@one.example"),
        ("sofia/gateway/g/1", "{CONFIRM,call_timeout=9,TENANT,CALLER}sofia/gateway/g/1"),
        ("{a=b}user/1", "{a=b,TENANT,CALLER,call_timeout=9}user/1"),
        ("{call_timeout=5}user/1", "{call_timeout=5,CALLER,call_timeout=9}user/1"),
        ("{a=b}sofia/gateway/g/1", "{a=b,CONFIRM,TENANT,CALLER,call_timeout=9}sofia/gateway/g/1"),
        ("{call_timeout=5}sofia/gateway/g/1", "{call_timeout=5,TENANT,CALLER,CONFIRM}sofia/gateway/g/1"),
    ])
    func agents(contact: String, expected: String) async throws {
        let tables = try SmallTables()
        try tables.extension("1")
        try tables.insert(
            "v_call_center_agents",
            ["call_center_agent_uuid": "A", "domain_uuid": "D1", "agent_call_timeout": "9", "agent_contact": contact]
        )
        let agent = try await document(tables, "callcenter.conf").all("agent").first
        let confirmation =
            "group_confirm_file=ivr/ivr-accept_reject_voicemail.wav,group_confirm_key=1,"
            + "group_confirm_read_timeout=2000,leg_timeout=9"
        let wanted = expected.replacing("TENANT", with: "domain_name=one.example,domain_uuid=D1")
            .replacing("CALLER", with: "sip_h_caller_destination=${caller_destination}")
            .replacing("CONFIRM", with: confirmation)
        #expect(agent?[attribute: "contact"] == wanted)
    }

    @Test(arguments: [("static", 1), ("dynamic", nil)])
    func queues(login: String, tiers: Int?) async throws {
        let tables = try SmallTables()
        try tables.setting("call_center", "queue_login", login)
        try tables.insert(
            "v_call_center_queues",
            [
                "call_center_queue_uuid": "Q", "domain_uuid": "D1", "queue_name": "a b", "queue_extension": "5",
                "queue_moh_sound": "${us-ring}",
            ],
            off: ["queue_tier_rules_apply"]
        )
        try tables.insert(
            "v_call_center_tiers",
            ["domain_uuid": "D1", "call_center_queue_uuid": "Q", "call_center_agent_uuid": "A"]
        )
        var options = SmallTables.options
        options.globalVariable = { $0 == "us-ring" ? "%(2000,4000,440,480)" : nil }
        let document = try #require(
            try await tables.ask(.configuration, file: "callcenter.conf", options: options).document
        )
        let queue = try #require(document.all("queue").first)
        #expect(queue[attribute: "name"] == "5@one.example" && queue[attribute: "label"] == "a-b@one.example")
        #expect(queue.value("moh-sound") == "tone_stream://%(2000,4000,440,480);loops=-1")
        #expect(queue.value("tier-rules-apply") == "false")
        #expect(document.all("tiers").first?.children.count == tiers)
    }

    private static let menus = (1...4).map { "00000000-0000-4000-8000-00000000000\($0)" }

    @Test func menus() async throws {
        let tables = try SmallTables()
        try tables.setting("ivr_menu", "direct_dial_digits_max", "4", type: "numeric")
        let names = Self.menus
        // The second is below the first and the other way round; the third is disabled.
        for (name, parent, isOn) in [
            (names[0], names[1], true), (names[1], names[0], true), (names[2], names[0], false),
        ] {
            try tables.insert(
                "v_ivr_menus",
                [
                    "ivr_menu_uuid": name, "domain_uuid": "D1", "ivr_menu_parent_uuid": parent,
                    "ivr_menu_greet_long": "hello.wav", "ivr_menu_exit_sound": "bye.wav",
                ],
                on: isOn ? ["ivr_menu_enabled", "ivr_menu_direct_dial"] : []
            )
        }
        for (digits, param) in [("1", "transfer $1 ${x}"), ("22", "b")] {
            try tables.insert(
                "v_ivr_menu_options",
                [
                    "ivr_menu_uuid": names[0], "ivr_menu_option_digits": digits,
                    "ivr_menu_option_action": "menu-exec-app",
                    "ivr_menu_option_param": param, "ivr_menu_option_order": digits,
                ],
                on: ["ivr_menu_option_enabled"]
            )
        }
        var options = SmallTables.options
        options.fileExists = { $0 == "/var/lib/freeswitch/recordings/one.example/bye.wav" }
        let answer = try await tables.ask(.configuration, ["Menu-Name": names[0]], file: "ivr.conf", options: options)
        let found = try #require(answer.document).all("menu")
        #expect(found.map { $0[attribute: "name"] } == [names[0], names[1]])
        #expect(found[0][attribute: "greet-short"] == "hello.wav")
        #expect(found[0][attribute: "invalid-sound"] == "")
        #expect(found[0][attribute: "exit-sound"] == "/var/lib/freeswitch/recordings/one.example/bye.wav")
        let entries = found[0].all("entry")
        #expect(entries.first?[attribute: "param"] == "transfer $1 {x}")
        #expect(
            entries.dropFirst(2).map { $0[attribute: "digits"] }
                == Array(repeating: "/^((?!^(22)$)\\d{2,4})$/", count: 3)
        )
        #expect(entries.last?[attribute: "param"] == "transfer ${cond(${user_exists} == true ? $1 XML one.example)}")
        #expect(found[1].all("entry").first?[attribute: "digits"] == "/^(\\d{2,4})$/")
        for other in [names[2], names[3], "sales", "' OR 1=1"] {
            let answer = try await tables.ask(.configuration, ["Menu-Name": other], file: "ivr.conf")
            #expect(answer.document?.all("menu").isEmpty == true)
        }
    }

    @Test func music() async throws {
        let tables = try SmallTables()
        let row = ["music_on_hold_name": "jazz", "music_on_hold_path": "$${sounds_dir}/music"]
        let chimes = ["music_on_hold_rate": "8000", "music_on_hold_chime_list": "a.wav,b.wav"]
        try tables.insert("v_music_on_hold", row)
        try tables.insert("v_music_on_hold", row.merging(chimes) { $1 }.merging(["domain_uuid": "D1"]) { $1 })
        let found = try await document(tables, "local_stream.conf").all("directory")
        #expect(found.map { $0[attribute: "name"] } == ["jazz", "one.example/jazz/8000"])
        #expect(found.map { $0[attribute: "path"] } == Array(repeating: "/usr/share/freeswitch/sounds/music", count: 2))
        #expect(found.map { $0.value("rate") } == ["48000", "8000"])
        #expect(found[1].value("chime-list") == "a.wav,b.wav")
    }

    /// The order of rules is a number that is kept as a text.
    @Test func translations() async throws {
        let tables = try SmallTables()
        try tables.insert(
            "v_number_translations",
            ["number_translation_uuid": "T", "number_translation_name": "t"],
            on: ["number_translation_enabled"]
        )
        for order in ["10", "5", "015"] {
            try tables.insert(
                "v_number_translation_details",
                [
                    "number_translation_uuid": "T", "number_translation_detail_regex": "^(?<n>\\d)$",
                    "number_translation_detail_replace": "\(order)$1", "number_translation_detail_order": order,
                ]
            )
        }
        let rules = try await document(tables, "translate.conf").all("rule")
        #expect(rules.map { $0[attribute: "replace"] } == ["5$1", "10$1", "015$1"])
        #expect(rules.first?[attribute: "regex"] == "^(?<n>\\d)$")
    }

    @Test(arguments: [("D1", ["a", "b"]), (nil, ["a", "b"]), ("D9", [])] as [(String?, [String])])
    func phrases(domain: String?, expected: [String]) async throws {
        let tables = try SmallTables()
        let name = Self.menus[0]
        try tables.insert(
            "v_phrases",
            ["phrase_uuid": name, "phrase_language": "en"],
            on: ["phrase_enabled"]
        )
        for (order, data) in [("10", "b"), ("5", "a")] {
            var row = [
                "phrase_uuid": name, "phrase_detail_function": "play-file", "phrase_detail_data": data,
                "phrase_detail_order": order,
            ]
            row["domain_uuid"] = domain
            try tables.insert("v_phrase_details", row)
        }
        let fields: KeyValuePairs = ["macro_name": name, "lang": "en", "variable_domain_name": "one.example"]
        let document = try #require(try await tables.ask(.languages, fields).document)
        #expect(document.all("action").map { $0[attribute: "data"] } == expected)
        #expect(document.all("input").map { $0[attribute: "pattern"] } == (expected.isEmpty ? [] : ["(.*)"]))
        let other: KeyValuePairs = ["macro_name": "vm_hello", "lang": "en", "variable_domain_name": "one.example"]
        #expect(try await tables.ask(.languages, other).document == nil)
    }
}
