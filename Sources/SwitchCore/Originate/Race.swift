import Base

/// How ringing somebody ended.
enum LegOutcome: Sendable {
    /// This leg has won.
    case connected(Session)
    /// Nobody answered.
    case failed(LegFailure)

    static func failed(_ cause: HangupCause) -> LegOutcome { .failed(LegFailure(cause: cause)) }
}

/// Why nobody answered.
struct LegFailure: Sendable {
    enum Reach: Sendable {
        /// Others may still answer.
        case itself
        /// All of an originate fail with it.
        case everybody
        /// The time of an alternative is over.
        case alternative
    }

    var cause: HangupCause
    /// Whether there was a call at all, so that its cause counts for more than one that could not be made.
    var hadChannel = false
    var reach = Reach.itself
    /// Whether the time of all was over, for whatever cause.
    var isTimeOut = false
    /// Whether the caller is to be hung up with it (`hangup_on_single_reject`).
    var endsCaller = false

    /// What `originate_disposition` says: after a time-out nobody answered.
    var disposition: HangupCause { isTimeOut ? .noAnswer : cause }
}

/// One of those who ring at the same time.
struct Contender: Sendable {
    /// How long it waits before it begins.
    var delay = Duration.zero
    /// Whether it only waits to be taken by others.
    var isPassive = false
    /// Rings; it ends soon after its task is cancelled, having hung up with the verdict's cause.
    var ring: @Sendable (RaceVerdict) async -> LegOutcome
}

/// Rings several at the same time: the first to answer wins, the others are hung up.
struct Race: Sendable {
    /// The loop whose clock counts.
    let loop: any Loop
    /// How long the race lasts at most.
    var timeLimit: Duration?
    /// How long until `hasProgress`.
    var progressLimit: Duration?
    /// Whether anybody rings.
    var hasProgress: @Sendable () -> Bool = { true }
    /// Whose failure speaks for all.
    var speaker = Speaker.firstCall

    /// Whose failure speaks for all, in the order of the dial string.
    enum Speaker: Sendable {
        /// The first that was a call at all, else the last.
        case firstCall
        /// The last that did not just wait to be taken: groups go on their own, and later ones overwrite.
        case lastGroup
    }

    private enum Event: Sendable {
        case ended(Int, LegOutcome)
        case timeIsOver
        case progressIsDue
        case nothing
    }

    /// Runs the race until one wins, all have failed, the time is over or the task is cancelled.
    func run(_ contenders: [Contender], inside parent: RaceVerdict?) async -> LegOutcome {
        let verdict = RaceVerdict(inside: parent)
        let starts = DelayedStarts(contenders.map(\.delay), on: loop)
        return await withTaskGroup(of: Event.self) { group in
            for (index, contender) in contenders.enumerated() {
                group.addTask {
                    await starts.waitForTurn(of: index)
                    let outcome = Task.isCancelled ? .failed(verdict.cause) : await contender.ring(verdict)
                    starts.ended(index)
                    return .ended(index, outcome)
                }
            }
            addTimer(timeLimit, .timeIsOver, to: &group)
            addTimer(progressLimit, .progressIsDue, to: &group)
            let outcome = await decide(&group, contenders)
            verdict.decide(Self.cause(of: outcome))
            group.cancelAll()
            for await event in group {
                // Who answers at the same moment has lost too.
                if case .ended(_, .connected(let loser)) = event { await loser.hangUp(verdict.cause) }
            }
            return outcome
        }
    }

    private func addTimer(_ limit: Duration?, _ event: Event, to group: inout TaskGroup<Event>) {
        guard let limit else { return }
        group.addTask { [loop] in
            do {
                try await loop.sleep(for: limit)
                return event
            } catch {
                return .nothing
            }
        }
    }

    private func decide(_ group: inout TaskGroup<Event>, _ contenders: [Contender]) async -> LegOutcome {
        var failures = [LegFailure?](repeating: nil, count: contenders.count)
        var active = Set(contenders.indices.filter { !contenders[$0].isPassive })
        // Those who wait to be taken keep a race going when there is nobody else from the beginning.
        if active.isEmpty { active = Set(contenders.indices) }
        while !active.isEmpty, let event = await group.next() {
            switch event {
            case .ended(_, .connected(let leg)): return .connected(leg)
            case .ended(let index, .failed(let failure)):
                if failure.reach == .everybody { return .failed(failure) }
                failures[index] = failure
                active.remove(index)
            case .timeIsOver:
                return .failed(LegFailure(cause: .noAnswer, hadChannel: true, reach: .alternative, isTimeOut: true))
            case .progressIsDue:
                if hasProgress() { continue }
                return .failed(
                    LegFailure(cause: .progressTimeout, hadChannel: true, reach: .alternative, isTimeOut: true)
                )
            case .nothing: continue
            }
        }
        return .failed(spokesman(of: failures.compactMap { $0 }))
    }

    private func spokesman(of failures: [LegFailure]) -> LegFailure {
        let chosen =
            switch speaker {
            case .firstCall: failures.first { $0.hadChannel }
            case .lastGroup: failures.last { $0.cause != .noPickup }
            }
        return chosen ?? failures.last ?? LegFailure(cause: .noRouteDestination)
    }

    private static func cause(of outcome: LegOutcome) -> HangupCause {
        switch outcome {
        case .connected: .loseRace
        // What did not need an answer of the others is over for them: nobody picks up what does not ring.
        case .failed(let failure): failure.reach == .itself ? .noPickup : failure.cause
        }
    }
}
