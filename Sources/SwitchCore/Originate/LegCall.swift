import Base
import Logging

/// Rings one destination: makes its leg, or the legs of the dial string that it stands for.
struct LegCall: Sendable {
    let originator: Originator
    let settings: OriginateSettings
    let ledger: OriginateLedger
    let progress: ProgressMark
    /// Whether nobody else rings at the same time.
    let isAlone: Bool
    /// In how many dial strings that stand for others this one is.
    var depth = 0

    /// Those who ring at the same time, for a race.
    func contenders(_ destinations: [Destination]) -> [Contender] {
        destinations.map { destination in
            let isPassive = originator.softswitch.endpoints[destination.endpoint]?.isPassive ?? false
            let isLimited = Duration(seconds: destination.variables[name: "leg_timeout"]) != nil
            return Contender(delay: destination.delay, isPassive: isPassive && !isLimited) { verdict in
                await ring(destination, verdict)
            }
        }
    }

    /// Rings the destination until it wins or fails; when the task is cancelled it is hung up as the verdict says.
    func ring(_ destination: Destination, _ verdict: RaceVerdict) async -> LegOutcome {
        let outcome = await attempt(destination, verdict)
        guard case .failed(var failure) = outcome, failure.reach == .itself else { return outcome }
        let isRequired = destination.variables[name: "leg_required"]?.isTrueSetting ?? false
        let isFatal = settings.failsOnReject?.contains(failure.cause) ?? false
        if (isRequired && failure.hadChannel || isFatal) && !Task.isCancelled {
            failure.reach = .everybody
            failure.endsCaller = isFatal && settings.hangsUpOnReject
        }
        return .failed(failure)
    }

    private func attempt(_ destination: Destination, _ verdict: RaceVerdict) async -> LegOutcome {
        guard ledger.admitLeg() else { return .failed(.exchangeRoutingError) }
        guard let endpoint = originator.softswitch.endpoints[destination.endpoint] else {
            originator.softswitch.logger.error("no such endpoint", metadata: ["endpoint": "\(destination.endpoint)"])
            return .failed(.chanNotImplemented)
        }
        let feed = LegFeed()
        guard var request = originator.request(for: destination, observer: feed.observer, ledger) else {
            return .failed(.exchangeRoutingError)
        }
        request.originatorProfile = await originator.originator?.profile
        switch await endpoint.call(request) {
        case .session(let leg):
            let outcome = await follow(leg, request, feed, verdict)
            if case .failed = outcome { release(request) }
            return outcome
        case .expansion(let text, let variables):
            release(request)
            return await ringAll(of: text, variables, for: destination, verdict)
        case .failure(let cause):
            release(request)
            return .failed(cause)
        }
    }

    private func follow(
        _ leg: Session,
        _ request: OutgoingCall,
        _ feed: LegFeed,
        _ verdict: RaceVerdict
    ) async -> LegOutcome {
        await leg.beginRinging(request.variables)
        let callee = request.profile
        await originator.tell(.began(leg, name: callee.calleeIDName, number: callee.calleeIDNumber))
        var pursuit = LegPursuit(self, leg: leg, feed: feed, variables: request.variables)
        let outcome = await pursuit.follow(until: verdict)
        await originator.tell(.decided(leg, Self.cause(of: outcome)))
        return outcome
    }

    /// A UUID that was asked for is free again.
    private func release(_ request: OutgoingCall) {
        if let uuid = request.variables["origination_uuid"] { ledger.release(uuid) }
    }

    private static func cause(of outcome: LegOutcome) -> HangupCause {
        if case .failed(let failure) = outcome { failure.cause } else { .none }
    }

    // MARK: - Destinations that stand for a dial string

    /// The legs of the dial string ring in its order, as one contender with the others.
    private func ringAll(
        of text: String,
        _ variables: [(name: String, value: String)],
        for destination: Destination,
        _ verdict: RaceVerdict
    ) async -> LegOutcome {
        guard depth < Originator.expansionLimit else { return .failed(.exchangeRoutingError) }
        let dial: DialString
        do {
            dial = try DialString(parsing: text)
        } catch {
            originator.softswitch.logger.error("\(error)", metadata: ["of": "\(destination.destination)"])
            return .failed(.destinationOutOfOrder)
        }
        // The whole waited already.
        var inherited = destination.variables.filter { $0.name != "leg_delay_start" }
        for (name, value) in variables { inherited.set(DialVariable(name: name, value: value)) }
        let groups = dial.groups.map { Destination.alternatives(of: $0, in: dial, inheriting: inherited) }
        if groups.count == 1 { return await ringInTurn(groups[0], verdict) }
        let contenders = groups.map { group in Contender { await ringInTurn(group, $0) } }
        return await Race(loop: originator.loop, speaker: .lastGroup).run(contenders, inside: verdict)
    }

    private func ringInTurn(_ alternatives: [[Destination]], _ verdict: RaceVerdict) async -> LegOutcome {
        var outcome = LegOutcome.failed(.noRouteDestination)
        for destinations in alternatives {
            let inner = LegCall(
                originator: originator,
                settings: settings,
                ledger: ledger,
                progress: progress,
                isAlone: isAlone && destinations.count == 1,
                depth: depth + 1
            )
            outcome = await Race(loop: originator.loop).run(inner.contenders(destinations), inside: verdict)
            guard case .failed(let failure) = outcome, failure.reach == .itself, !Task.isCancelled else { break }
        }
        return outcome
    }
}

extension Session {
    /// A leg that rings: it gets the name that was asked for, and its hooks.
    fileprivate func beginRinging(_ variables: Variables) {
        if let name = variables["origination_channel_name"] { profile.channelName = name }
        startHooks(.originate)
    }
}
