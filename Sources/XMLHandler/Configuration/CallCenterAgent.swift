import XMLConfig

/// An agent of `callcenter.conf`.
struct CallCenterAgent {
    static let sql = """
        SELECT a.*, d.domain_name AS tenant_name FROM v_call_center_agents a \
        JOIN v_domains d ON d.domain_uuid = a.domain_uuid ORDER BY d.domain_name, a.agent_name, a.call_center_agent_uuid
        """

    private static let contactVariables = ["{caller_destination}", "{strftime", "{uuid}", "{record_ext}"]

    private let row: TableRow
    private let extensionIdentifier: String
    private let options: HandlerOptions

    init(_ row: TableRow, extensionIdentifier: String, _ options: HandlerOptions) {
        (self.row, self.extensionIdentifier, self.options) = (row, extensionIdentifier, options)
    }

    var node: XMLNode {
        let attributes = [
            ("name", row.text("call_center_agent_uuid")), ("label", "\(row.text("agent_name"))@\(domain)"),
            ("type", row.text("agent_type")),
        ]
        let rest = [
            "status", "no-answer-delay-time", "max-no-answer", "wrap-up-time", "reject-delay-time", "busy-delay-time",
        ].map { ($0, row.text("agent_" + $0.replacing("-", with: "_"))) }
        return XMLNode(
            "agent",
            TableText.safe(attributes)
                + [("contact", TableText.safe(contact, keeping: Self.contactVariables))]
                + TableText.safe(rest)
        )
    }

    private var domain: String { row.text("tenant_name") }
    private var timeout: String { row.text("agent_call_timeout") }

    /// The extension that a contact names: `user/1000@example.com`, `loopback/1000/context`.
    static func extensionName(in contact: String) -> String? {
        let parts = contact.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, let name = parts[1].split(separator: "@").first else { return nil }
        return String(name)
    }

    // MARK: - Contact

    /// How the agent is called: its contact with variables for the call.
    ///
    /// One that is called through a gateway presses a key, since a mailbox would take the call otherwise.
    private var contact: String {
        let contact = row.text("agent_contact")
        let isOutside = contact.contains("sofia/gateway")
        let tenant = ["domain_name=\(domain)", "domain_uuid=\(row.text("domain_uuid"))"]
        let caller = "sip_h_caller_destination=${caller_destination}"
        let call = "call_timeout=\(timeout)"
        guard let end = contact.firstIndex(of: "}") else {
            let variables =
                isOutside
                ? confirmation + [call] + tenant + [caller]
                : [call] + tenant + ["extension_uuid=\(extensionIdentifier)", caller] + recording
            return "{\(variables.joined(separator: ","))}\(contact)"
        }
        let hasTimeout = contact.contains("call_timeout")
        let variables =
            switch (isOutside, hasTimeout) {
            case (false, false): tenant + [caller, call]
            case (false, true): [caller, call]
            case (true, false): confirmation + tenant + [caller, call]
            case (true, true): tenant + [caller] + confirmation
            }
        return "\(contact[..<end]),\(variables.joined(separator: ","))\(contact[end...])"
    }

    private var confirmation: [String] {
        [
            "group_confirm_file=ivr/ivr-accept_reject_voicemail.wav", "group_confirm_key=1",
            "group_confirm_read_timeout=2000", "leg_timeout=\(timeout)",
        ]
    }

    private var recording: [String] {
        guard row.isTrue("agent_record") else { return [] }
        let folder = "\(options.recordingsDirectory)/\(domain)/archive"
        let path = "\(folder)/${strftime(%Y)}/${strftime(%b)}/${strftime(%d)}/${uuid}.${record_ext}"
        return ["execute_on_pre_bridge='record_session \(path)'"]
    }
}
