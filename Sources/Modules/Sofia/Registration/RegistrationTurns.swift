/// Has the REGISTER requests of each phone carried out one after the other, as they came: each may wait for a database, and
/// who leaves must not be overtaken by his own arrival.
///
/// A phone is told by its Call-ID (RFC 3261 §10.3). It is used on the profile's loop.
struct RegistrationTurns {
    /// How many requests of one phone may wait for an earlier one.
    static let limit = 8

    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// What a request is to do.
    enum Turn {
        case now
        case later
        case never
    }

    /// The turn of a request that came now.
    ///
    /// - Returns: `.now`: then ``leave(_:)`` has to follow; `.later`: then it has to ``wait(_:_:)``.
    mutating func enter(_ callID: String) -> Turn {
        guard let others = waiting[callID] else {
            waiting[callID] = []
            return .now
        }
        return others.count < Self.limit ? .later : .never
    }

    /// Notes who goes on when those before have left.
    mutating func wait(_ callID: String, _ next: CheckedContinuation<Void, Never>) {
        waiting[callID, default: []].append(next)
    }

    /// Gives the turn to the next one.
    mutating func leave(_ callID: String) {
        guard let next = waiting[callID]?.first else {
            waiting[callID] = nil
            return
        }
        waiting[callID]?.removeFirst()
        next.resume()
    }
}
