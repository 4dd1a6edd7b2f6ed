import Base

/// Challenged requests of a call, until its driver has looked up who answers them.
struct WaitingChallenges {
    /// How many wait; what is beyond has its challenge as the final response.
    static let limit = 8

    /// How long they wait.
    let deadline: MonotonicInstant
    /// The requests, and what came for them.
    private(set) var list: [(transaction: ClientTransaction, response: SIPMessage)] = []

    init(until deadline: MonotonicInstant) {
        self.deadline = deadline
    }

    /// - Returns: Whether there was a place for it.
    mutating func add(_ transaction: ClientTransaction, _ response: SIPMessage) -> Bool {
        guard list.count < Self.limit else { return false }
        list.append((transaction, response))
        return true
    }

    /// The challenge of the INVITE that begins the call.
    var ofCall: SIPMessage? {
        list.first { entry in
            if case .invite = entry.transaction.owner { true } else { false }
        }?.response
    }
}
