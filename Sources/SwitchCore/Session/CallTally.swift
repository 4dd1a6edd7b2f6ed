/// How many calls began, were answered and ended since the start of the program, and why.
public struct CallTally: Sendable {
    /// The calls of one direction.
    public struct Calls: Sendable {
        /// How many channels have begun.
        public internal(set) var started: UInt64 = 0
        /// How many of those that ended had been answered.
        public internal(set) var answered: UInt64 = 0
        /// How many have ended.
        public internal(set) var ended: UInt64 = 0

        /// How many are up.
        public var current: UInt64 { started &- ended }
    }

    /// The channels that were begun by the far end.
    public internal(set) var inbound = Calls()
    /// The channels that were begun here.
    public internal(set) var outbound = Calls()
    /// How many channels ended for each cause.
    public internal(set) var causes: [HangupCause: UInt64] = [:]
    /// How many calls were not let in, by the reason.
    public internal(set) var refused: [SessionTable.Refusal: UInt64] = [:]

    mutating func begin(_ direction: CallDirection) {
        self[direction].started &+= 1
    }

    mutating func end(_ direction: CallDirection, _ cause: HangupCause, wasAnswered: Bool) {
        self[direction].ended &+= 1
        if wasAnswered { self[direction].answered &+= 1 }
        causes[cause, default: 0] &+= 1
    }

    private subscript(direction: CallDirection) -> Calls {
        get { direction == .inbound ? inbound : outbound }
        set { if direction == .inbound { inbound = newValue } else { outbound = newValue } }
    }
}
