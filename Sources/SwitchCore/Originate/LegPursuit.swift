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
        noteProgress()
        hasEarlyMedia = true
        if acceptsEarlyMedia { return await win() }
        switch settings.earlyMedia {
        case .connects: return await win()
        case .rings: if !settings.ignoresRinging { await originator.tell(.ringing(leg)) }
        case .ignored: await originator.tell(.earlyMediaUnheard)
        case .heard: await originator.tell(.earlyMedia(leg))
        }
        return nil
    }

    /// The leg answered: it has won, unless it has to confirm first.
    private mutating func win() async -> LegOutcome? {
        noteProgress()
        guard confirmation == nil else { return nil }
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
    /// The leg has not won.
    func lose(_ cause: HangupCause) {
        if cause == .loseRace { setVariable("group_dial_status", "loser") }
        hangUp(cause)
    }
}
