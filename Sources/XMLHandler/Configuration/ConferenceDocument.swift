import XMLConfig

/// `conference.conf`: what keys do in a conference, and the profiles of rooms.
struct ConferenceDocument {
    static let controlsSQL = "SELECT * FROM v_conference_controls ORDER BY control_name"
    static let controlDetailsSQL = """
        SELECT * FROM v_conference_control_details ORDER BY control_digits, control_action, conference_control_detail_uuid
        """
    static let profilesSQL = "SELECT * FROM v_conference_profiles ORDER BY profile_name"
    static let profileParamsSQL = """
        SELECT * FROM v_conference_profile_params ORDER BY profile_param_name, conference_profile_param_uuid
        """

    let node: XMLNode

    init(controls: [TableRow], controlDetails: [TableRow], profiles: [TableRow], profileParams: [TableRow]) {
        let details = Dictionary(grouping: controlDetails.filter { $0.isTrue("control_enabled") }) {
            $0.text("conference_control_uuid")
        }
        let params = Dictionary(grouping: profileParams.filter { $0.isTrue("profile_param_enabled") }) {
            $0.text("conference_profile_uuid")
        }
        let groups = controls.filter { $0.isTrue("control_enabled") }.map { row in
            XMLNode(
                "group",
                [("name", TableText.safe(row.text("control_name")))],
                (details[row.text("conference_control_uuid")] ?? []).map(Self.control)
            )
        }
        let rooms = profiles.filter { $0.isTrue("profile_enabled") }.map { row in
            XMLNode(
                "profile",
                [("name", TableText.safe(row.text("profile_name")))],
                (params[row.text("conference_profile_uuid")] ?? []).map { param in
                    .param(
                        TableText.safe(param.text("profile_param_name")),
                        TableText.safe(param.text("profile_param_value"))
                    )
                }
            )
        }
        node = .configuration(
            "conference.conf",
            description: "Audio Conference",
            [XMLNode("caller-controls", [], groups), XMLNode("profiles", [], rooms)]
        )
    }

    private static func control(_ row: TableRow) -> XMLNode {
        XMLNode("control", ["digits", "action", "data"].map { ($0, TableText.safe(row.text("control_\($0)"))) })
    }
}
