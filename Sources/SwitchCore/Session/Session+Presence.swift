import Base

/// What is told of whom a channel speaks for (`presence_id`): lamps, and the panels of operators, live on it.
extension Session {
    /// Tells of a step of the call, by FreeSWITCH's words for it: a channel state, `answered`, `hold`, `unhold`, `cancelled`.
    ///
    /// - Parameter id: Whom it is told of, where that is not whom the channel speaks for.
    public func publishPresence(_ status: String, rpid: String = "unknown", of id: String? = nil) {
        guard let id = id ?? variables["presence_id"], !id.isEmpty else { return }
        softswitch.events.publish(.presenceIn) {
            var event = makeEvent(.presenceIn)
            for (name, value) in [
                ("proto", "any"), ("login", "SwitchCore/Session"), ("from", id), ("rpid", rpid),
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
        if isOver || status.lowercased() == "idle" { return "idle" }
        if status.lowercased() == "hold-private" { return "held-private" }
        if status.lowercased() == "hold" { return "held" }
        if isAnswered { return "active" }
        return direction == .outbound ? "progressing" : "alerting"
    }
}
