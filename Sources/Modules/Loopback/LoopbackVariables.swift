import SwitchCore

/// The variables of the two channels of a loopback call.
struct LoopbackVariables {
    /// Those of the called leg (`-a`).
    private(set) var outer: Variables
    /// Those of the channel that is routed (`-b`): the same, and what tells the two apart.
    private(set) var inner: Variables

    init(_ request: OutgoingCall, _ target: LoopbackTarget, first: String, second: String) {
        var shared = request.variables
        shared.set("is_loopback", "1")
        if let application = target.application {
            shared.set("loopback_app", application.application)
            shared.set("loopback_app_arg", application.data)
        }
        (outer, inner) = (shared, shared)
        outer.set("loopback_leg", "A")
        inner.set("loopback_leg", "B")
        outer.set("other_loopback_leg_uuid", second)
        inner.set("other_loopback_leg_uuid", first)
        outer.set("loopback_from_uuid", request.originator?.id)
        inner.set("other_loopback_from_uuid", request.originator?.id)
        // A UUID is asked for one channel.
        inner.set("origination_uuid", nil)
        // The called leg confirms; the channel behind it must not ask whom it calls again.
        for entry in shared where entry.name.hasPrefix("group_confirm_") { inner.set(entry.name, nil) }
    }
}
