import Base
import Logging

/// The legs of one alternative, ringing at the same time.
struct OriginateAttempt {
    private let originator: Originator
    private let settings: OriginateSettings
    private let feed = LegFeed()
    private var ringing: [ObjectIdentifier: Session] = [:]
    private var timers: [any LoopTimer] = []
    private var lastCause = HangupCause.noRouteDestination
    private(set) var isTimedOut = false

    init(_ originator: Originator, settings: OriginateSettings) {
        (self.originator, self.settings) = (originator, settings)
    }

    /// Rings the destinations until one wins, all fail, the time is over, or the task is cancelled.
    mutating func ring(_ destinations: [Destination]) async -> OriginateOutcome {
        let loop = originator.loop
        let continuation = feed.continuation
        timers.append(loop.schedule(at: loop.now + settings.timeout) { continuation.yield(.timedOut) })
        defer {
            for timer in timers { timer.cancel() }
            continuation.finish()
        }
        for destination in destinations { await start(destination, depth: 0) }
        guard !ringing.isEmpty else { return .failed(lastCause) }
        for await item in feed.stream {
            if let outcome = await take(item) { return outcome }
        }
        // The stream ends without an outcome only when the task is cancelled: the caller hung up.
        await hangUpAll(.originatorCancel)
        return .failed(.originatorCancel)
    }

    private mutating func start(_ destination: Destination, depth: Int) async {
        guard !Task.isCancelled else { return }
        guard let endpoint = originator.softswitch.endpoints[destination.endpoint] else {
            originator.softswitch.logger.error("no such endpoint", metadata: ["endpoint": "\(destination.endpoint)"])
            lastCause = .chanNotImplemented
            return
        }
        let request = makeRequest(destination)
        switch await endpoint.call(request) {
        case .session(let leg):
            ringing[ObjectIdentifier(leg)] = leg
            guard let limit = OriginateSettings.legTimeout(request.variables) else { return }
            let (id, continuation, loop) = (ObjectIdentifier(leg), feed.continuation, originator.loop)
            timers.append(loop.schedule(at: loop.now + limit) { continuation.yield(.legTimedOut(id)) })
        case .failure(let cause):
            lastCause = cause
        case .expansion(let text, let variables):
            await startExpansion(of: destination, text, variables, depth: depth)
        }
    }

    private func makeRequest(_ destination: Destination) -> OutgoingCall {
        var variables = Variables()
        for (name, value) in originator.variables { _ = variables.set(name, value) }
        for variable in destination.variables { _ = variables.set(variable.name, variable.value) }
        if let caller = originator.originator { _ = variables.set("originating_leg_uuid", caller.id) }
        _ = variables.set("originate_endpoint", destination.endpoint)
        var profile = originator.profile
        for (name, field) in [
            ("origination_caller_id_name", "caller_id_name"), ("origination_caller_id_number", "caller_id_number"),
            ("origination_callee_id_name", "callee_id_name"),
            ("origination_callee_id_number", "callee_id_number"), ("origination_ani", "ani"),
        ] {
            if let value = variables[name] { profile.setField(field, to: value) }
        }
        profile.destinationNumber = destination.destination
        return OutgoingCall(
            destination: destination.destination,
            variables: variables,
            profile: profile,
            originator: originator.originator,
            loop: originator.loop,
            preferredCodecs: originator.preferredCodecs,
            observer: feed.observer
        )
    }

    /// A destination that stands for a dial string: its legs ring together with the others.
    private mutating func startExpansion(
        of destination: Destination,
        _ text: String,
        _ variables: [(name: String, value: String)],
        depth: Int
    ) async {
        guard depth < Originator.expansionLimit else {
            lastCause = .exchangeRoutingError
            return
        }
        let dial: DialString
        do {
            dial = try DialString(parsing: text)
        } catch {
            originator.softswitch.logger.error("\(error)", metadata: ["of": "\(destination.destination)"])
            lastCause = .destinationOutOfOrder
            return
        }
        for group in dial.groups {
            for leg in group.alternatives.joined() {
                var merged = dial.variables(of: leg, in: group)
                for (name, value) in variables { merged.set(DialVariable(name: name, value: value)) }
                for variable in destination.variables { merged.set(variable) }
                let inner = Destination(endpoint: leg.endpoint, destination: leg.destination, variables: merged)
                await start(inner, depth: depth + 1)
            }
        }
    }

    private mutating func take(_ item: LegFeed.Item) async -> OriginateOutcome? {
        switch item {
        case .report(let leg, let report): return await take(report, of: leg)
        case .legTimedOut(let id):
            if let leg = ringing[id] { await leg.hangUp(.allottedTimeout) }
            return nil
        case .timedOut:
            isTimedOut = true
            await hangUpAll(.noAnswer)
            return .failed(.noAnswer)
        }
    }

    private mutating func take(_ report: LegReport, of leg: Session) async -> OriginateOutcome? {
        switch report {
        case .ringing:
            if !settings.ignoresRinging { await originator.onProgress?(.ringing) }
            return nil
        case .earlyMedia:
            switch settings.earlyMedia {
            case .connects: return await win(leg)
            case .rings:
                await originator.onProgress?(.ringing)
                return nil
            case .ignored: return nil
            }
        case .answered:
            return await win(leg)
        case .ended(let cause):
            guard ringing.removeValue(forKey: ObjectIdentifier(leg)) != nil else { return nil }
            lastCause = cause
            let endsAll = settings.failsOnReject?.contains(cause) ?? false
            guard ringing.isEmpty || endsAll else { return nil }
            await hangUpAll(cause)
            return .failed(cause)
        }
    }

    private mutating func win(_ winner: Session) async -> OriginateOutcome? {
        guard ringing.removeValue(forKey: ObjectIdentifier(winner)) != nil else { return nil }
        await hangUpAll(.loseRace)
        return .connected(winner)
    }

    private mutating func hangUpAll(_ cause: HangupCause) async {
        let legs = ringing.values
        ringing = [:]
        for leg in legs { await leg.hangUp(cause) }
    }
}
