import Base
import MediaEngine
import SwitchCore

/// `loopback/<extension>[/context[/dialplan]]` and `loopback/app=<application>:<data>`: two channels inside the switch.
///
/// The first (`-a`) is the called leg; the second (`-b`) is routed, or runs the application, as a caller would.
struct LoopbackEndpoint: Endpoint {
    static let name = "loopback"
    var name: String { Self.name }
    let softswitch: Switch

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        guard softswitch.admitCall(.outbound, channels: 2) == nil else { return .failure(.switchCongestion) }
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
        let first = Session.inside(request, profile: outer, on: softswitch)
        let second = Session(softswitch: softswitch, loop: request.loop, direction: .inbound, profile: inner)
        let variables = LoopbackVariables(request, target, first: first.id, second: second.id)
        let pair = LoopbackPair(first, second)
        let ends = (LoopbackEnd(first, peer: second, pair), LoopbackEnd(second, peer: first, pair))
        await first.beginLoopback(ends.0, streams.0, variables.outer) { $0.beginOutgoing(request) }
        await second.beginLoopback(ends.1, streams.1, variables.inner) { session in
            session.bowOutOnExecute(for: request.originator)
            session.begin(target.route)
        }
        return .session(first)
    }
}

extension Session {
    /// Begins one of the two channels of a loopback call.
    fileprivate func beginLoopback(
        _ end: LoopbackEnd,
        _ stream: MediaStream,
        _ variables: Variables,
        begin: @Sendable (isolated Session) -> Void
    ) {
        attach(inside: end, variables: variables)
        begin(self)
        attach(insideAudio: stream)
    }
}
