/// The 96 random bits by which a response finds its request (RFC 8489 §5).
public struct STUNTransactionID: Hashable, Sendable {
    /// The first 32 bits.
    public let high: UInt32
    /// The other 64 bits.
    public let low: UInt64

    /// An identifier of given bits.
    public init(high: UInt32, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// An identifier that nobody can guess, when the generator is the system's.
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }
}
