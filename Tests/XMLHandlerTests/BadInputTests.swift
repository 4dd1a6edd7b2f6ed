import Testing
import XMLConfig

@testable import XMLHandler

/// Questions of somebody who means no good.
struct BadInputTests {
    private static let uuid = "2b8c7a52-0a57-4c5e-9d5b-3d1f0a1c9e77"

    /// Questions of every kind, with all the fields that anything reads.
    private static let questions: [(section: XMLSection, value: String, fields: [String: String])] = [
        (
            .directory, "one.example",
            [
                "action": "sip_auth", "user": "1000", "domain": "one.example", "domain_name": "one.example",
                "variable_domain_name": "one.example", "variable_sip_from_host": "one.example", "purpose": "",
                "Event-Calling-Function": "sofia_reg_parse_auth", "Event-Calling-File": "sofia_reg.c",
                "sip_auth_username": "1000", "key": "id", "group": "sales",
            ]
        ),
        (.directory, "one.example", ["action": "reverse-auth-lookup", "user": "1000", "domain": "one.example"]),
        (.directory, "one.example", ["action": "group_call", "group": "sales", "domain": "one.example"]),
        (.directory, "", ["purpose": "gateways", "profile": "internal"]),
        (.directory, "", ["purpose": "network-list", "domain": "one.example"]),
        (
            .dialplan, "",
            [
                "Hunt-Context": "one.example", "Caller-Context": "public", "Caller-Destination-Number": "2000",
                "variable_sip_to_user": "2000", "variable_sip_req_user": "2000", "FreeSWITCH-Hostname": "pbx1",
                "hostname": "pbx1",
            ]
        ),
        (.configuration, "ivr.conf", ["Menu-Name": uuid, "hostname": "pbx1"]),
        (.configuration, "sofia.conf", ["profile": "internal", "hostname": "pbx1"]),
        (.configuration, "callcenter.conf", ["CC-Queue": "queue@one.example"]),
        (.configuration, "local_stream.conf", ["stream": "default"]),
        (.languages, "en", ["lang": "en", "macro_name": uuid, "domain": "one.example"]),
    ]

    /// Each with a mark that no statement of ours has.
    private static let values = [
        "Q7q' OR '1'='1", "Q7q'; DROP TABLE v_extensions; --", "\"Q7q\"", "Q7q\\", "\\' Q7q", "Q7q%_", "Q7q\0",
        "Q7q\r\n;",
        "Q7q/* */ UNION SELECT * FROM v_users", "${Q7q}", "$${Q7q}", "Q7q" + String(repeating: "ä", count: 300),
        "Q7q\u{202E}\u{FFFD}", "`Q7q`", "?Q7q$1",
    ]

    /// What comes in a field is a value for the database and never a part of a statement, whichever field it is.
    @Test(arguments: values) func valuesAreNoStatements(value: String) async throws {
        let tables = try SmallTables()
        try tables.extension("1000", ["password": "kV3qz8Rw"])
        try tables.dialplan("first", context: "one.example")
        let before = try await count(tables)
        for question in Self.questions {
            for field in question.fields.keys.sorted() + ["key_value"] {
                var fields = question.fields
                if field != "key_value" { fields[field] = value }
                let asked = XMLQuestion(
                    section: question.section,
                    value: field == "key_value" ? value : question.value,
                    fields: fields.map { ($0.key, $0.value) }
                )
                _ = tables.source.takeStatements()
                let answer = try await XMLHandler(tables.source, options: SmallTables.options).answer(asked)
                let statements = tables.source.takeStatements()
                #expect(!statements.contains { $0.contains("Q7q") }, "\(field) of \(question)")
                // Nobody is let in as somebody else.
                if field == "user" {
                    #expect(!"\(answer)".contains("kV3qz8Rw"), "\(field) of \(question)")
                }
            }
        }
        #expect(try await count(tables) == before)
    }

    /// What is asked without such values reaches the tables: the list above says what it means to say.
    @Test func questionsAreAsked() async throws {
        let tables = try SmallTables()
        var unasked: [String] = []
        for question in Self.questions {
            _ = tables.source.takeStatements()
            let asked = XMLQuestion(
                section: question.section,
                value: question.value,
                fields: question.fields.map { ($0.key, $0.value) }
            )
            _ = try await XMLHandler(tables.source, options: SmallTables.options).answer(asked)
            if tables.source.takeStatements().isEmpty { unasked.append(question.fields["action"] ?? question.value) }
        }
        #expect(unasked == [])
    }

    private func count(_ tables: SmallTables) async throws -> [String] {
        var counts: [String] = []
        for table in tables.columns.keys.sorted() {
            let row = try await tables.source.rows("SELECT count(*) AS number FROM \(table)", []).first
            counts.append("\(table) \(row?["number"] ?? "")")
        }
        return counts
    }
}
