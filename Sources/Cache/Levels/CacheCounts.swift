/// What a cache has done so far.
public struct CacheCounts: Hashable, Sendable {
    /// Found in memory.
    public var memory = 0
    /// Known in memory to be nothing.
    public var negative = 0
    /// Given although it was to be loaded again.
    public var stale = 0
    /// Found in the servers.
    public var remote = 0
    /// Loaded.
    public var loads = 0
    /// Loading failed.
    public var failures = 0
    /// Waited for what somebody else was loading.
    public var joined = 0
    /// Not loaded, because the source had asked for too much that there is not.
    public var refused = 0
    /// Forgotten because somebody said so.
    public var forgotten = 0

    /// Nothing so far.
    public init() {}
}

/// Why there is no answer.
public enum CacheFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Too much is being loaded already.
    case tooManyLoads
    /// Too much is being loaded already for the one that asks.
    case tooManyLoadsOfSource
    /// Whoever asks has asked for too much that there is not: whether there is this is not looked up.
    case tooMuchUnknown

    /// What an operator reads.
    public var description: String {
        switch self {
        case .tooManyLoads: "too many look-ups are waiting for the database"
        case .tooManyLoadsOfSource: "too many look-ups of the same address are waiting for the database"
        case .tooMuchUnknown: "too much was asked for that there is not"
        }
    }
}

/// What a cache has to know about the things in it.
public struct CacheCodec<Value: Sendable>: Sendable {
    /// Something as bytes for the servers.
    public var encode: @Sendable (Value) -> [UInt8]
    /// Something from the bytes; `nil` for what cannot be used.
    public var decode: @Sendable ([UInt8]) -> Value?
    /// The same for what is shared with other programs.
    public var encodeShared: @Sendable (Value) -> [UInt8]?
    /// What other programs have stored.
    public var decodeShared: @Sendable ([UInt8]) -> Value?
    /// What it is forgotten with, beside the group of its key.
    public var tags: @Sendable (Value) -> [String]
    /// About how many bytes it has in memory.
    public var cost: @Sendable (Value) -> Int

    /// A codec that shares nothing.
    public init(
        encode: @escaping @Sendable (Value) -> [UInt8],
        decode: @escaping @Sendable ([UInt8]) -> Value?,
        encodeShared: @escaping @Sendable (Value) -> [UInt8]? = { _ in nil },
        decodeShared: @escaping @Sendable ([UInt8]) -> Value? = { _ in nil },
        tags: @escaping @Sendable (Value) -> [String] = { _ in [] },
        cost: @escaping @Sendable (Value) -> Int = { _ in 0 }
    ) {
        (self.encode, self.decode, self.tags, self.cost) = (encode, decode, tags, cost)
        (self.encodeShared, self.decodeShared) = (encodeShared, decodeShared)
    }
}
