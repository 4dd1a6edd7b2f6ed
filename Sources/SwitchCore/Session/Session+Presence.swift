import Base

/// What is told of whom a channel speaks for (`presence_id`): lamps, and the panels of operators, live on it.
extension Session {
    /// Tells of a step of the call, by FreeSWITCH's words for it: a channel state, `answered`, `hold`, `unhold`, `cancelled`.
    func publishPresence(_ status: String) {
        guard let id = variables["presence_id"], !id.isEmpty else { return }
        softswitch.events.publish(.presenceIn) {
            var event = makeEvent(.presenceIn)
            for (name, value) in [
                ("proto", "any"), ("login", "SwitchCore/Session"), ("from", id), ("rpid", "unknown"),
                ("status", status),
                ("event_type", "presence"), ("alt_event_type", "dialog"),
                ("presence-call-info-state", callInfoState(status)),
            ] { event.add(name, value) }
            if let info = variables["presence_call_info"] { event.add("presence-call-info", info) }
            event.add("presence-call-direction", direction.rawValue)
            event.add("event_count", String(presenceCount))
            if isTrue("presence_privacy") { event.add("Presence-Privacy", "true") }
            return event
        }
        presenceCount &+= 1
    }

    /// What a lamp of the shared line shows (`call-info`).
    private func callInfoState(_ status: String) -> String {
        if isOver { return "idle" }
        if status == "hold" { return "held" }
        if isAnswered { return "active" }
        return direction == .outbound ? "progressing" : "alerting"
    }
}
