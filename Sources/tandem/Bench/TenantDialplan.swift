import XMLConfig

/// A configuration with the dialplan of one tenant as a portal generates it: one context that every call walks through.
///
/// It has the shape of FusionPBX's global templates, not their text: as many extensions, conditions, actions and inline
/// actions, user data looked up one variable at a time, and feature codes between what is done to every call.
enum TenantDialplan {
    static let domain = "tenant.example"
    static let caller = "1000"
    static let callee = "1001"

    /// What is looked up of the user who is called, one expression each.
    private static let lookups = [
        "id_name", "id_number", "forward_all", "forward_all_to", "forward_busy", "forward_busy_to", "forward_silent",
        "forward_silent_to", "forward_absent", "forward_absent_to", "follow", "disturb", "timeout", "missed",
        "missed_to", "allowed", "screen", "record", "calls_limit", "account",
    ]

    /// The whole tree, with this dialplan or with extensions that an operator has.
    static func document(_ others: String? = nil) throws -> XMLNode {
        try XMLDocument.parse(Array(text(others ?? extensions.joined()).utf8), named: "bench")
    }

    /// The extensions in the files of a folder, in the order of their names.
    static func extensions(in folder: String) throws -> (text: String, files: Int) {
        let paths = LocalFiles().paths(matching: "\(folder)/*.xml")
        guard !paths.isEmpty else { throw BenchError(description: "\(folder) has no files named *.xml") }
        let texts = try paths.map { String(decoding: try LocalFiles().contents(of: $0, limit: 1 << 20), as: UTF8.self) }
        return (texts.joined(), paths.count)
    }

    private static func text(_ extensions: String) -> String {
        """
        <document type="freeswitch/xml">
          <section name="configuration"/>
          <section name="dialplan"><context name="\(domain)">\(extensions)</context></section>
          <section name="directory"><domain name="\(domain)">\(users)</domain></section>
        </document>
        """
    }

    private static var users: String {
        (1000..<1100).map { number in
            let variables = lookups.map { "<variable name=\"\($0)\" value=\"\($0)-\(number)\"/>" }.joined()
            return "<user id=\"\(number)\"><variables>\(variables)</variables></user>"
        }.joined()
    }

    // MARK: - Extensions

    /// What is done to every call, then what numbers do.
    static var extensions: [String] {
        var all = [callerDetails, userDetails, recording]
        all += (1...26).map(everyCall)
        all += (1...58).map(featureCode)
        return all + [localExtension]
    }

    private static var callerDetails: String {
        Self.extension(
            "caller details",
            continues: true,
            condition("${leg_of_loopback}", "^B$", rule: "never", [("set", "domain_name=${context}", true)])
                + condition(
                    nil,
                    nil,
                    [
                        ("set", "caller_destination=${destination_number}", true),
                        ("set", "from_number=${caller_id_number}", true),
                        ("export", "from_name=${caller_id_name}", true),
                        ("set", "from_known=${user_exists id ${caller_id_number} ${domain_name}}", true),
                    ]
                )
        )
    }

    private static var userDetails: String {
        let actions: [Action] = lookups.map { name in
            ("set", "callee_\(name)=${user_data ${destination_number}@${domain_name} var \(name)}", true)
        }
        return Self.extension(
            "user exists",
            continues: true,
            condition(nil, nil, [("set", "callee_known=${user_exists id ${destination_number} ${domain_name}}", true)])
                + condition("${callee_known}", "^true$", actions)
        )
    }

    /// Conditions that go on after they fail, as those are that decide what is recorded.
    private static var recording: String {
        let kinds = ["all", "inbound", "outbound", "local"]
        let tests = ["callee", "from"].flatMap { side in
            kinds.map { kind in
                condition("${\(side)_known}", "^true$", rule: "never", [])
                    + condition("${call_kind}", "^\(kind)$", rule: "never", [])
                    + condition("${\(side)_record}", "^\(kind)$", rule: "never", [("set", "records=true", true)])
            }
        }
        return Self.extension(
            "recording",
            continues: true,
            tests.joined() + condition("${records}", "^true$", [("set", "path=${base}/${domain_name}/${uuid}", true)])
        )
    }

    private static func everyCall(_ number: Int) -> String {
        Self.extension(
            "every call \(number)",
            continues: true,
            condition("${callee_known}", "^true$", rule: number % 2 == 0 ? "never" : nil, [])
                + condition(
                    "${setting_\(number)}",
                    "^$",
                    [("set", "setting_\(number)=${domain_name}-${context}", true)]
                )
                + condition(
                    nil,
                    nil,
                    [
                        ("set", "hold_music=${sounds}/${setting_\(number)}", number % 3 == 0),
                        ("set", "note_\(number)=${caller_id_number}@${domain_name}", number % 5 == 0),
                    ]
                )
        )
    }

    private static func featureCode(_ number: Int) -> String {
        let code = "\\*\(100 + number)"
        let expression = number % 3 == 0 ? "^(?:page|park)?\\+?\(code)(\\d{2,7})$" : "^\(code)$|^code_\(number)$"
        return Self.extension(
            "feature \(number)",
            continues: false,
            condition(
                "destination_number",
                expression,
                [
                    ("answer", "", false), ("sleep", "1000", false), ("set", "pin_number=$1", false),
                    ("set", "feature=\(number)-${domain_name}", false),
                    ("playback", "tone_stream://%(200,0,400)", false),
                    ("hangup", "NORMAL_CLEARING", false),
                ]
            )
        )
    }

    private static var localExtension: String {
        Self.extension(
            "local extension",
            continues: true,
            condition("${callee_known}", "true", [("export", "dialed=${destination_number}", true)])
                + condition(
                    nil,
                    nil,
                    [
                        ("set", "hangup_after_bridge=true", false), ("set", "continue_on_fail=true", false),
                        ("hash", "insert/${domain_name}-last/${dialed}/${uuid}", false),
                        ("bridge", "user/${destination_number}@${domain_name}", false),
                    ]
                )
        )
    }

    // MARK: - Elements

    private typealias Action = (application: String, data: String, isInline: Bool)

    private static func `extension`(_ name: String, continues: Bool, _ conditions: String) -> String {
        "<extension name=\"\(name)\"\(continues ? " continue=\"true\"" : "")>\(conditions)</extension>"
    }

    private static func condition(
        _ field: String?,
        _ expression: String?,
        rule: String? = nil,
        _ actions: [Action]
    ) -> String {
        var attributes = ""
        for (name, value) in [("field", field), ("expression", expression), ("break", rule)] {
            if let value { attributes += " \(name)=\"\(XMLNode.escaped(value))\"" }
        }
        let elements = actions.map { action in
            "<action application=\"\(action.application)\" data=\"\(XMLNode.escaped(action.data))\""
                + "\(action.isInline ? " inline=\"true\"" : "")/>"
        }
        return "<condition\(attributes)>\(elements.joined())</condition>"
    }
}
