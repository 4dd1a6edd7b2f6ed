import Base

/// How a leg is asked for.
extension Originator {
    /// The request for a destination; `nil` when calls have been passed on too often.
    func request(for destination: Destination, observer: @escaping LegObserver, _ ledger: OriginateLedger)
        -> OutgoingCall?
    {
        guard forwardsLeft > 1 else { return nil }
        var variables = legVariables(destination)
        if let uuid = variables["origination_uuid"], !ledger.claim(uuid, in: softswitch.sessions) {
            // The channel gets another one, as somebody has that already.
            variables.set("origination_uuid", nil)
        }
        var request = OutgoingCall(
            destination: destination.destination,
            variables: variables,
            profile: legProfile(destination, variables),
            originator: originator,
            loop: loop,
            preferredCodecs: preferredCodecs,
            observer: observer
        )
        request.description = isPassing(variables) ? description : nil
        request.relaysMedia = relaysMedia
        return request
    }

    /// Whether a leg may exchange media with the caller, past the switch or through it as they are: not when something here
    /// has to hear it first.
    private func isPassing(_ variables: Variables) -> Bool {
        variables[relaysMedia ? "proxy_media" : "bypass_media"]?.isTrueSetting != false
            && LegConfirmation(variables) == nil
            && EarlyMediaMonitor(variables) == nil
    }

    private func legVariables(_ destination: Destination) -> Variables {
        var variables = Variables()
        // Text of the administrator may hold expressions for later, when it says so.
        let isNested = destination.variables[name: "origination_nested_vars"]?.isTrueSetting ?? false
        for variable in destination.variables {
            if isNested {
                variables.setUnchecked(variable.name, variable.value)
            } else {
                variables.set(variable.name, variable.value)
            }
        }
        if let originator { variables.set("originating_leg_uuid", originator.id) }
        variables.set("originate_endpoint", destination.endpoint)
        variables.set("max_forwards", String(forwardsLeft - 1))
        return variables
    }

    private func legProfile(_ destination: Destination, _ variables: Variables) -> CallerProfile {
        var profile = profile
        profile.destinationNumber = destination.destination
        profile.calleeIDName = "Outbound Call"
        profile.setField("callee_id_number", to: Self.number(in: destination.destination))
        if variables["dialed_user"] != nil, let context = variables["user_context"] {
            profile.setField("context", to: context)
        }
        for name in [
            "caller_id_name", "caller_id_number", "callee_id_name", "callee_id_number", "ani", "aniii",
        ] {
            if let value = variables["origination_\(name)"] { profile.setField(name, to: value) }
        }
        if let privacy = variables["origination_privacy"]?.lowercased() {
            profile.isScreened = privacy.contains("screen")
            profile.hidesName = privacy.contains("hide_name")
            profile.hidesNumber = privacy.contains("hide_number")
        }
        return profile
    }

    /// `1000` of `internal/sip:1000@example.org`.
    private static func number(in destination: String) -> String {
        let user = destination.prefix { $0 != "@" && $0 != ";" }
        let last = user.split(separator: "/").last ?? ""
        for scheme in ["sip:", "sips:"] where last.hasPrefix(scheme) { return String(last.dropFirst(scheme.count)) }
        return String(last)
    }
}
