import SwitchCore

/// The record as the document of `mod_xml_cdr`.
extension CallRecord {
    /// The document.
    ///
    /// Values of variables are encoded as in events, so that everything in them survives.
    func xml() -> String {
        var xml = XMLText()
        xml.element("cdr", attributes: [("core-uuid", coreUUID), ("switchname", switchName)]) { xml in
            xml.element("channel_data") { $0.elements(channelData) }
            if let statistics = history.statistics { write(AudioFigures(statistics), to: &xml) }
            xml.element("variables") { writeVariables(to: &$0) }
            xml.element("app_log", attributes: forgotten.map { [("forgotten", $0)] } ?? []) { writeExecutions(to: &$0) }
            if !history.holds.isEmpty { writeHolds(to: &xml) }
            for profile in profiles { write(profile, to: &xml) }
        }
        return xml.text
    }

    private func write(_ figures: AudioFigures, to xml: inout XMLText) {
        xml.element("call-stats") { xml in
            xml.element("audio") { xml in
                xml.element("inbound") { $0.elements(figures.inbound) }
                xml.element("outbound") { $0.elements(figures.outbound) }
            }
        }
    }

    private func writeVariables(to xml: inout XMLText) {
        for variable in variables {
            let name = XMLEventEncoding.elementName(variable.name)
            for value in VariableArray.elements(of: variable.value) {
                xml.element(name, PlainEventEncoding.encode(value))
            }
        }
    }

    private func writeExecutions(to xml: inout XMLText) {
        for execution in history.executions {
            xml.element(
                "application",
                "",
                attributes: [
                    ("app_name", execution.application), ("app_data", execution.data),
                    ("app_stamp", String(execution.time)),
                ]
            )
        }
    }

    private func writeHolds(to xml: inout XMLText) {
        xml.element("hold-record") { xml in
            for hold in history.holds {
                xml.element(
                    "hold",
                    "",
                    attributes: [
                        ("on", String(hold.begin)), ("off", String(hold.end)), ("bridged-to", hold.partner),
                    ]
                )
            }
        }
    }

    private func write(_ profile: CallerProfile, to xml: inout XMLText) {
        let attributes = [
            ("dialplan", profile.dialplan), ("unique-id", profile.uuid), ("profile_index", String(profile.index)),
        ]
        xml.element("callflow", attributes: attributes) { xml in
            if let passage = history.passage(ofProfile: profile.index) { write(passage, to: &xml) }
            xml.element("caller_profile") { xml in
                xml.elements(profile.recordFields)
                for parties in parties(of: profile) {
                    xml.element(parties.name) { xml in
                        for other in parties.profiles {
                            xml.element("\(parties.name)_caller_profile") { $0.elements(other.recordFields) }
                        }
                    }
                }
            }
            xml.element("times") { $0.elements(profile.times.recordFields) }
        }
    }

    private func write(_ passage: CallHistory.Passage, isSubroutine: Bool = false, to xml: inout XMLText) {
        var attributes = [("name", passage.route.extensionName), ("number", passage.number)]
        if isSubroutine { attributes.append(("dialplan", passage.dialplan)) }
        if let application = passage.lastApplication { attributes.append(("current_app", application)) }
        xml.element("extension", attributes: attributes) { xml in
            for (index, action) in passage.route.actions.enumerated() {
                var attributes = [("app_name", action.application), ("app_data", action.data)]
                if index == passage.lastExecuted { attributes.insert(("last_executed", "true"), at: 0) }
                xml.element("application", "", attributes: attributes)
            }
            guard !passage.subroutines.isEmpty else { return }
            xml.element("sub_extensions") { xml in
                for subroutine in passage.subroutines { write(subroutine, isSubroutine: true, to: &xml) }
            }
        }
    }
}
