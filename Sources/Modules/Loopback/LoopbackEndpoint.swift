import Base
import MediaEngine
import SwitchCore

/// `loopback/<extension>[/context[/dialplan]]` and `loopback/app=<application>:<data>`: two channels inside the switch.
///
/// The first (`-a`) is the called leg; the second (`-b`) is routed, or runs the application, as a caller would.
struct LoopbackEndpoint: Endpoint {
    let name = "loopback"
    let softswitch: Switch

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        // A loop through the dialplan makes a call in every round: it ends as one of transfers does.
        let forwards = await Self.remainingForwards(request)
        guard forwards > 0 else { return .failure(.exchangeRoutingError) }
        guard softswitch.admitCall() == nil else { return .failure(.switchCongestion) }
        let streams: (MediaStream, MediaStream)
        do {
            streams = try softswitch.media.openVirtualPair()
        } catch {
            return .failure(.normalCircuitCongestion)
        }
        var outer = request.profile
        outer.source = "mod_loopback"
        outer.channelName = "loopback/\(request.destination)-a"
        var inner = request.profile
        inner.source = "mod_loopback"
        inner.channelName = "loopback/\(request.destination)-b"
        Self.route(&inner, to: request.destination)
        let first = Session(softswitch: softswitch, loop: request.loop, direction: .outbound, profile: outer)
        let second = Session(softswitch: softswitch, loop: request.loop, direction: .inbound, profile: inner)
        let end = LoopbackEnd(peer: second, stream: streams.0)
        let otherEnd = LoopbackEnd(peer: first, stream: streams.1)
        var variables = request.variables
        variables.set("is_loopback", "true")
        variables.set("max_forwards", String(forwards))
        var otherVariables = variables
        for (name, value, otherValue) in [
            ("loopback_leg", "A", "B"), ("other_loopback_leg_uuid", second.id, first.id),
        ] {
            variables.set(name, value)
            otherVariables.set(name, otherValue)
        }
        await first.beginLoopback(end, variables: variables, observer: request.observer)
        await second.beginLoopback(otherEnd, variables: otherVariables, observer: nil)
        return .session(first)
    }

    /// How many calls and transfers may still follow from this one (`max_forwards`).
    private static func remainingForwards(_ request: OutgoingCall) async -> Int {
        let inherited = await request.originator?.variable("max_forwards")
        let left = inherited.flatMap { Int($0) } ?? forwardLimit
        return min(max(left, 0), forwardLimit) - 1
    }

    /// As many as Max-Forwards begins with (RFC 3261 §8.1.1.6).
    static let forwardLimit = 70

    /// A delimiter that no data contains.
    private static let unitSeparator = "\u{1F}"

    /// Where the second channel goes.
    static func route(_ profile: inout CallerProfile, to destination: String) {
        if destination.hasPrefix("app=") {
            // One application: a comma in its data does not begin another.
            let application = destination.dropFirst("app=".count)
            profile.destinationNumber =
                application.contains(",") ? "m:\(unitSeparator):\(application)" : "\(application)"
            profile.dialplan = "inline"
            return
        }
        let parts = destination.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        profile.destinationNumber = parts[0]
        profile.context = parts.count > 1 && !parts[1].isEmpty ? parts[1] : profile.context
        profile.dialplan = parts.count > 2 && !parts[2].isEmpty ? parts[2] : "XML"
    }
}

extension Session {
    /// Begins one of the two channels of a loopback call.
    fileprivate func beginLoopback(_ end: LoopbackEnd, variables: Variables, observer: LegObserver?) {
        attach(leg: end)
        self.variables = variables
        setVariable("uuid", id)
        setVariable("direction", direction.rawValue)
        if let observer {
            beginOutgoing(observer: observer)
        } else {
            begin()
        }
        end.open(on: self)
    }
}
