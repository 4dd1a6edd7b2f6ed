import XMLConfig

/// A queue of `callcenter.conf`.
struct CallCenterQueue {
    static let sql = """
        SELECT q.*, d.domain_name AS tenant_name FROM v_call_center_queues q \
        JOIN v_domains d ON d.domain_uuid = q.domain_uuid ORDER BY d.domain_name, q.queue_extension
        """

    /// The columns that follow the recording's name, in the order of the parameters; booleans are marked.
    private static let columns: [(name: String, isBoolean: Bool)] = [
        ("time_base_score", false), ("max_wait_time", false), ("max_wait_time_with_no_agent", false),
        ("max_wait_time_with_no_agent_time_reached", false), ("tier_rules_apply", true),
        ("tier_rule_wait_second", false), ("tier_rule_wait_multiply_level", true),
        ("tier_rule_no_agent_no_wait", true), ("discard_abandoned_after", false), ("abandoned_resume_allowed", true),
        ("announce_sound", false), ("announce_frequency", false),
    ]

    private static let recordVariables = ["{strftime", "{uuid}", "{record_ext}"]

    private let row: TableRow
    private let options: HandlerOptions

    init(_ row: TableRow, _ options: HandlerOptions) {
        (self.row, self.options) = (row, options)
    }

    var node: XMLNode {
        let domain = TableText.safe(row.text("tenant_name"))
        let label = TableText.safe(row.text("queue_name").replacing(" ", with: "-"))
        let first = [
            XMLNode.param("strategy", TableText.safe(row.text("queue_strategy"))),
            .param("moh-sound", heard),
            .param("record-template", TableText.safe(row.text("queue_record_template"), keeping: Self.recordVariables)),
        ]
        let rest = Self.columns.map { name, isBoolean in
            let column = "queue_\(name)"
            return XMLNode.param(
                name.replacing("_", with: "-"),
                isBoolean ? row.truth(column) : TableText.safe(row.text(column))
            )
        }
        return XMLNode(
            "queue",
            [("name", "\(TableText.safe(row.text("queue_extension")))@\(domain)"), ("label", "\(label)@\(domain)")],
            first + rest
        )
    }

    /// What callers hear while they wait: a name of a ring tone stands for that tone, for ever.
    private var heard: String {
        let sound = row.text("queue_moh_sound")
        guard sound.hasPrefix("${"), sound.hasSuffix("}") else { return TableText.safe(sound) }
        let name = String(sound.dropFirst(2).dropLast())
        guard let globals = options.globalVariable else {
            // Another machine puts its own tone in.
            return Self.isTone(name) ? "tone_stream://$${\(name)};loops=-1" : TableText.safe(sound)
        }
        guard let tone = globals(name), tone.hasPrefix("%(") || tone.hasPrefix("v=") else {
            return TableText.safe(sound)
        }
        return TableText.safe("tone_stream://\(tone);loops=-1")
    }

    /// Whether a variable is named as FusionPBX names ring tones, `us-ring`; whoever owns the row may know no other one.
    private static func isTone(_ name: String) -> Bool {
        name.hasSuffix("-ring") && name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (97...122).contains($0) }
    }
}
