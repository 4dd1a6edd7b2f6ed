/// Writes operations as bytes: a letter, numbers of seven bits at a time with the lowest first, and the bytes of literals.
public enum DeltaWriter {
    static let copy: UInt8 = 1
    static let literal: UInt8 = 2
    static let packed: UInt8 = 3
    static let end: UInt8 = 0

    /// The bytes of an operation.
    public static func bytes(_ operation: DeltaOperation) -> [UInt8] {
        var output: [UInt8] = []
        switch operation {
        case .copy(let offset, let count):
            output.append(copy)
            append(offset, to: &output)
            append(count, to: &output)
        case .literal(let bytes):
            output.reserveCapacity(bytes.count + 6)
            output.append(literal)
            append(UInt64(bytes.count), to: &output)
            output += bytes
        case .packed(let bytes, let count):
            output.reserveCapacity(bytes.count + 11)
            output.append(packed)
            append(UInt64(count), to: &output)
            append(UInt64(bytes.count), to: &output)
            output += bytes
        }
        return output
    }

    /// The byte after the last operation.
    public static let ending: [UInt8] = [end]

    static func append(_ number: UInt64, to output: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: rest))
    }
}
