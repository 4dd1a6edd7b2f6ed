import Base
import Logging
import MediaEngine

/// Media past the switch: the far ends of a bridge exchange them with one another (`bypass_media`, `uuid_media`), or seem to,
/// while their packets come through it as they are (`proxy_media`).
extension Session {
    /// What the far end, whose media go past the switch, gets for another offer of its.
    public enum PassedOffer: Sendable {
        /// The answer of the far end that it exchanges media with.
        case answer(String)
        /// That one does not want it.
        case refusal
        /// Nobody is there to answer: the media go through the switch again.
        case ours
    }

    // MARK: - What endpoints tell

    /// The far end is to exchange its media with that of another channel, past the switch.
    ///
    /// - Parameter relaying: Whether the switch hands them on all the same; without it, that stays as it is.
    public func passMedia(for other: String, relaying: Bool? = nil) {
        (passesMedia, passesMediaFor) = (true, other)
        if let relaying { relaysMedia = relaying }
    }

    /// The far end has agreed to that: what there was of audio here is over.
    public func mediaPassed() {
        passesMedia = true
        media?.close()
        (media, codec) = (nil, nil)
        wake()
    }

    /// The far end, whose media go past the switch, makes another offer.
    ///
    /// - Parameter holds: Whether it puts the call on hold: then the switch may want the media back, for its music.
    public func answer(toOffer description: String, holds: Bool) async -> PassedOffer {
        guard let partner, await partner.passesMedia else { return .ours }
        if holds, isTrue("bypass_media_resume_on_hold") {
            resumesBypass = true
            // It hears the music as soon as the hold is answered.
            _ = await partner.reclaimOwnMedia()
            return .ours
        }
        return await partner.exchange(description, with: self).map { .answer($0) } ?? .refusal
    }

    /// The far end has been answered: when its media have come back by that, those of the other side do too.
    public func offerAnswered() async {
        guard passesMedia else {
            _ = await reclaimMedia()
            return
        }
        // There may be more lines now.
        if let partner { await joinRelays(with: partner) }
    }

    /// The hold is over that the media came back for.
    func resumeBypass() {
        guard resumesBypass else { return }
        resumesBypass = false
        guard isTrue("bypass_media_after_hold") else { return }
        // One task for a hold: both far ends have to be asked.
        Task(executorPreference: loop) { await self.bypassMedia() }
    }

    // MARK: - Past the switch

    /// What the legs that this channel rings are offered, in the place of a description of ours; `nil` when its media are
    /// here, or shall be.
    func takeDescriptionForLegs() -> String? {
        let bypasses = isTrue("bypass_media")
        guard bypasses || isTrue("proxy_media"), !isAnswered, media == nil, let description = descriptionToPass else {
            return nil
        }
        (passesMedia, relaysMedia) = (true, !bypasses)
        return description
    }

    /// What the far end says of its media, unless something here has to hear them.
    private var descriptionToPass: String? {
        let isHeard = !callRecordings.isEmpty || !displacements.isEmpty || !toneHandlers.isEmpty
        guard !isOver, !isHeard, !tones.values.contains(where: { $0.watch != nil }) else { return nil }
        return farDescription
    }

    var farDescription: String? { leg?.farDescription }

    /// The caller gets the description of a leg that was offered the caller's.
    func pass(_ description: String, of other: Session) async {
        note(passed: description, of: other)
        leg?.pass(description)
        await joinRelays(with: other)
    }

    /// What comes from each far end is handed on to the other, line by line, where the switch does that.
    private func joinRelays(with other: Session) async {
        guard relaysMedia else { return }
        let theirs = await other.relays
        for case (let mine?, let their?) in zip(relays, theirs) { mine.bridge(to: their) }
    }

    private var relays: [MediaStream?] { leg?.relays ?? [] }

    /// The far end has, or is about to get, the description of another channel's far end.
    private func note(passed description: String, of other: Session) {
        passMedia(for: other.id)
        setVariable("switch_m_sdp", Template.neutralized(description))
    }

    /// Lets the far ends of a bridge exchange media past the switch (`uuid_media off`); either channel may be asked.
    ///
    /// The called leg gets the caller's description, which has most codecs, and the caller the answer to that (RFC 3725 §4).
    ///
    /// - Returns: Whether they do; else the media stay here.
    @discardableResult
    public nonisolated func bypassMedia() async -> Bool {
        guard let partner = await partner else { return false }
        let (caller, called) = await ownsBridge ? (self, partner) : (partner, self)
        guard await caller.beginMovingMedia() else { return false }
        let isDone = await Self.bypassMedia(caller, called)
        await caller.endMovingMedia()
        return isDone
    }

    private nonisolated static func bypassMedia(_ caller: Session, _ called: Session) async -> Bool {
        if await caller.passesMedia, await called.passesMedia { return await !caller.relaysMedia }
        guard let offer = await caller.descriptionToPass, await called.descriptionToPass != nil,
            let answer = await called.exchange(offer, with: caller)
        else { return false }
        if await caller.exchange(answer, with: called) != nil { return true }
        _ = await called.reclaimOwnMedia()
        await caller.joinPartner()
        return false
    }

    private func exchange(_ description: String, with other: Session) async -> String? {
        guard !isOver, let answer = await leg?.exchange(for: description), !isOver else { return nil }
        note(passed: description, of: other)
        return answer
    }

    /// One such thing at a time.
    private func beginMovingMedia() -> Bool {
        guard !movesMedia else { return false }
        movesMedia = true
        return true
    }

    private func endMovingMedia() {
        movesMedia = false
    }

    // MARK: - Back through the switch

    /// Takes the media back, of both sides when the channel is bridged (`uuid_media`).
    ///
    /// - Returns: Whether they go through the switch now.
    public nonisolated func reclaimMedia() async -> Bool {
        var isDone = await reclaimOwnMedia()
        if let partner = await partner {
            isDone = await partner.reclaimOwnMedia() && isDone
            await joinPartner()
        }
        return isDone
    }

    private func reclaimOwnMedia() async -> Bool {
        guard passesMedia else { return true }
        guard !isOver, let leg else { return false }
        guard direction == .inbound, !isAnswered else { return await leg.reclaimMedia() }
        // The next response to the caller has our description.
        leg.pass(nil)
        (passesMedia, passesMediaFor, relaysMedia) = (false, nil, false)
        if hasEarlyMedia { try? leg.indicateEarlyMedia() }
        return true
    }

    /// The audio of the two sides of a bridge comes together.
    private func joinPartner() async {
        guard let partner, let theirs = await partner.audioForBridge, self.partner === partner else { return }
        audioForBridge?.bridge(to: theirs)
        updateHoldMusic()
        await partner.updateHoldMusic()
    }

    /// The audio, as it is for a bridge.
    var audioForBridge: MediaStream? {
        media?.keepKeys(keepsKeys || blocksKeys)
        return media
    }

    /// Settles where the media of a bridge go: past the switch when the called leg was offered that, and the caller has
    /// none here; else through it.
    ///
    /// - Returns: Whether there is something to be heard, wherever it goes.
    func settleMediaPath(over link: BridgeLink) async -> Bool {
        let other = link.other
        if await other.passesMediaFor == id, !isAnswered, media == nil {
            guard let description = await other.farDescription else { return false }
            await pass(description, of: other)
            return true
        }
        _ = await reclaimOwnMedia()
        _ = await other.reclaimOwnMedia()
        link.media = await other.audioForBridge
        return true
    }

    /// Takes the media of a bridge past the switch that begins through it, if anybody wants that.
    func bypassMediaIfWanted(over link: BridgeLink) async {
        guard isAnswered, link.isAnswered, !passesMedia else { return }
        var isWanted = isTrue("bypass_media") || isTrue("bypass_media_after_bridge")
        if !isWanted { isWanted = await link.other.isTrue("bypass_media_after_bridge") }
        if isWanted { await bypassMedia() }
    }
}
