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
        await first.beginLoopback(end, variables: request.variables, observer: request.observer)
        await second.beginLoopback(otherEnd, variables: request.variables, observer: nil)
        return .session(first)
    }

    /// Where the second channel goes.
    static func route(_ profile: inout CallerProfile, to destination: String) {
        if destination.hasPrefix("app=") {
            profile.destinationNumber = String(destination.dropFirst("app=".count))
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
