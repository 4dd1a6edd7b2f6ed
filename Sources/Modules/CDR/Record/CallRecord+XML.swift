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
            if let route = history.route(ofProfile: profile.index) { write(route, of: profile, to: &xml) }
            xml.element("caller_profile") { xml in
                xml.elements(profile.recordFields)
                if let originator = history.originator {
                    xml.element("originator") { xml in
                        xml.element("originator_caller_profile") { $0.elements(originator.recordFields) }
                    }
                }
                let originatees = originatees(of: profile)
                if !originatees.isEmpty {
                    xml.element("originatee") { xml in
                        for other in originatees {
                            xml.element("originatee_caller_profile") { $0.elements(other.recordFields) }
                        }
                    }
                }
            }
            xml.element("times") { $0.elements(profile.times.recordFields) }
        }
    }

    private func write(_ route: DialplanRoute, of profile: CallerProfile, to xml: inout XMLText) {
        var attributes = [("name", route.extensionName), ("number", profile.destinationNumber)]
        if profile.index == profiles.first?.index, let lastApplication {
            attributes.append(("current_app", lastApplication))
        }
        xml.element("extension", attributes: attributes) { xml in
            for action in route.actions {
                let attributes = [("app_name", action.application), ("app_data", action.data)]
                xml.element("application", "", attributes: attributes)
            }
        }
    }
}
