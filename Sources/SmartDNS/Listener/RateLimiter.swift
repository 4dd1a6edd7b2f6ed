import Base
import DNSMessage

/// Limits how often a network gets the same thing, for whoever writes somebody else's address on questions has them
/// flooded with it, while a resolver that many use asks for many things.
struct RateLimiter: Sendable {
    /// How many pairs of a network and what it gets are told apart.
    static let maximumBuckets = 65_536
    /// How many places a pair may have among them.
    private static let ways = 8
    /// Of how many refusals one is an invitation to come again with proof of the address.
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

    /// What somebody gets.
    enum Outcome: Hashable, Sendable {
        /// Something about a name.
        case name(DomainName)
        /// That there is none of the name that is asked for in a zone: of those there are as many as anybody likes.
        case noName(DomainName)
        /// Nothing.
        case refusal
    }

    private struct Bucket {
        /// Whose it is; 0 for nobody's.
        var key: UInt64 = 0
        var tokens: Float = 0
        var refused: UInt32 = 0
        var filled = MonotonicInstant.zero
    }

    var rates: ResponseRates
    // Whoever does not know this cannot choose networks that get into each other's way.
    private let seed: UInt64
    private var buckets: [Bucket] = []

    init(rates: ResponseRates, seed: UInt64) {
        (self.rates, self.seed) = (rates, seed)
    }

    mutating func take(_ address: IPAddress, _ outcome: Outcome, at now: MonotonicInstant) -> Verdict {
        guard rates.isLimited(address) else { return .answer }
        if buckets.isEmpty { buckets = Array(repeating: Bucket(), count: Self.maximumBuckets) }
        let key = key(address, outcome)
        let place = place(key, at: now)
        var bucket = buckets[place]
        bucket.tokens = tokens(bucket, at: now)
        bucket.filled = now
        defer { buckets[place] = bucket }
        if bucket.tokens >= 1 {
            bucket.tokens -= 1
            return .answer
        }
        bucket.refused &+= 1
        return bucket.refused % UInt32(Self.slip) == 0 ? .truncate : .drop
    }

    private func tokens(_ bucket: Bucket, at now: MonotonicInstant) -> Float {
        let elapsed = Float(max(0, (now - bucket.filled) / .seconds(1)))
        return min(Float(rates.perSecond), bucket.tokens + elapsed * Float(rates.perSecond))
    }

    /// Where a pair is, or gets its place: in that of one who has waited longest for what they may have, of whom nothing
    /// is lost; who is being flooded keeps theirs.
    private mutating func place(_ key: UInt64, at now: MonotonicInstant) -> Int {
        let first = Int(truncatingIfNeeded: key >> 32) & (Self.maximumBuckets - 1) & ~(Self.ways - 1)
        var (fullest, most) = (first, Float(-1))
        for place in first..<(first + Self.ways) {
            if buckets[place].key == key { return place }
            let tokens = buckets[place].key == 0 ? Float.infinity : tokens(buckets[place], at: now)
            if tokens > most { (fullest, most) = (place, tokens) }
        }
        buckets[fullest] = Bucket(key: key, tokens: Float(rates.perSecond), filled: now)
        return fullest
    }

    private func key(_ address: IPAddress, _ outcome: Outcome) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(seed)
        // /24 and /56.
        hasher.combine(NetworkKey(address, level: address.family == .v4 ? 4 : 5))
        hasher.combine(outcome)
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1
    }
}
