import XMLConfig

/// What `conference.conf` and `translate.conf` say, as rows.
struct RoomsImport {
    private(set) var output: ImportedRows

    /// Adds the rows of both files to others.
    init(conference: XMLNode?, translate: XMLNode?, into output: ImportedRows) {
        self.output = output
        for group in Self.children("group", of: conference?.first("caller-controls")) { add(controls: group) }
        for profile in Self.children("profile", of: conference?.first("profiles")) { add(room: profile) }
        for part in conference?.children ?? []
        where !["caller-controls", "profiles"].contains(part.name) && !part.children.isEmpty {
            self.output.note(.warning("conference.conf: <\(part.name)> has no place in the tables"))
        }
        for profile in Self.children("profile", of: translate?.first("profiles")) { add(numbers: profile) }
    }

    private static func children(_ name: String, of node: XMLNode?) -> [XMLNode] {
        node?.children.filter { $0.name == name } ?? []
    }

    private mutating func add(controls group: XMLNode) {
        let name = group[attribute: "name"] ?? ""
        let identifier = output.add(
            "v_conference_controls",
            key: "conference_control_uuid",
            named: name,
            texts: ["control_name": ImportedRows.kept(name)],
            truths: ["control_enabled": true]
        )
        for (index, control) in Self.children("control", of: group).enumerated() {
            var texts = ["conference_control_uuid": identifier]
            for key in ["digits", "action", "data"] {
                let value = control[attribute: key] ?? ""
                noteVariables(in: value, "controls \(name)")
                texts["control_\(key)"] = ImportedRows.kept(value)
            }
            output.add(
                "v_conference_control_details",
                key: "conference_control_detail_uuid",
                named: "\(name) \(index)",
                isOrdered: true,
                texts: texts,
                truths: ["control_enabled": true]
            )
        }
    }

    private mutating func add(room profile: XMLNode) {
        let name = profile[attribute: "name"] ?? ""
        let identifier = output.add(
            "v_conference_profiles",
            key: "conference_profile_uuid",
            named: name,
            texts: ["profile_name": ImportedRows.kept(name)],
            truths: ["profile_enabled": true]
        )
        for (index, param) in Self.children("param", of: profile).enumerated() {
            let value = param[attribute: "value"] ?? ""
            noteVariables(in: value, "room \(name): \(param[attribute: "name"] ?? "")")
            output.add(
                "v_conference_profile_params",
                key: "conference_profile_param_uuid",
                named: "\(name) \(index)",
                isOrdered: true,
                texts: [
                    "conference_profile_uuid": identifier,
                    "profile_param_name": ImportedRows.kept(param[attribute: "name"] ?? ""),
                    "profile_param_value": ImportedRows.kept(value),
                ],
                truths: ["profile_param_enabled": true]
            )
        }
    }

    private mutating func add(numbers profile: XMLNode) {
        let name = profile[attribute: "name"] ?? ""
        let identifier = output.add(
            "v_number_translations",
            key: "number_translation_uuid",
            named: name,
            texts: [
                "number_translation_name": ImportedRows.kept(name),
                "number_translation_description": ImportedRows.kept(profile[attribute: "description"] ?? ""),
            ],
            truths: ["number_translation_enabled": true]
        )
        for (index, rule) in Self.children("rule", of: profile).enumerated() {
            output.add(
                "v_number_translation_details",
                key: "number_translation_detail_uuid",
                named: "\(name) \(index)",
                isOrdered: true,
                texts: [
                    "number_translation_uuid": identifier,
                    "number_translation_detail_regex": ImportedRows.kept(rule[attribute: "regex"] ?? ""),
                    "number_translation_detail_replace": ImportedRows.kept(rule[attribute: "replace"] ?? ""),
                    "number_translation_detail_order": String((index + 1) * 10),
                ]
            )
        }
    }

    private mutating func noteVariables(in value: String, _ place: String) {
        guard value.contains("$") else { return }
        output.note(.warning("\(place) loses its variables: the handler leaves out every $"))
    }
}
