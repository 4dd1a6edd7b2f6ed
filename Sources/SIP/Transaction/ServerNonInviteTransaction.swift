package import Base

/// The non-INVITE server transaction (RFC 3261 §17.2.2).
///
///     state      | request again | 1xx            | 200–699        | timer
///     -----------|---------------|----------------|----------------|----------------------------
///     trying     | –             | send           | send           | 64·T1: → terminated
///                |               | → proceeding   | → completed    |
///     proceeding | resend        | send           | send           | 64·T1: → terminated
///                |               |                | → completed    |
///     completed  | resend        | –              | –              | J: → terminated
///     terminated | –             | –              | –              | –
///
/// J is zero over reliable transports. The limit of 64·T1 on trying and proceeding is ours: by then the client has
/// given up (RFC 4320 §3), and a request that nobody answers must not stay for ever.
package enum ServerNonInviteTransaction: ~Copyable {
    case trying(until: MonotonicInstant)
    case proceeding(until: MonotonicInstant)
    case completed(until: MonotonicInstant)
    case terminated

    /// The machine after its request has arrived.
    package init(_ timing: TransactionTiming) {
        self = .trying(until: timing.timeout)
    }

    /// The state without its payload.
    package var phase: TransactionPhase {
        switch self {
        case .trying: .trying
        case .proceeding: .proceeding
        case .completed: .completed
        case .terminated: .terminated
        }
    }

    /// When ``timerFired(_:)`` should be called.
    package var deadline: MonotonicInstant? {
        switch self {
        case .trying(let until): until
        case .proceeding(let until): until
        case .completed(let until): until
        case .terminated: nil
        }
    }

    /// The request came again.
    package func receivedRepetition() -> OnServerRequest {
        switch self {
        case .proceeding: .resend
        case .completed: .resend
        case .trying: .absorb
        case .terminated: .absorb
        }
    }

    /// The user agent wants to send a response.
    package mutating func respond(status: Int, _ timing: TransactionTiming) -> OnServerRespond {
        switch consume self {
        case .trying(let until):
            if status < 200 {
                self = .proceeding(until: until)
            } else {
                self = timing.isReliable ? .terminated : .completed(until: timing.timeout)
            }
            return .send
        case .proceeding(let until):
            if status < 200 {
                self = .proceeding(until: until)
            } else {
                self = timing.isReliable ? .terminated : .completed(until: timing.timeout)
            }
            return .send
        case .completed(let until):
            self = .completed(until: until)
            return .refuse
        case .terminated:
            self = .terminated
            return .refuse
        }
    }

    /// The deadline may have come.
    package mutating func timerFired(_ timing: TransactionTiming) {
        switch consume self {
        case .trying(let until):
            self = until <= timing.now ? .terminated : .trying(until: until)
        case .proceeding(let until):
            self = until <= timing.now ? .terminated : .proceeding(until: until)
        case .completed(let until):
            self = until <= timing.now ? .terminated : .completed(until: until)
        case .terminated:
            self = .terminated
        }
    }
}
