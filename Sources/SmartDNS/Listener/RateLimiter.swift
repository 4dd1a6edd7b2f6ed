import Base

/// Limits how much a network gets, for whoever writes somebody else's address on questions has them flooded.
struct RateLimiter: Sendable {
    /// How many networks are told apart; when there are more, all begin anew.
    static let maximumNetworks = 65_536
    /// Of how many refusals one is an invitation to come over a connection, which nobody can forge.
    private static let slip = 2

    /// What becomes of an answer.
    enum Verdict: Hashable, Sendable {
        /// It is sent.
        case answer
        /// It is sent without anything in it.
        case truncate
        /// It is not sent.
        case drop
    }

    private struct Bucket {
        var tokens: Double
        var filled: MonotonicInstant
        var refused = 0
    }

    /// Answers in a second; 0 for as many as are asked for.
    let rate: Int
    private var buckets: [NetworkKey: Bucket] = [:]

    init(rate: Int) {
        self.rate = rate
    }

    mutating func take(_ address: IPAddress, at now: MonotonicInstant) -> Verdict {
        guard rate > 0 else { return .answer }
        // /24 and /56.
        let key = NetworkKey(address, level: address.family == .v4 ? 4 : 5)
        if buckets.count >= Self.maximumNetworks, buckets[key] == nil { buckets.removeAll(keepingCapacity: true) }
        var bucket = buckets[key] ?? Bucket(tokens: Double(rate), filled: now)
        let elapsed = max(0, (now - bucket.filled) / .seconds(1))
        bucket.tokens = min(Double(rate), bucket.tokens + elapsed * Double(rate))
        bucket.filled = now
        defer { buckets[key] = bucket }
        if bucket.tokens >= 1 {
            bucket.tokens -= 1
            return .answer
        }
        bucket.refused &+= 1
        return bucket.refused % Self.slip == 0 ? .truncate : .drop
    }
}
