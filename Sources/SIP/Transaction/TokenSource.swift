import Crypto

/// Random numbers for tags, branches, Call-IDs and delays: unpredictable to peers who see some of them, and the same
/// again from the same seed.
///
/// Each block is SHA-256 over the secret seed and a counter.
struct TokenSource: RandomNumberGenerator, Sendable {
    private let seed: [UInt8]
    private var counter: UInt64 = 0
    private var block: [UInt8] = []

    init(seed: [UInt8]) {
        self.seed = Array(SHA256.hash(data: seed))
    }

    mutating func next() -> UInt64 {
        if block.isEmpty {
            counter &+= 1
            var hash = SHA256()
            hash.update(data: seed)
            hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: counter >> (8 * UInt64($0))) })
            block = Array(hash.finalize())
        }
        let number = block.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        block.removeLast(min(8, block.count))
        return number
    }
}
