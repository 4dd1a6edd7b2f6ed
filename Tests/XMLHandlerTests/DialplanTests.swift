import Testing
import XMLConfig
import XMLHandler

/// What the section `dialplan` answers.
struct DialplanTests {
    private func names(_ answer: XMLHandler.Answer) -> [String]? {
        answer.document?.first(at: "section", "context")?.children.map { $0[attribute: "name"] ?? "" }
    }

    private func context(
        _ tables: SmallTables,
        _ context: String,
        number: String = "1"
    ) async throws -> XMLHandler.Answer {
        try await tables.ask(
            .dialplan,
            ["Caller-Context": "other", "Caller-Destination-Number": number, "Hunt-Context": context]
        )
    }

    @Test(arguments: SmallTables.Version.allCases)
    func aTenant(_ version: SmallTables.Version) async throws {
        let tables = try SmallTables(version)
        try tables.dialplan("last", context: "one.example", order: 300, ["domain_uuid": "D1"])
        try tables.dialplan("global", context: "global", order: 20)
        try tables.dialplan("each", context: "${domain_name}", order: 100)
        try tables.dialplan("other", context: "three.example")
        try tables.dialplan("public", context: "public")
        try tables.dialplan("off", context: "one.example", off: ["dialplan_enabled"])
        try tables.dialplan("two", context: "two.example", ["domain_uuid": "D2"])
        #expect(names(try await context(tables, "one.example")) == ["global", "each", "last"])
        #expect(names(try await context(tables, "conf@three.example")) == [])
        #expect(names(try await context(tables, "unknown")) == ["global", "each"])
        // A tenant that is disabled has no context, its numbers neither.
        #expect(names(try await context(tables, "two.example")) == nil)
    }

    @Test func machines() async throws {
        let tables = try SmallTables()
        for (name, host) in [("any", ""), ("here", "pbx1"), ("there", "pbx2")] {
            try tables.dialplan(name, context: "one.example", ["hostname": host])
        }
        #expect(names(try await context(tables, "one.example")) == ["any", "here"])
    }

    @Test func theDocument() async throws {
        let tables = try SmallTables()
        try tables.dialplan("x", context: "a&b", xml: "<extension name=\"x\"><condition/></extension>")
        let answer = try await context(tables, "a&b", number: "5$")
        let node = try #require(answer.document?.first(at: "section", "context"))
        let attributes = node.attributes.map { "\($0.name)=\($0.value)" }
        #expect(attributes == ["name=a&b", "destination_number=5", "hostname=pbx1"])
        #expect(node.children.map(\.name) == ["extension"])
        #expect(answer.document?.first("section")?[attribute: "name"] == "dialplan")
    }

    /// What rows hold, and what becomes of it: a row that is not XML is left out by itself, and is named.
    @Test(arguments: [
        ("<extension name=\"a\"><condition expression=\"1&2\"/></extension>", "1&2"),
        ("<extension name=\"a\"><condition expression=\"^a<b\"/></extension>", "^a<b"),
        ("<extension name=\"a\"><condition expression=\"a&amp;b\"/></extension>", "a&b"),
        ("<extension name=\"a \"b\"\"><condition expression=\"x\"/></extension>", nil),
        ("<extension name=\"a\"><condition expression=\"x\">", nil),
        ("</row></context><extension name=\"a\"/>", nil),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><extension name=\"a\"/>", nil),
    ])
    func fragments(xml: String, expression: String?) async throws {
        let tables = try SmallTables()
        try tables.dialplan("before", context: "one.example", order: 1)
        try tables.dialplan("it", context: "one.example", order: 2, xml: xml)
        try tables.dialplan("after", context: "one.example", order: 3)
        let answer = try await context(tables, "one.example")
        let children = answer.document?.first(at: "section", "context")?.children ?? []
        #expect(
            children.compactMap { $0.first("condition")?[attribute: "expression"] } == [expression].compactMap { $0 }
        )
        #expect(children.first?[attribute: "name"] == "before" && children.last?[attribute: "name"] == "after")
        let isNamed = answer.faults.map(\.description).contains { $0.contains("P-it") && $0.contains("\"it\"") }
        #expect(isNamed == (expression == nil))
        #expect(answer.faults.count == (expression == nil ? 1 : 0))
    }

    /// The spellings of a number in parts; one with a part that is `NULL` does not exist.
    @Test(
        arguments: [
            (["49", "30", "0"], ["493012345", "03012345", "4912345", "+4912345", "+493012345", "3012345", "12345"]),
            (["", "", ""], ["12345", "+12345"]),
            ([nil, nil, nil], ["12345"]),
            ([nil, "30", nil], ["3012345", "12345"]),
            (["1", nil, nil], ["112345", "+112345", "12345"]),
        ] as [([String?], [String])]
    )
    func numbers(parts: [String?], spellings: [String]) async throws {
        let tables = try SmallTables()
        try tables.dialplan("did", context: "public", ["domain_uuid": "D1"])
        try tables.dialplan("end", context: "public", order: 999)
        var row = ["dialplan_uuid": "P-did", "destination_number": "12345"]
        row["destination_prefix"] = parts[0]
        row["destination_area_code"] = parts[1]
        row["destination_trunk_prefix"] = parts[2]
        try tables.insert("v_destinations", row, on: ["destination_enabled"])
        let candidates = [
            "493012345", "03012345", "4912345", "+4912345", "+493012345", "3012345", "12345", "+12345", "112345",
            "+112345", "2345", "912345", "", "12345' OR '1'='1",
        ]
        for number in candidates {
            let found = names(try await context(tables, "public", number: number))
            #expect(found == (spellings.contains(number) ? ["did", "end"] : ["end"]), "\(number)")
        }
    }

    @Test(arguments: SmallTables.Version.allCases)
    func comingIn(_ version: SmallTables.Version) async throws {
        let tables = try SmallTables(version)
        for (name, domain) in [("one", "D1"), ("two", "D2")] {
            try tables.dialplan(name, context: "public", ["domain_uuid": domain])
            let row = ["dialplan_uuid": "P-\(name)", "destination_number": name]
            try tables.insert("v_destinations", row, on: ["destination_enabled"])
            // The same number twice leads there once.
            try tables.insert("v_destinations", row, on: ["destination_enabled"])
        }
        try tables.insert(
            "v_destinations",
            ["dialplan_uuid": "P-one", "destination_number": "off"],
            off: ["destination_enabled"]
        )
        for name in ["public", "public@x", "x.public"] {
            #expect(names(try await context(tables, name, number: "one")) == ["one"])
        }
        #expect(names(try await context(tables, "public", number: "two")) == [])
        #expect(names(try await context(tables, "public", number: "off")) == [])
    }

    @Test func everyNumberInOneContext() async throws {
        let tables = try SmallTables()
        try tables.source.change(["UPDATE v_default_settings SET default_setting_value = 'multiple'"])
        try tables.dialplan("a", context: "public", order: 1, ["domain_uuid": "D1"])
        try tables.dialplan("b", context: "public", order: 2)
        try tables.dialplan("c", context: "x.public", order: 2)
        #expect(names(try await context(tables, "public", number: "7")) == ["a", "b"])
        #expect(names(try await context(tables, "x.public", number: "7")) == ["c"])
    }

    /// Which number counts is a setting.
    @Test(arguments: [("destination_number", "a"), ("${sip_to_user}", "b"), ("sip_req_user", "c")])
    func sources(setting: String, expected: String) async throws {
        let tables = try SmallTables()
        try tables.setting("dialplan", "destination", setting)
        for name in ["a", "b", "c"] {
            try tables.dialplan(name, context: "public", ["domain_uuid": "D1"])
            let row = ["dialplan_uuid": "P-\(name)", "destination_number": "+\(name)"]
            try tables.insert("v_destinations", row, on: ["destination_enabled"])
        }
        let answer = try await tables.ask(
            .dialplan,
            [
                "Caller-Context": "public", "Caller-Destination-Number": "+a", "variable_sip_to_user": "%2Bb",
                "variable_sip_req_user": "+c",
            ]
        )
        #expect(names(answer) == [expected])
        #expect(answer.document?.all("context").first?[attribute: "destination_number"] == "+\(expected)")
    }

    @Test(arguments: ["public", "one.example", "conf@one.example"])
    func oneStatement(_ name: String) async throws {
        let tables = try SmallTables()
        _ = tables.source.takeStatements()
        _ = try await context(tables, name)
        #expect(tables.source.takeStatements().count == 1)
    }

    @Test func noContext() async throws {
        let tables = try SmallTables()
        try tables.dialplan("a", context: "public")
        let answer = try await tables.ask(.dialplan, ["Caller-Context": String(repeating: "x", count: 10_000)])
        #expect(names(answer) == ["a"])
    }
}
