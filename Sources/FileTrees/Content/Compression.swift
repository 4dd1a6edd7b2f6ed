import CZstd

/// Packs pieces of a file, as long as that is worth it: recordings hardly become shorter, and are soon left alone.
public struct PieceCompressor: Sendable {
    /// The shortest piece that is tried.
    static let shortestPiece = 256
    /// The most pieces that go as they are before the next one is tried.
    static let mostSkipped = 256
    /// zstd's level: the fastest of the usual ones.
    private static let level: Int32 = 1

    private var skipping = 0
    private var penalty = 4

    /// For one file.
    public init() {}

    /// A piece as it is, or packed when it becomes shorter by an eighth at least.
    public mutating func pack(_ bytes: [UInt8]) -> DeltaOperation {
        guard bytes.count >= Self.shortestPiece, bytes.count <= DeltaLimits.longestLiteral else {
            return .literal(bytes)
        }
        guard skipping == 0 || Self.looksEmpty(bytes) else {
            skipping -= 1
            return .literal(bytes)
        }
        guard let packed = Self.compress(bytes), packed.count <= bytes.count - bytes.count / 8 else {
            skipping = penalty
            penalty = min(penalty * 2, Self.mostSkipped)
            return .literal(bytes)
        }
        penalty = 4
        return .packed(packed, count: bytes.count)
    }

    /// How many bytes are looked at to see whether there are only zeros.
    private static let samples = 64

    /// Whether it may be of a hole: that becomes short, whatever the rest of the file does.
    private static func looksEmpty(_ bytes: [UInt8]) -> Bool {
        let step = max(1, bytes.count / samples)
        return stride(from: bytes.count - 1, to: step, by: -step).allSatisfy { bytes[$0] == 0 }
    }

    /// The packed bytes; `nil` when they are not shorter.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var result = 0
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            result = unsafe bytes.withUnsafeBytes { input in
                unsafe ZSTD_compress(output.baseAddress, output.count, input.baseAddress, input.count, level)
            }
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        return packed.isEmpty ? nil : packed
    }

    /// A peer's packed bytes; `nil` when they are no such, or not exactly so many come out.
    public static func unpack(_ packed: [UInt8], count: Int) -> [UInt8]? {
        guard count > 0, count <= DeltaLimits.longestLiteral else { return nil }
        // All goes into the output, so that no peer can ask for a window that takes more memory.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            let result = unsafe packed.withUnsafeBytes { input in
                unsafe ZSTD_decompress(output.baseAddress, count, input.baseAddress, input.count)
            }
            filled = ZSTD_isError(result) == 0 && result <= count ? result : 0
        }
        return bytes.count == count ? bytes : nil
    }
}
