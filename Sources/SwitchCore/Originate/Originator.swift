public import Base
import Logging

/// What came of a dial string.
public enum OriginateOutcome: Sendable {
    /// A leg that answered, or whose early media counts as having won.
    case connected(Session)
    /// No leg did, and why.
    case failed(HangupCause)
}

/// What happens to the legs of an originate before one has won, for the caller to hear.
enum OriginateProgress: Sendable {
    /// A leg was made.
    case began(Session, name: String, number: String)
    /// The caller is to hear ringback before anybody rings.
    case ringbackAtOnce
    /// A leg rings.
    case ringing(Session)
    /// A leg has early media that the caller shall hear.
    case earlyMedia(Session)
    /// A leg has early media that nobody hears.
    case earlyMediaUnheard
    /// A leg has won or is gone.
    case decided(Session, HangupCause)
}

/// Rings the legs of a dial string until one of them wins: for a caller who waits, or for a command.
///
/// The dial string becomes a tree of races: groups (`:_:`) race with each other, each tries its alternatives (`|`) one
/// after the other, the legs of an alternative (`,`) race, and a leg may stand for another dial string. Every race is a
/// task group, so nothing of an originate is left when it returns; cancelling its task hangs all legs up.
public struct Originator: Sendable {
    /// How deep dial strings may stand for other dial strings (`user/` for its contacts).
    static let expansionLimit = 10
    /// How long an originate takes at most when nothing else is said.
    public static let defaultTimeout = Duration.seconds(60)

    let softswitch: Switch
    /// The caller's channel; `nil` when a command originates.
    let originator: Session?
    let loop: any Loop
    /// The variables that every leg gets.
    let variables: [DialVariable]
    /// A look-up of what the caller's channel says about originating, beyond the variables that legs get.
    let callerVariables: Variables
    /// The caller as the legs shall see it.
    let profile: CallerProfile
    let preferredCodecs: String?
    /// What the caller's far end says of its media, when they are to go past the switch.
    let description: String?
    /// Whether the switch hands those media on all the same, as they are.
    let relaysMedia: Bool
    /// How many calls and transfers may still follow from the caller's (`max_forwards`).
    let forwardsLeft: Int
    let timeout: Duration
    /// Told what the legs do while none has won.
    let onProgress: (@Sendable (OriginateProgress) async -> Void)?

    /// As many as Max-Forwards begins with (RFC 3261 §8.1.1.6).
    public static let forwardLimit = 70

    /// An originate of a channel that waits for it.
    init(
        caller: Session,
        variables: [DialVariable],
        callerVariables: Variables,
        profile: CallerProfile,
        preferredCodecs: String?,
        description: String?,
        relaysMedia: Bool,
        onProgress: (@Sendable (OriginateProgress) async -> Void)?
    ) {
        (softswitch, originator, loop) = (caller.softswitch, caller, caller.loop)
        (self.variables, self.callerVariables) = (variables, callerVariables)
        (self.profile, self.preferredCodecs, self.onProgress) = (profile, preferredCodecs, onProgress)
        (self.description, self.relaysMedia) = (description, relaysMedia)
        let left = callerVariables["max_forwards"].flatMap { Int($0) } ?? Self.forwardLimit
        forwardsLeft = min(max(left, 0), Self.forwardLimit)
        timeout = Self.defaultTimeout
    }

    /// An originate without a caller, as commands and services make it.
    ///
    /// - Parameters:
    ///   - loop: The loop that it runs on, and its legs where their endpoint has a choice.
    ///   - variables: The variables that every leg gets.
    ///   - profile: The caller as the legs shall see it.
    ///   - timeout: How long it takes at most, unless a variable says otherwise.
    public init(
        _ softswitch: Switch,
        on loop: (any Loop)? = nil,
        variables: [DialVariable] = [],
        profile: CallerProfile = CallerProfile(),
        timeout: Duration = Originator.defaultTimeout
    ) {
        self.softswitch = softswitch
        self.loop = loop ?? softswitch.loops.next()
        (self.variables, self.profile, self.timeout) = (variables, profile, timeout)
        (originator, preferredCodecs, description, onProgress) = (nil, nil, nil, nil)
        relaysMedia = false
        callerVariables = Variables()
        forwardsLeft = Self.forwardLimit
    }

    /// Rings the legs of a dial string; cancelling the task hangs them all up.
    ///
    /// A leg that has won belongs to whoever asked, who bridges, routes or hangs it up.
    public func originate(_ text: String) async -> OriginateOutcome {
        switch await ring(text) {
        case .connected(let leg): .connected(leg)
        case .failed(let failure): .failed(failure.cause)
        }
    }

    /// Rings the legs of a dial string, and tells whom a failure reaches.
    func ring(_ text: String) async -> LegOutcome {
        let dial: DialString
        do {
            dial = try DialString(parsing: text)
        } catch {
            softswitch.logger.error("\(error)")
            return .failed(.destinationOutOfOrder)
        }
        // In a task of its own: a task keeps the memory of its deepest calls until it ends, and the caller's task lasts as
        // long as the bridge.
        let outcome = await withTaskExecutorPreference(loop) {
            async let ringing = ring(dial)
            return await ringing
        }
        guard !Task.isCancelled else {
            if case .connected(let leg) = outcome { await leg.lose(.originatorCancel) }
            return .failed(.originatorCancel)
        }
        if case .connected(let leg) = outcome { await leg.runHooks(.postOriginate) }
        return outcome
    }

    private func ring(_ dial: DialString) async -> LegOutcome {
        let ledger = OriginateLedger()
        guard dial.groups.count > 1 else {
            return await group(dial.groups[0], of: dial, variables, ledger).ring(RaceVerdict())
        }
        // Nobody has an ear for several groups at once: early media is ignored unless a group says otherwise.
        var shared = variables
        shared.set(DialVariable(name: "ignore_early_media", value: "true"))
        let contenders = dial.groups.map { part in
            let group = group(part, of: dial, shared, ledger)
            return Contender { verdict in
                let outcome = await group.ring(verdict)
                guard case .failed(var failure) = outcome else { return outcome }
                // Each group goes on its own.
                failure.reach = .itself
                return .failed(failure)
            }
        }
        return await Race(loop: loop, speaker: .lastGroup).run(contenders, inside: nil)
    }

    private func group(
        _ group: DialString.Group,
        of dial: DialString,
        _ inherited: [DialVariable],
        _ ledger: OriginateLedger
    ) -> OriginateGroup {
        let shared = dial.variables(of: group, inheriting: inherited)
        return OriginateGroup(
            originator: self,
            settings: OriginateSettings(timeout: timeout) { shared[name: $0] ?? callerVariables[$0] },
            ledger: ledger,
            alternatives: Destination.alternatives(of: group, in: dial, inheriting: inherited)
        )
    }

    func tell(_ progress: OriginateProgress) async {
        await onProgress?(progress)
    }
}
