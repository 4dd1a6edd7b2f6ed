import Testing
import XMLConfig
import XMLHandler

/// What the section `directory` answers.
struct DirectoryTests {
    private func user(_ tables: SmallTables, _ user: String, _ domain: String = "one.example") async throws -> XMLNode?
    {
        try await tables.ask(.directory, ["action": "sip_auth", "user": user, "domain": domain]).document
    }

    @Test(arguments: SmallTables.Version.allCases)
    func aUser(_ version: SmallTables.Version) async throws {
        let tables = try SmallTables(version)
        try tables.extension(
            "1001",
            [
                "password": "a\"b&amp;$c<", "directory_first_name": "Ann", "directory_last_name": "$Lee",
                "user_context": "one.example", "sip_bypass_media": "proxy-media", "call_timeout": "30",
            ],
            on: ["forward_all_enabled"]
        )
        try tables.insert("v_extension_users", ["domain_uuid": "D1", "extension_uuid": "ED11001", "user_uuid": "U1"])
        try tables.insert("v_users", ["domain_uuid": "D1", "user_uuid": "U1", "contact_uuid": "C1"])
        try tables.insert(
            "v_voicemails",
            ["domain_uuid": "D1", "voicemail_id": "1001", "voicemail_mail_to": "ann@one.example"],
            on: ["voicemail_enabled"],
            off: ["voicemail_local_after_email"]
        )
        let document = try #require(try await user(tables, "1001"))
        let node = try #require(document.first(at: "section", "domain", "groups", "group", "users", "user"))
        #expect(node[attribute: "id"] == "1001")
        let wanted = [
            "password": "a\"b&amp;$c<", "vm-enabled": "true", "vm-keep-local-after-email": "false",
            "vm-mailto": "ann@one.example", "user_uuid": "U1", "contact_uuid": "C1", "directory_full_name": "Ann Lee",
            "proxy_media": "true", "forward_all_enabled": "true", "limit_max": "5",
            "dial-string": "{leg_timeout=${call_timeout}}${sofia_contact(*/${dialed_user}@x)}",
        ]
        for (name, value) in wanted { #expect(node.value(name) == value, "\(name)") }
        #expect(node.value("bypass_media") == nil)
    }

    @Test func ownSettings() async throws {
        let tables = try SmallTables()
        try tables.extension("1001")
        for (type, name, enabled) in [("param", "a", true), ("variable", "b", true), ("variable", "c", false)] {
            let row = [
                "extension_uuid": "ED11001", "extension_setting_type": type, "extension_setting_name": name,
                "extension_setting_value": "${x}&quot;",
            ]
            let column = ["extension_setting_enabled"]
            try tables.insert("v_extension_settings", row, on: enabled ? column : [], off: enabled ? [] : column)
        }
        let document = try #require(try await user(tables, "1001"))
        #expect(document.value("a") == "{x}\"")
        #expect(document.all("variables").first?.value("b") == "{x}\"")
        #expect(document.value("c") == nil)
    }

    /// A boolean that is false is left out; the word of older versions is written.
    @Test(arguments: [(SmallTables.Version.v5_5, String?.none), (.v5_4, "false")])
    func falseBooleans(version: SmallTables.Version, written: String?) async throws {
        let tables = try SmallTables(version)
        try tables.extension("1", off: ["do_not_disturb", "call_screen_enabled"])
        let document = try #require(try await user(tables, "1"))
        for name in ["do_not_disturb", "call_screen_enabled"] { #expect(document.value(name) == written) }
    }

    /// How a user is called.
    @Test(arguments: [
        (["do_not_disturb"], "own", "error/user_busy"),
        ([], "{a=\"b\",c=d&amp;e}user/1", "{a=\"b\",c=d&e}user/1"),
        ([], "", "{leg_timeout=${call_timeout}}${sofia_contact(*/${dialed_user}@x)}"),
    ])
    func dialStrings(on: [String], own: String, expected: String) async throws {
        let tables = try SmallTables()
        try tables.extension("1", ["dial_string": own], on: on)
        #expect(try await user(tables, "1")?.value("dial-string") == expected)
    }

    /// Without a setting the dial string is made here, as the options say.
    @Test(arguments: [
        (
            false, true,
            "{sip_invite_domain=one.example,presence_id=5@one.example}${sofia_contact(*/user-5@one.example)}"
        ),
        (
            true, false,
            "{sip_invite_domain=one.example,presence_id=user-5@one.example}${sofia_contact(*/5@one.example)}"
        ),
    ])
    func aliases(registersAsAlias: Bool, presenceByNumber: Bool, dialString: String) async throws {
        let tables = try SmallTables()
        try tables.source.change(["DELETE FROM v_default_settings WHERE default_setting_category = 'domain'"])
        try tables.extension("user-5", ["number_alias": "5"])
        var options = SmallTables.options
        options.registersAsNumberAlias = registersAsAlias
        options.usesNumberAsPresenceID = presenceByNumber
        for name in ["5", "user-5"] {
            let answer = try await tables.ask(
                .directory,
                ["user": name, "domain": "one.example", "action": "user_call"],
                options: options
            )
            #expect(answer.document?.value("dial-string") == dialString)
            #expect(answer.document?.value("caller_id_number") == "5")
        }
    }

    @Test func aDomainsOwnSettingComesFirst() async throws {
        let tables = try SmallTables()
        try tables.extension("1")
        try tables.insert(
            "v_domain_settings",
            [
                "domain_uuid": "D1", "domain_setting_category": "domain", "domain_setting_subcategory": "dial_string",
                "domain_setting_name": "text", "domain_setting_value": "own",
            ],
            on: ["domain_setting_enabled"]
        )
        #expect(try await user(tables, "1")?.value("dial-string") == "own")
    }

    /// A virtual extension can never register.
    @Test func virtualExtension() async throws {
        let tables = try SmallTables()
        try tables.extension("1", ["extension_type": "virtual", "auth_acl": "mine"])
        #expect(try await user(tables, "1")?.value("auth-acl") == "virtual.random")
    }

    @Test(arguments: [
        ("9", "one.example"), ("1", "two.example"), ("1", "three.example"), ("off", "one.example"),
        ("*97", "one.example"),
        ("", "one.example"),
        // What would be SQL if it were not a value.
        ("1' OR '1'='1", "one.example"), ("1'; DROP TABLE v_extensions; --", "one.example"),
        ("1", "one.example' OR '1'='1"), ("%", "one.example"), ("1\\", "one.example"),
        (String(repeating: "1", count: 10_000), "one.example"),
    ])
    func nobody(user: String, domain: String) async throws {
        let tables = try SmallTables()
        try tables.extension("1")
        try tables.extension("1", domain: "D2")
        try tables.extension("off", off: ["enabled"])
        #expect(try await self.user(tables, user, domain) == nil)
        #expect(try await self.user(tables, "1") != nil)
    }

    /// Three statements at most, two where a dial string is not needed.
    @Test(arguments: [("", 3), ("user/1", 2)])
    func statements(dialString: String, count: Int) async throws {
        let tables = try SmallTables()
        try tables.extension("1", ["dial_string": dialString])
        _ = tables.source.takeStatements()
        #expect(try await user(tables, "1") != nil)
        #expect(tables.source.takeStatements().count == count)
    }

    @Test func groups() async throws {
        let tables = try SmallTables()
        try tables.extension("1", ["call_group": "sales, support"])
        try tables.extension("2", ["call_group": "sales"])
        try tables.extension("3", ["call_group": "sales"], off: ["enabled"])
        let fields: KeyValuePairs = ["action": "group_call", "domain": "one.example", "group": "sales"]
        let document = try #require(try await tables.ask(.directory, fields).document)
        let members = document.all("group").map { group in
            (group[attribute: "name"] ?? "") + group.all("user").map { "-" + ($0[attribute: "id"] ?? "") }.joined()
        }
        #expect(members == ["sales-1-2", "support-1"])
        let unknown: KeyValuePairs = ["action": "group_call", "domain": "nowhere.example"]
        #expect(try await tables.ask(.directory, unknown).document == nil)
    }

    @Test func networks() async throws {
        let tables = try SmallTables()
        try tables.extension("1", ["cidr": "192.0.2.0/24"])
        try tables.extension("2", ["cidr": "192.0.2.1/32"], off: ["enabled"])
        try tables.extension("3", ["cidr": ""])
        let document = try await tables.ask(.directory, ["purpose": "network-list", "domain": "one.example"]).document
        #expect(document?.all("user").map { $0[attribute: "cidr"] } == ["192.0.2.0/24"])
    }

    @Test func names() async throws {
        let tables = try SmallTables()
        try tables.extension("1", ["directory_first_name": "Ann"], on: ["directory_visible"])
        try tables.extension("2", off: ["directory_visible"])
        let fields: KeyValuePairs = [
            "Event-Calling-Function": "populate_database", "Event-Calling-File": "mod_directory.c",
        ]
        let document = try #require(try await tables.ask(.directory, fields).document)
        #expect(document.all("user").map { $0[attribute: "id"] } == ["1"])
        #expect(document.value("directory_full_name") == "Ann")
        #expect(document.value("directory-visible") == "true")
    }

    @Test func reverseAuthentication() async throws {
        let tables = try SmallTables()
        try tables.extension("user-1", ["number_alias": "1", "password": "p\"$&"])
        let fields: KeyValuePairs = ["action": "reverse-auth-lookup", "user": "1", "domain": "one.example"]
        let document = try #require(try await tables.ask(.directory, fields).document)
        #expect(document.value("reverse-auth-user") == "user-1")
        #expect(document.value("reverse-auth-pass") == "p\"$&")
        #expect(document.all("user").first?[attribute: "number-alias"] == "1")
    }

    @Test(
        arguments: [
            ["purpose": "gateways"], ["Event-Calling-Function": "switch_xml_locate_domain"], ["domain": "one.example"],
        ] as [KeyValuePairs<String, String>]
    )
    func domains(_ fields: KeyValuePairs<String, String>) async throws {
        let document = try await SmallTables().ask(.directory, fields).document
        #expect(document?.all("domain").map { $0[attribute: "name"] } == ["one.example", "two.example"])
    }

    @Test func countOfMessages() async throws {
        let fields: KeyValuePairs = ["action": "message-count", "user": "1", "domain": "one.example"]
        #expect(try await SmallTables().ask(.directory, fields).document == nil)
    }
}
