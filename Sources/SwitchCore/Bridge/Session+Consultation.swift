import Base
import MediaEngine
import Synchronization

/// Attended transfer by keys: the partner waits while this channel talks to somebody else, and gets him at its end.
extension Session {
    /// Told on the other's loop, asked on this one's.
    private final class Departure: Sendable {
        let isOver = Atomic<Bool>(false)
    }

    /// What a key does during a consultation.
    private enum ConsultationKey {
        case leave, cancel, conference
    }

    /// Calls somebody while the partner waits with music (`att_xfer`).
    ///
    /// When this channel is hung up, or `attxfer_hangup_key` (`*`) is pressed, the partner is bridged with who was called;
    /// `attxfer_cancel_key` (`#`) takes this channel back to its partner, and `attxfer_conf_key` (`0`) all three together;
    /// this channel's variables say so, else the partner's.
    ///
    /// - Throws: ``ApplicationError`` when there is no bridge or nobody is reached; the bridge goes on then.
    public func consult(_ dialString: String) async throws {
        guard let partner, let mine = media, let theirs = await partner.media else {
            throw ApplicationError("there is nobody to be transferred")
        }
        mine.unbridge()
        // Whoever is still there hears the other again.
        defer { if self.partner === partner, !isOver { mine.bridge(to: theirs) } }
        // Who has chosen nothing for himself hears what this channel has chosen.
        if errandMusic?.sound == .nothing { errandMusic = nil }
        try await keepingPartnerWaiting { session in
            switch await session.ring(dialString) {
            case .failed(let failure): throw ApplicationError("the consultation failed: \(failure.cause.name)")
            case .connected(let other): try await session.talk(to: other, while: partner, mine)
            }
        }
    }

    private func talk(to other: Session, while partner: Session, _ mine: MediaStream) async throws {
        let departure = Departure()
        let watch = await other.whenEnded { [weak self] in
            departure.isOver.store(true, ordering: .releasing)
            guard let self else { return }
            loop.execute { self.assumeIsolated { $0.wake() } }
        }
        guard let watch else {
            await other.hangUp(.normalClearing)
            throw ApplicationError("too many look on at \(other.id)")
        }
        defer { other.forget(watch) }
        await partner.expect(other)
        guard !isOver, !Task.isCancelled, self.partner === partner else {
            await forget(other, partner)
            throw CancellationError()
        }
        if let audio = await other.media { mine.bridge(to: audio) }
        let keys = await consultationKeys(else: partner)
        do {
            try await wait { session in
                departure.isOver.load(ordering: .acquiring) || session.partner !== partner
                    || session.digits.contains { keys[$0] != nil }
            }
        } catch {
            // At this channel's end the partner has taken the other; else somebody ended the consultation.
            if !isOver { await forget(other, partner) }
            throw error
        }
        guard self.partner === partner, !departure.isOver.load(ordering: .acquiring),
            let pressed = digits.first(where: { keys[$0] != nil })
        else { return await forget(other, partner) }
        dropDigits(through: pressed)
        switch keys[pressed] {
        case .leave:
            await handOverRecordings(to: partner)
            hangUp(.normalClearing)
        case .cancel, nil: await forget(other, partner)
        case .conference:
            await partner.expect(nil)
            let action = DialplanAction(application: "three_way", data: id)
            await other.run(DialplanRoute(extensionName: action.application, actions: [action]))
        }
    }

    /// What each key does: the first of each variable counts, and of two that are the same the later one here.
    private func consultationKeys(else partner: Session) async -> [Character: ConsultationKey] {
        let usual: [(name: String, key: String, action: ConsultationKey)] = [
            ("attxfer_conf_key", "0", .conference), ("attxfer_cancel_key", "#", .cancel),
            ("attxfer_hangup_key", "*", .leave),
        ]
        var keys: [Character: ConsultationKey] = [:]
        for (name, key, action) in usual {
            var chosen = variables[name]
            if chosen == nil { chosen = await partner.variable(name) }
            if let first = (chosen ?? key).first { keys[first] = action }
        }
        return keys
    }

    /// The one who was called is not needed any more.
    private func forget(_ other: Session, _ partner: Session) async {
        await partner.expect(nil)
        await other.hangUp(.normalClearing)
    }

    /// Names whom the channel talks to when its bridge ends; `nil` for nobody.
    private func expect(_ next: Session?) {
        guard let next, isOver else {
            nextPartner = next
            return
        }
        next.requestHangUp(.originatorCancel)
    }

    /// The application that bridges the channel with whom it was to talk to next.
    func takeNextPartner() -> DialplanAction? {
        guard let next = nextPartner else { return nil }
        nextPartner = nil
        return DialplanAction(application: "intercept", data: next.id)
    }
}
