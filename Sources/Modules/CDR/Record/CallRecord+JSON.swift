import Base
import SwitchCore

/// The record as the document of `mod_json_cdr`.
extension CallRecord {
    /// The document: one object.
    ///
    /// - Parameter encodesValues: Whether the values of variables are encoded as in the XML document (`encode-values`).
    func json(encodesValues: Bool) -> String {
        var members = [
            ("core-uuid", JSONText.quoted(coreUUID)), ("switchname", JSONText.quoted(switchName)),
            ("channel_data", JSONText.object(channelData)),
        ]
        if let statistics = history.statistics { members.append(("callStats", Self.json(AudioFigures(statistics)))) }
        members.append(("variables", json(variables, encodesValues: encodesValues)))
        let executions = history.executions.map { execution in
            JSONText.object([
                ("app_name", execution.application), ("app_data", execution.data),
                ("app_stamp", String(execution.time)),
            ])
        }
        var log = [("applications", JSONText.array(json: executions))]
        if let forgotten { log.append(("forgotten", forgotten)) }
        members.append(("app_log", JSONText.object(json: log)))
        if !history.holds.isEmpty {
            let holds = history.holds.map { hold in
                JSONText.object([
                    ("on", String(hold.begin)), ("off", String(hold.end)), ("bridged-to", hold.partner),
                ])
            }
            members.append(("hold_record", JSONText.array(json: holds)))
        }
        members.append(("callflow", JSONText.array(json: profiles.map { json($0) })))
        return JSONText.object(json: members) + "\n"
    }

    private static func json(_ figures: AudioFigures) -> String {
        // The figures are decimal numbers, so they are JSON as they are.
        let ways = [
            ("inbound", JSONText.object(json: figures.inbound)), ("outbound", JSONText.object(json: figures.outbound)),
        ]
        return JSONText.object(json: [("audio", JSONText.object(json: ways))])
    }

    private func json(_ variables: Variables, encodesValues: Bool) -> String {
        func text(_ value: String) -> String {
            JSONText.quoted(encodesValues ? PlainEventEncoding.encode(value) : value)
        }
        return JSONText.object(
            json: variables.map { variable in
                guard VariableArray.isArray(variable.value) else { return (variable.name, text(variable.value)) }
                let elements = VariableArray.elements(of: variable.value).map(text)
                return (variable.name, JSONText.array(json: elements))
            }
        )
    }

    private func json(_ profile: CallerProfile) -> String {
        var members = [
            ("dialplan", JSONText.quoted(profile.dialplan)), ("unique-id", JSONText.quoted(profile.uuid)),
            ("profile_index", JSONText.quoted(String(profile.index))),
        ]
        if let route = history.route(ofProfile: profile.index) { members.append(("extension", json(route, profile))) }
        var fields = profile.recordFields.map { (name: $0.name, value: JSONText.quoted($0.value)) }
        if let originator = history.originator {
            fields.append(("originator", Self.json([originator], named: "originator_caller_profiles")))
        }
        let originatees = originatees(of: profile)
        if !originatees.isEmpty {
            fields.append(("originatee", Self.json(originatees, named: "originatee_caller_profiles")))
        }
        members.append(("caller_profile", JSONText.object(json: fields)))
        members.append(("times", JSONText.object(profile.times.recordFields)))
        return JSONText.object(json: members)
    }

    private static func json(_ profiles: [CallerProfile], named name: String) -> String {
        let list = JSONText.array(json: profiles.map { JSONText.object($0.recordFields) })
        return JSONText.object(json: [(name, list)])
    }

    private func json(_ route: DialplanRoute, _ profile: CallerProfile) -> String {
        var members = [
            ("name", JSONText.quoted(route.extensionName)), ("number", JSONText.quoted(profile.destinationNumber)),
        ]
        if profile.index == profiles.first?.index, let lastApplication {
            members.append(("current_app", JSONText.quoted(lastApplication)))
        }
        let actions = route.actions.map { JSONText.object([("app_name", $0.application), ("app_data", $0.data)]) }
        members.append(("applications", JSONText.array(json: actions)))
        return JSONText.object(json: members)
    }
}
