import Base
import Logging

/// Finding an extension for the channel, and sending it elsewhere.
extension Session {
    /// How many dialplan engines a caller profile may name.
    static let dialplanLimit = 25
    /// How many `execute_extension` may be inside one another.
    public static let executionDepthLimit = 32

    /// Asks the dialplan engines of the caller profile for an extension, in order.
    func route() async {
        if hasTransferHook {
            hasTransferHook = false
            await finishHooks()
        }
        let engines = await expand(profile.dialplan).split(separator: ",").prefix(Self.dialplanLimit)
        for engine in engines {
            let parts = engine.split(separator: ":", maxSplits: 1)
            guard !isOver, state == .routing else { return }
            guard let name = parts.first else { continue }
            guard let dialplan = softswitch.dialplans[String(name)] else {
                logger.error("\(MissingDialplan(name: String(name)))")
                continue
            }
            let argument = parts.count > 1 ? String(parts[1]) : nil
            let found = await dialplan.hunt(self, argument: argument)
            // A transfer while this hunt waited began another hunt, in another task.
            guard !Task.isCancelled else { return }
            if let found, !isOver, state == .routing {
                pendingRoute = found
                move(to: .execute)
                return
            }
        }
        guard !isOver, state == .routing, !Task.isCancelled else { return }
        if direction == .outbound {
            move(to: .consumeMedia)
        } else {
            logger.notice(
                "no route",
                metadata: ["destination": "\(profile.destinationNumber)", "context": "\(profile.context)"]
            )
            hangUp(.noRouteDestination)
        }
    }

    /// Sends the channel to another destination: it is routed anew with a new caller profile.
    ///
    /// - Returns: Whether it went; the loop guard ends the call with `EXCHANGE_ROUTING_ERROR` instead.
    @discardableResult
    public func transfer(to destination: String, dialplan: String? = nil, context: String? = nil) -> Bool {
        guard !isOver else { return false }
        guard countTransfer() else {
            hangUp(.exchangeRoutingError)
            return false
        }
        beginNextProfile()
        // Applications are asked for by name: a number that is dialled later is none of them.
        let inherited = profile.dialplan == InlineDialplan.name ? "XML" : profile.dialplan
        profile.setDestination(
            destination,
            dialplan: variables["force_transfer_dialplan"] ?? dialplan ?? inherited
        )
        profile.context = variables["force_transfer_context"] ?? context ?? profile.context
        pendingRoute = nil
        noteTransfer("bl_xfer", "\(profile.destinationNumber)/\(profile.context)/\(profile.dialplan)")
        hasTransferHook = startHooks(.blindTransfer)
        move(to: .routing)
        startRunning()
        return true
    }

    /// Goes on with what another channel was about to run, as if this one had been routed there itself.
    public func run(_ route: DialplanRoute, of other: CallerProfile) {
        guard !isOver else { return }
        guard countTransfer() else { return hangUp(.exchangeRoutingError) }
        beginNextProfile()
        profile.setDestination(other.destinationNumber, dialplan: other.dialplan)
        profile.context = other.context
        run(route)
    }

    /// The caller profile becomes an earlier one; the next is the same but for what follows.
    private func beginNextProfile() {
        let now = softswitch.wallClock()
        profile.times.transferred = now
        earlierProfiles.append(profile)
        if earlierProfiles.count > Self.profileLimit { earlierProfiles.removeFirst() }
        profile.times = profile.times.ofNextProfile(at: now)
        profile.rdnis = profile.destinationNumber
        profile.index += 1
    }

    /// Notes how the call came to be where it is now: `transfer_source` and `transfer_history`.
    ///
    /// - Parameters:
    ///   - kind: `bl_xfer`, `att_xfer` or `uuid_br`.
    ///   - details: Where it went, or to whom.
    public func noteTransfer(_ kind: String, _ details: String) {
        profile.transferSource = "\(softswitch.wallClock() / 1_000_000):\(id):\(kind):\(details)"
        setVariable("transfer_source", profile.transferSource)
        variables.push("transfer_history", profile.transferSource)
    }

    /// What the channel is about to run, which it will not run any more.
    public func takeRoute() -> DialplanRoute? {
        defer { pendingRoute = nil }
        return pendingRoute
    }

    /// Sends the channel elsewhere from outside of its own task, interrupting what it does.
    public func divert(to destination: String, dialplan: String? = nil, context: String? = nil) {
        guard transfer(to: destination, dialplan: dialplan, context: context) else { return }
        stateTask?.cancel()
        startRunning()
    }

    /// Runs the applications of another extension as a subroutine and returns.
    public func executeExtension(_ destination: String, dialplan: String, context: String) async throws {
        guard executionDepth < Self.executionDepthLimit else {
            throw ApplicationError("execute_extension is nested too deeply", hangupCause: .exchangeRoutingError)
        }
        guard let engine = softswitch.dialplans[dialplan] else {
            throw ApplicationError("\(MissingDialplan(name: dialplan))")
        }
        let saved = profile
        profile.setDestination(destination, dialplan: dialplan)
        profile.context = context
        let found = await engine.hunt(self, argument: nil)
        // Sent elsewhere while it was hunted: the profile is another one now.
        try Task.checkCancellation()
        let place = found.flatMap { history.noteSubroutine($0, of: profile) }
        // Only where the dialplan stands is the subroutine's own; what inline actions changed stays.
        profile.setDestination(saved.destinationNumber, dialplan: saved.dialplan)
        profile.context = saved.context
        guard let found else { return }
        executionDepth += 1
        defer { executionDepth -= 1 }
        await run(found.actions, while: state, at: place)
    }

    /// How many caller profiles a channel remembers.
    static let profileLimit = 70

    /// A call that is transferred round in circles ends (`max_session_transfers`, or `max_forwards` without it).
    ///
    /// Both count one more than there may be.
    private func countTransfer() -> Bool {
        let name = variables["max_session_transfers"] == nil ? "max_forwards" : "max_session_transfers"
        let limit = Originator.forwardLimit
        let left = variables[name].map { min(max(Int($0) ?? 0, 0) - 1, limit) } ?? limit
        guard left > 0 else { return false }
        setVariable(name, String(left))
        return true
    }

    /// Keeps the call up, with nothing to do, until something moves it.
    func runPark() async {
        let timeout = variables["park_timeout"].flatMap { parseParkTimeout($0) }
        let moved = try? await stayParked(timeout: timeout?.duration) { $0.state != .park }
        if moved == false, let timeout, state == .park { hangUp(timeout.cause) }
    }

    /// Keeps the call up within an application until a condition holds; what others ask of the channel is done.
    ///
    /// - Returns: Whether the condition holds; false when the time is over.
    @discardableResult
    public func stayParked(
        timeout: Duration? = nil,
        until condition: @escaping (isolated Session) -> Bool
    ) async throws -> Bool {
        softswitch.events.publish(.channelPark) { makeEvent(.channelPark) }
        defer { softswitch.events.publish(.channelUnpark) { makeEvent(.channelUnpark) } }
        return try await wait(timeout: timeout, until: condition)
    }

    /// Reads `seconds[:CAUSE]`.
    private func parseParkTimeout(_ text: String) -> (duration: Duration, cause: HangupCause)? {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let first = parts.first, let seconds = Int(first), seconds > 0 else { return nil }
        let cause = parts.count > 1 ? HangupCause(parts[1]) : nil
        return (.seconds(seconds), cause ?? .normalClearing)
    }

    /// Parks the channel.
    public func park() {
        preAnswer()
        guard !isOver else { return }
        move(to: .park)
    }
}
