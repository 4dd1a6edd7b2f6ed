package import Base

/// What a transaction machine has to know of the world when something happens to it.
package struct TransactionTiming: Sendable {
    /// The time of the event.
    package var now: MonotonicInstant
    /// The basic timer values.
    package var timers: SIPTimers
    /// Whether the transport repeats what is lost by itself.
    package var isReliable: Bool

    /// The world at an event.
    package init(now: MonotonicInstant, timers: SIPTimers, isReliable: Bool) {
        (self.now, self.timers, self.isReliable) = (now, timers, isReliable)
    }

    /// The instant 64·T1 from now (timers B, F, H, J, L, M).
    package var timeout: MonotonicInstant { now + timers.transactionTimeout }
}

/// A message that is sent again and again until something happens or its time is over.
package struct Retransmission: Equatable, Sendable {
    /// When it is sent next; never on reliable transports.
    package private(set) var next: MonotonicInstant
    /// How long it waits after that.
    private var interval: Duration
    /// When it is given up.
    package let giveUp: MonotonicInstant

    /// The first repetition comes after T1; it is given up after 64·T1, or sooner.
    package init(_ timing: TransactionTiming, isRepeated: Bool, patience: Duration? = nil) {
        interval = timing.timers.t1
        next = isRepeated ? timing.now + timing.timers.t1 : .distantFuture
        giveUp = patience.map { min(timing.now + $0, timing.timeout) } ?? timing.timeout
    }

    /// When something has to be done about it.
    package var deadline: MonotonicInstant { min(next, giveUp) }

    /// Doubles the interval up to `limit` and plans the next repetition.
    package mutating func advance(at now: MonotonicInstant, limit: Duration?) {
        interval = min(interval * 2, limit ?? interval * 2)
        next = now + interval
    }

    /// Plans the next repetition after exactly that interval.
    package mutating func advance(at now: MonotonicInstant, every fixed: Duration) {
        interval = fixed
        next = now + fixed
    }
}

/// What a client transaction does about a response.
package enum OnClientResponse: Hashable, Sendable {
    /// Hand the response to the user agent.
    case report
    /// Hand the response to the user agent, and acknowledge it (RFC 3261 §17.1.1.3).
    case reportAndAcknowledge
    /// Send the ACK again: the response is a repetition.
    case acknowledgeAgain
    /// Nothing.
    case ignore
}

/// What a client transaction does when its time has come.
package enum OnClientTimer: Hashable, Sendable {
    /// Send the request again.
    case retransmit
    /// Tell the user agent that nobody answered; the transaction is over.
    case timedOut
    /// Nothing; the transaction may be over.
    case none
}

/// What a server transaction does about a repetition of its request.
package enum OnServerRequest: Hashable, Sendable {
    /// Send the last response again, if there is one.
    case resend
    /// Nothing.
    case absorb
}

/// What a server transaction does about a response of the user agent's.
package enum OnServerRespond: Hashable, Sendable {
    /// Send it.
    case send
    /// Nothing: a final response has been sent before.
    case refuse
}

/// What a server transaction does when its time has come.
package enum OnServerTimer: Hashable, Sendable {
    /// Send the last response again.
    case resend
    /// The ACK never came; the transaction is over.
    case timedOut
    /// Nothing; the transaction may be over.
    case none
}
