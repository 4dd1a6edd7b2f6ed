import Base
import Logging

/// What came of a dial string.
public enum OriginateOutcome: Sendable {
    /// A leg that answered, or whose early media counts as having won.
    case connected(Session)
    /// No leg did; the cause of the last.
    case failed(HangupCause)
}

/// Rings the legs of a dial string until one of them wins.
public struct Originator: Sendable {
    /// How deep dial strings may stand for other dial strings (`user/` for its contacts).
    static let expansionLimit = 10

    let softswitch: Switch
    /// The caller's channel; `nil` when a command originates.
    let originator: Session?
    let loop: any Loop
    /// The variables that every leg gets.
    let variables: [(name: String, value: String)]
    /// The caller as the legs shall see it.
    let profile: CallerProfile
    let preferredCodecs: String?
    /// Told what the legs do while none has won, on the caller's loop.
    let onProgress: (@Sendable (Progress) async -> Void)?

    /// What happens before a leg has won.
    enum Progress: Sendable {
        case ringing
    }

    /// Rings the legs of a dial string; cancelling the task hangs them all up.
    public func originate(_ text: String) async -> OriginateOutcome {
        let dial: DialString
        do {
            dial = try DialString(parsing: text)
        } catch {
            softswitch.logger.error("\(error)")
            return .failed(.destinationOutOfOrder)
        }
        guard dial.groups.count == 1, let group = dial.groups.first else {
            softswitch.logger.error("enterprise originate (:_:) is not in this version")
            return .failed(.facilityNotImplemented)
        }
        var cause = HangupCause.normalClearing
        for alternative in group.alternatives {
            let legs = alternative.map { leg in
                Destination(
                    endpoint: leg.endpoint,
                    destination: leg.destination,
                    variables: dial.variables(of: leg, in: group)
                )
            }
            let shared = dial.variables + group.variables
            let settings = OriginateSettings { name in
                shared[name: name] ?? variables.last { $0.name.equalsIgnoringASCIICase(name) }?.value
            }
            var attempt = OriginateAttempt(self, settings: settings)
            switch await attempt.ring(legs) {
            case .connected(let leg): return .connected(leg)
            case .failed(let reason): cause = reason
            }
            if Task.isCancelled { return .failed(.originatorCancel) }
            if attempt.isTimedOut, !settings.continuesOnTimeout { break }
        }
        return .failed(cause)
    }
}

/// One destination to ring with its variables.
struct Destination: Sendable {
    var endpoint: String
    var destination: String
    var variables: [DialVariable]
}
