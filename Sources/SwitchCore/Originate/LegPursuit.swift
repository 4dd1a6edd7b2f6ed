import Base

/// Follows one leg from the first ring until it wins or is gone.
struct LegPursuit {
    private let call: LegCall
    private let leg: Session
    private let feed: LegFeed
    private let variables: Variables
    private var timer: (any LoopTimer)?
    private var progressTimer: (any LoopTimer)?
    private var confirmation: Task<Void, Never>?
    private var hasProgress = false
    private var hasEarlyMedia = false
    private var acceptsEarlyMedia = false
    private var isMonitored = false

    init(_ call: LegCall, leg: Session, feed: LegFeed, variables: Variables) {
        (self.call, self.leg, self.feed, self.variables) = (call, leg, feed, variables)
    }

    private var settings: OriginateSettings { call.settings }
    private var originator: Originator { call.originator }

    /// Follows the leg; when the task is cancelled the leg is hung up with the verdict's cause.
    mutating func follow(until verdict: RaceVerdict) async -> LegOutcome {
        defer { end() }
        let limit = Duration(seconds: variables["leg_timeout"])
        let progressLimit = Duration(seconds: variables["leg_progress_timeout"])
        timer = feed.schedule(.timedOut, after: limit, on: originator.loop)
        progressTimer = feed.schedule(.progressIsDue, after: progressLimit, on: originator.loop)
        for await item in feed.stream {
            if let outcome = await take(item) { return outcome }
        }
        // The stream ends when the task is cancelled.
        return await give(up: verdict.cause)
    }

    private func end() {
        timer?.cancel()
        progressTimer?.cancel()
        confirmation?.cancel()
        feed.continuation.finish()
    }

    private func give(up cause: HangupCause) async -> LegOutcome {
        await leg.lose(cause)
        return .failed(LegFailure(cause: cause, hadChannel: true))
    }

    private mutating func take(_ item: LegFeed.Item) async -> LegOutcome? {
        switch item {
        case .report(.ringing): return await ringing()
        case .report(.earlyMedia): return await earlyMedia()
        case .report(.earlyMediaAccepted):
            acceptsEarlyMedia = true
            return hasEarlyMedia ? await win() : nil
        case .report(.answered): return await win()
        // Nobody talks to the leg yet.
        case .report(.replaced): return nil
        case .report(.left): return .failed(LegFailure(cause: .normalClearing, hadChannel: true))
        case .report(.ended(let cause)): return .failed(LegFailure(cause: cause, hadChannel: true))
        case .ringingHeard: return await ringingHeard()
        case .timedOut: return await give(up: .allottedTimeout)
        case .progressIsDue: return hasProgress ? nil : await give(up: .progressTimeout)
        case .confirmed(let isConfirmed):
            if isConfirmed { return .connected(leg) }
            // Whoever does not confirm hangs up, or is hung up; the leg tells of it.
            return nil
        }
    }

    private mutating func noteProgress() {
        hasProgress = true
        call.progress.set()
    }

    private mutating func ringing() async -> LegOutcome? {
        noteProgress()
        if !settings.ignoresRinging { await originator.tell(.ringing(leg)) }
        return settings.returnsRingReady && call.isAlone ? .connected(leg) : nil
    }

    private mutating func earlyMedia() async -> LegOutcome? {
        hasEarlyMedia = true
        if acceptsEarlyMedia { return await win() }
        if let monitor = EarlyMediaMonitor(variables) {
            isMonitored = true
            await leg.begin(monitor, feed)
        }
        guard !settings.listensForRinging else { return nil }
        noteProgress()
        switch settings.earlyMedia {
        case .connects: return await win()
        case .rings: if !settings.ignoresRinging { await originator.tell(.ringing(leg)) }
        case .ignored: await originator.tell(.earlyMediaUnheard)
        case .heard: await originator.tell(.earlyMedia(leg))
        }
        return nil
    }

    /// The tones of ringing: the leg rings, and its early media is worth to be heard.
    private mutating func ringingHeard() async -> LegOutcome? {
        await leg.note("EARLY", leg.variable("monitor_ring_dispo") ?? "monitor_early_media_ring")
        let outcome = await ringing()
        acceptsEarlyMedia = acceptsEarlyMedia || settings.takesEarlyMedia
        return outcome == nil && acceptsEarlyMedia ? await win() : outcome
    }

    /// The leg answered: it has won, unless it has to confirm first.
    private mutating func win() async -> LegOutcome? {
        noteProgress()
        guard confirmation == nil else { return nil }
        // What follows is no early media, and nobody is to decode it for this.
        if isMonitored { await leg.stopListening() }
        guard let wanted = LegConfirmation(variables) else { return .connected(leg) }
        switch wanted.limit {
        case .unchanged: break
        case .none: timer?.cancel()
        case .extended(let limit):
            timer?.cancel()
            timer = feed.schedule(.timedOut, after: limit, on: originator.loop)
        }
        confirmation = Task(executorPreference: originator.loop) { [leg, feed] in
            let isConfirmed = await leg.confirm(wanted)
            feed.continuation.yield(.confirmed(isConfirmed))
        }
        return nil
    }
}

extension Session {
    /// Listens for what the early media of a leg means.
    fileprivate func begin(_ monitor: EarlyMediaMonitor, _ feed: LegFeed) {
        for tone in monitor.tones {
            listen(for: tone.options) { session in
                guard !session.isAnswered else { return }
                if let cause = tone.failure {
                    session.note("BUSY", session.variable("monitor_fail_dispo") ?? "monitor_early_media_fail")
                    return session.hangUp(cause)
                }
                feed.continuation.yield(.ringingHeard)
            }
        }
    }

    fileprivate func note(_ status: String, _ disposition: String) {
        setVariable("DIALSTATUS", status)
        setVariable("originate_disposition", disposition)
    }

    /// The leg has not won.
    func lose(_ cause: HangupCause) {
        if cause == .loseRace { setVariable("group_dial_status", "loser") }
        hangUp(cause)
    }
}
