import Base

/// Rings the alternatives of one group of a dial string, one after the other, and all of them again when that is asked.
struct OriginateGroup: Sendable {
    let originator: Originator
    let settings: OriginateSettings
    let ledger: OriginateLedger
    let alternatives: [[Destination]]

    func ring(_ verdict: RaceVerdict) async -> LegOutcome {
        let loop = originator.loop
        let begin = loop.now
        guard await pause(settings.delay) else { return .failed(verdict.cause) }
        if settings.ringsBackAtOnce { await originator.tell(.ringbackAtOnce) }
        var attempts = 0
        while true {
            let start = loop.now
            let outcome = await ringInTurn(verdict)
            guard case .failed(let failure) = outcome, failure.reach == .itself, !Task.isCancelled else {
                return outcome
            }
            attempts += 1
            let now = loop.now
            let pause = settings.retries.pause(
                afterAttempts: attempts,
                elapsed: now - begin,
                sinceLast: now - start
            )
            guard let pause, await self.pause(pause) else { return outcome }
        }
    }

    private func pause(_ duration: Duration) async -> Bool {
        guard duration > .zero else { return true }
        return (try? await originator.loop.sleep(for: duration)) != nil
    }

    private func ringInTurn(_ verdict: RaceVerdict) async -> LegOutcome {
        var outcome = LegOutcome.failed(.noRouteDestination)
        for destinations in alternatives {
            outcome = await ringTogether(destinations, verdict)
            guard case .failed(var failure) = outcome, failure.reach != .everybody, !Task.isCancelled else { break }
            guard failure.reach == .itself || settings.continuesOnTimeout else { break }
            failure.reach = .itself
            outcome = .failed(failure)
        }
        return outcome
    }

    private func ringTogether(_ destinations: [Destination], _ verdict: RaceVerdict) async -> LegOutcome {
        let progress = ProgressMark()
        let call = LegCall(
            originator: originator,
            settings: settings,
            ledger: ledger,
            progress: progress,
            isAlone: destinations.count == 1
        )
        let race = Race(
            loop: originator.loop,
            timeLimit: settings.timeout,
            progressLimit: settings.progressTimeout,
            hasProgress: { progress.isSet }
        )
        return await race.run(call.contenders(destinations), inside: verdict)
    }
}
