import Base
import MediaEngine
import SwitchCore

/// One end of a loopback call: what is done here is told to the channel at the other end.
// @unchecked: confined to the loop of its session, which is the other end's too.
final class LoopbackEnd: Leg, @unchecked Sendable {
    private weak var own: Session?
    private weak var peer: Session?
    /// What the two channels have in common.
    private let pair: LoopbackPair

    var technology: String { LoopbackEndpoint.name }
    var codecString: String { "" }

    init(_ own: Session, peer: Session, _ pair: LoopbackPair) {
        (self.own, self.peer, self.pair) = (own, peer, pair)
    }

    func indicateRinging() { tell { $0.remoteRinging() } }

    func indicateEarlyMedia() throws(HangupCause) { tell { $0.remoteEarlyMedia() } }

    func answer() throws(HangupCause) { tell { $0.remoteAnswered() } }

    func refuse(status: Int, reason: String?) -> HangupCause { .normalUnspecified }

    func hangUp(cause: HangupCause) { tell { $0.hangUp(cause) } }

    func prefer(_ codec: MediaCodec) {}

    func bridged(with technology: String) {
        guard let own, let peer else { return }
        pair.note(own, isBridgedWith: technology)
        peer.loop.execute { [pair] in pair.bowOut() }
    }

    /// The other channel hears of it after what runs now: two channels never run inside one another.
    private func tell(_ what: @escaping @Sendable (isolated Session) -> Void) {
        guard let peer else { return }
        peer.loop.execute { peer.assumeIsolated { what($0) } }
    }
}
