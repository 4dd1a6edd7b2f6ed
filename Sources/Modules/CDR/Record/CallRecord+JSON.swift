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
        if let passage = history.passage(ofProfile: profile.index) { members.append(("extension", Self.json(passage))) }
        var fields = profile.recordFields.map { (name: $0.name, value: JSONText.quoted($0.value)) }
        for parties in parties(of: profile) {
            let list = JSONText.array(json: parties.profiles.map { JSONText.object($0.recordFields) })
            fields.append((parties.name, JSONText.object(json: [("\(parties.name)_caller_profiles", list)])))
        }
        members.append(("caller_profile", JSONText.object(json: fields)))
        members.append(("times", JSONText.object(profile.times.recordFields)))
        return JSONText.object(json: members)
    }

    private static func json(_ passage: CallHistory.Passage, isSubroutine: Bool = false) -> String {
        var members = [
            ("name", JSONText.quoted(passage.route.extensionName)), ("number", JSONText.quoted(passage.number)),
        ]
        if isSubroutine { members.append(("dialplan", JSONText.quoted(passage.dialplan))) }
        if let application = passage.lastApplication { members.append(("current_app", JSONText.quoted(application))) }
        let actions = passage.route.actions.enumerated().map { index, action in
            var fields = [(name: "app_name", value: action.application), ("app_data", action.data)]
            if index == passage.lastExecuted { fields.insert(("last_executed", "true"), at: 0) }
            return JSONText.object(fields)
        }
        members.append(("applications", JSONText.array(json: actions)))
        if !passage.subroutines.isEmpty {
            let subroutines = passage.subroutines.map { json($0, isSubroutine: true) }
            members.append(("sub_extensions", JSONText.array(json: subroutines)))
        }
        return JSONText.object(json: members)
    }
}
