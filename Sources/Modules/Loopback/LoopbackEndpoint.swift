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
        // Both channels count.
        guard softswitch.admitCall() == nil, softswitch.admitCall() == nil else { return .failure(.switchCongestion) }
        let streams: (MediaStream, MediaStream)
        do {
            streams = try softswitch.media.openVirtualPair()
        } catch {
            return .failure(.normalCircuitCongestion)
        }
        let target = LoopbackTarget(request.destination, request.profile)
        var outer = target.profile
        outer.channelName = "loopback/\(target.profile.destinationNumber)-a"
        var inner = target.profile
        inner.channelName = "loopback/\(target.profile.destinationNumber)-b"
        let first = Session(
            softswitch: softswitch,
            loop: request.loop,
            direction: .outbound,
            profile: outer,
            id: request.variables["origination_uuid"]
        )
        let second = Session(softswitch: softswitch, loop: request.loop, direction: .inbound, profile: inner)
        let end = LoopbackEnd(peer: second, stream: streams.0)
        let otherEnd = LoopbackEnd(peer: first, stream: streams.1)
        let variables = LoopbackVariables(request, target, first: first.id, second: second.id)
        await first.beginLoopback(end, variables: variables.outer, route: nil, observer: request.observer)
        await second.beginLoopback(otherEnd, variables: variables.inner, route: target.route, observer: nil)
        return .session(first)
    }
}

extension Session {
    /// Begins one of the two channels of a loopback call.
    fileprivate func beginLoopback(
        _ end: LoopbackEnd,
        variables: Variables,
        route: DialplanRoute?,
        observer: LegObserver?
    ) {
        attach(leg: end)
        self.variables = variables
        setVariable("uuid", id)
        setVariable("direction", direction.rawValue)
        if let observer {
            beginOutgoing(observer: observer)
        } else {
            begin(route)
        }
        end.open(on: self)
    }
}
