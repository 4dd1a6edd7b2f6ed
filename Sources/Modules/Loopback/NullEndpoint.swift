import Base
import MediaEngine
import SwitchCore

/// `null/<anything>`: answers at once, or after `null_auto_answer_delay` milliseconds, and hears and says nothing.
///
/// `null_enable_auto_answer=0` keeps it from answering, `null_pre_answer=1` gives early media first. `null/cause-<CAUSE>`
/// fails with that cause, and so does every other with `null_hangup_cause`.
struct NullEndpoint: Endpoint {
    let name = "null"
    let softswitch: Switch

    /// The longest time before the answer, in milliseconds.
    private static let longestDelay = 86_400_000

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        if let cause = Self.failure(of: request) { return .failure(cause) }
        guard softswitch.admitCall(.outbound) == nil else { return .failure(.switchCongestion) }
        let streams: (MediaStream, MediaStream)
        do {
            streams = try softswitch.media.openVirtualPair()
        } catch {
            return .failure(.normalCircuitCongestion)
        }
        var profile = request.profile
        profile.source = "mod_loopback"
        profile.channelName = "null/\(request.destination)"
        let session = Session.inside(request, profile: profile, on: softswitch)
        let end = NullEnd(silence: streams.1)
        await session.beginNull(end, streams.0, request)
        let delay = request.variables["null_auto_answer_delay"].flatMap { Int($0) } ?? 0
        if request.variables["null_enable_auto_answer"]?.isTrueSetting ?? true {
            end.answer(session, after: .milliseconds(min(max(delay, 0), Self.longestDelay)))
        }
        return .session(session)
    }

    private static let failurePrefix = "cause-"

    /// Why the call is to fail; with `NORMAL_CLEARING` when there is no such cause.
    private static func failure(of request: OutgoingCall) -> HangupCause? {
        var name = request.variables["null_hangup_cause"]
        if name == nil, request.destination.hasPrefix(failurePrefix) {
            name = String(request.destination.dropFirst(failurePrefix.count))
        }
        guard let name else { return nil }
        let cause = HangupCause(name) ?? .normalClearing
        return cause == .none ? .destinationOutOfOrder : cause
    }
}

extension Session {
    fileprivate func beginNull(_ end: NullEnd, _ stream: MediaStream, _ request: OutgoingCall) {
        attach(inside: end, variables: request.variables)
        beginOutgoing(request)
        attach(insideAudio: stream)
        if isTrue("null_pre_answer") { remoteEarlyMedia() }
    }
}

/// The far end of a null call, where nobody is.
// @unchecked: confined to the loop of its session.
final class NullEnd: Leg, @unchecked Sendable {
    /// Where the audio ends.
    private let silence: MediaStream
    private var timer: (any LoopTimer)?

    var technology: String { "null" }
    var codecString: String { "" }

    init(silence: MediaStream) {
        self.silence = silence
    }

    func answer(_ session: Session, after delay: Duration) {
        let loop = session.loop
        loop.execute {
            guard delay > .zero else { return session.assumeIsolated { $0.remoteAnswered() } }
            guard session.assumeIsolated({ !$0.isOver }) else { return }
            self.timer = loop.schedule(at: loop.now + delay) { session.assumeIsolated { $0.remoteAnswered() } }
        }
    }

    func indicateRinging() {}
    func indicateEarlyMedia() throws(HangupCause) {}
    func answer() throws(HangupCause) {}
    func refuse(status: Int, reason: String?) -> HangupCause { .normalUnspecified }
    func prefer(_ codec: MediaCodec) {}

    func hangUp(cause: HangupCause) {
        timer?.cancel()
        silence.close()
    }
}
