import Base
import Logging
import SwitchCore

/// The two channels of a loopback call, and how they get out of the way.
///
/// Once both are answered and bridged with others, those others are bridged with each other, and the two end
/// (`loopback_bowout`): what they relay would only cost time.
// @unchecked: confined to the loop of the two channels.
final class LoopbackPair: @unchecked Sendable {
    /// The called leg (`-a`).
    private weak var outer: Session?
    /// The channel that is routed (`-b`).
    private weak var inner: Session?
    private var partnerOfInner = ""
    private var isDone = false
    /// Whether those who are bridged with each other in the end are told of.
    private let tellsBridges: Bool

    init(_ outer: Session, _ inner: Session, tellsBridges: Bool) {
        (self.outer, self.inner, self.tellsBridges) = (outer, inner, tellsBridges)
    }

    /// One of the two is answered, and bridged with a channel of that technology.
    func note(_ session: Session, isBridgedWith technology: String) {
        if session === inner { partnerOfInner = technology }
    }

    /// Lets the caller of the one have the partner of the other, when everything is settled and nothing speaks against it.
    func bowOut() {
        // A loopback call behind this one goes first: both at once would look for each other.
        guard !isDone, let outer, let inner, partnerOfInner != LoopbackEndpoint.name,
            outer.assumeIsolated({ $0.mayBowOut }), inner.assumeIsolated({ $0.mayBowOut })
        else { return }
        isDone = true
        let isAsked = outer.assumeIsolated { session in
            session.giveWay { [tellsBridges, other = session.partner?.id] in
                let next = await Self.release(outer: outer, inner: inner)
                if tellsBridges { await next?.publishDirect(with: other) }
                return next
            }
        }
        guard !isAsked else { return }
        // The called leg has called somebody itself, who has nothing to do but to talk.
        Task.immediate(executorPreference: outer.loop) { [tellsBridges] in
            await Self.join(outer: outer, inner: inner, tellsBridges)
        }
    }

    private static func join(outer: Session, inner: Session, _ tellsBridges: Bool) async {
        guard let other = await outer.releasePartner() else { return outer.requestHangUp(.normalClearing) }
        await other.divert { session in
            guard let next = await release(outer: outer, inner: inner) else { return }
            if tellsBridges { await next.publishDirect(with: session.id) }
            try? await session.bridge(with: next)
        }
        // Without it nobody needs the two, nor whoever is behind them.
        let watch = await other.whenEnded { [weak outer] in outer?.requestHangUp(.normalClearing) }
        if watch == nil { outer.requestHangUp(.normalClearing) }
    }

    private static func release(outer: Session, inner: Session) async -> Session? {
        let next = await inner.releasePartner()
        for session in [outer, inner] { await session.bowOut(for: next) }
        await next?.stopWorking()
        return next
    }
}

extension Session {
    /// Whether nothing of the channel would be missed: it only relays.
    fileprivate var mayBowOut: Bool {
        !isOver && isAnswered && partner != nil && listeners.isEmpty
            && variable("loopback_bowout")?.isTrueSetting ?? true
    }

    fileprivate func bowOut(for other: Session?, _ reason: String = "bridge") {
        setVariable("loopback_hangup_cause", reason)
        setVariable("loopback_bowout_other_uuid", other?.id)
        hangUp(.normalUnspecified)
    }

    /// Tells that this channel and another are bridged with each other from now on.
    fileprivate func publishDirect(with other: String?) {
        softswitch.events.publish(.custom) {
            var event = softswitch.makeEvent(.custom, subclass: "loopback::direct")
            event.add("Connecting-Leg-A-UUID", other ?? "")
            event.add("Connecting-Leg-B-UUID", id)
            return event
        }
    }

    fileprivate func publishBowOut(for other: Session) {
        softswitch.events.publish(.custom) {
            var event = softswitch.makeEvent(.custom, subclass: "loopback::bowout")
            event.add("Resigning-UUID", id)
            event.add("Resigning-Peer-UUID", variable("other_loopback_leg_uuid") ?? "")
            event.add("Acquired-UUID", other.id)
            return event
        }
    }

    /// The caller runs what the dialplan finds for the inner channel itself, where that is wanted
    /// (`loopback_bowout_on_execute`).
    func bowOutOnExecute(for caller: Session?) {
        guard let caller else { return }
        let isWatched = observeStates(as: "loopback") { [weak caller] session, state in
            guard state == .execute, let caller else { return state != .execute }
            guard session.isTrue("loopback_bowout_on_execute"), let route = session.takeRoute() else { return false }
            let profile = session.profile
            // The caller hears of it before it hears that the call has failed.
            caller.loop.execute { caller.assumeIsolated { $0.run(route, of: profile) } }
            session.publishBowOut(for: caller)
            session.bowOut(for: caller, "bowout")
            return false
        }
        if !isWatched { logger.warning("loopback_bowout_on_execute: too many look on") }
    }
}
