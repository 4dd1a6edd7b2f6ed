/// One step by which a file is made from another one.
public enum DeltaOperation: Hashable, Sendable {
    /// Bytes of the base.
    case copy(offset: UInt64, count: UInt64)
    /// These bytes.
    case literal([UInt8])
    /// So many bytes that come out of these when they are unpacked.
    case packed([UInt8], count: Int)

    /// How many bytes it makes.
    public var count: UInt64 {
        switch self {
        case .copy(_, let count): count
        case .literal(let bytes): UInt64(bytes.count)
        case .packed(_, let count): UInt64(count)
        }
    }
}

/// What a delta may have at most.
public enum DeltaLimits {
    /// The most bytes of one literal, packed or not.
    public static let longestLiteral = 1 << 20
    /// The most operations.
    public static let mostOperations = 1 << 22
    /// The most blocks that a signature may have.
    public static let mostBlocks = 1 << 20
    /// The shortest and the longest block.
    public static let blockLengths = 512...(1 << 17)
}

/// Bytes that are no delta, or no signature, or break a limit.
public enum DeltaFault: Error, Hashable, Sendable {
    /// There is no such operation, or a number that is too long.
    case malformed
    /// A number is larger than its limit.
    case tooLarge
    /// A copy of what the base does not have.
    case outsideBase
    /// The operations make more or fewer bytes than the file has.
    case wrongSize
}
