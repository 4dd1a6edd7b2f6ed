/// The two companding laws of ITU-T G.711, sample by sample and by the block.
public enum G711: Sendable {
    /// The μ-law code of a sample.
    @inline(__always)
    public static func encodeMu(_ sample: Int16) -> UInt8 {
        let sign: UInt8 = sample < 0 ? 0x80 : 0
        // The bias makes every segment begin at a power of two; the clip keeps the sum within 15 bits.
        let magnitude = min(Int32(sample).magnitude, 32_635) &+ 0x84
        let exponent = UInt32(24 &- magnitude.leadingZeroBitCount)
        let mantissa = magnitude >> (exponent &+ 3) & 0x0F
        return ~(sign | UInt8(truncatingIfNeeded: exponent << 4 | mantissa))
    }

    /// The sample of a μ-law code.
    public static func decodeMu(_ code: UInt8) -> Int16 {
        let bits = ~code
        let magnitude = ((Int32(bits & 0x0F) << 3) &+ 0x84) << Int32(bits >> 4 & 7) &- 0x84
        return Int16(truncatingIfNeeded: bits & 0x80 != 0 ? -magnitude : magnitude)
    }

    /// The A-law code of a sample.
    @inline(__always)
    public static func encodeA(_ sample: Int16) -> UInt8 {
        let sign: UInt8 = sample < 0 ? 0 : 0x80
        let magnitude = UInt32(truncatingIfNeeded: sample < 0 ? ~Int32(sample) : Int32(sample))
        let exponent = magnitude < 256 ? 0 : UInt32(24 &- magnitude.leadingZeroBitCount)
        let mantissa = exponent == 0 ? magnitude >> 4 : magnitude >> (exponent &+ 3) & 0x0F
        return (sign | UInt8(truncatingIfNeeded: exponent << 4 | mantissa)) ^ 0x55
    }

    /// The sample of an A-law code.
    public static func decodeA(_ code: UInt8) -> Int16 {
        let bits = code ^ 0x55
        let exponent = Int32(bits >> 4 & 7)
        let mantissa = Int32(bits & 0x0F) << 4
        let magnitude = exponent == 0 ? mantissa &+ 8 : (mantissa &+ 0x108) << (exponent &- 1)
        return Int16(truncatingIfNeeded: bits & 0x80 != 0 ? magnitude : -magnitude)
    }

    private static let muSamples = InlineArray<256, Int16> { decodeMu(UInt8(truncatingIfNeeded: $0)) }
    private static let aSamples = InlineArray<256, Int16> { decodeA(UInt8(truncatingIfNeeded: $0)) }
    private static let muToACodes = InlineArray<256, UInt8> { encodeA(decodeMu(UInt8(truncatingIfNeeded: $0))) }
    private static let aToMuCodes = InlineArray<256, UInt8> { encodeMu(decodeA(UInt8(truncatingIfNeeded: $0))) }

    /// The μ-law code of silence.
    public static let muSilence: UInt8 = 0xFF
    /// The A-law code of silence.
    public static let aSilence: UInt8 = 0xD5

    /// Decodes as many codes as both sides hold; gives how many.
    public static func decodeMu(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        let count = min(codes.count, samples.count)
        for index in 0..<count { samples[index] = muSamples[Int(codes[index])] }
        return count
    }

    /// Decodes as many codes as both sides hold; gives how many.
    public static func decodeA(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        let count = min(codes.count, samples.count)
        for index in 0..<count { samples[index] = aSamples[Int(codes[index])] }
        return count
    }

    /// Encodes as many samples as both sides hold; gives how many.
    public static func encodeMu(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) -> Int {
        let count = min(codes.count, samples.count)
        for index in 0..<count { codes[index] = encodeMu(samples[index]) }
        return count
    }

    /// Encodes as many samples as both sides hold; gives how many.
    public static func encodeA(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) -> Int {
        let count = min(codes.count, samples.count)
        for index in 0..<count { codes[index] = encodeA(samples[index]) }
        return count
    }

    /// Turns μ-law codes into A-law codes where they are: one table look-up a byte.
    public static func convertMuToA(_ codes: inout MutableSpan<UInt8>) {
        for index in 0..<codes.count { codes[index] = muToACodes[Int(codes[index])] }
    }

    /// Turns A-law codes into μ-law codes where they are: one table look-up a byte.
    public static func convertAToMu(_ codes: inout MutableSpan<UInt8>) {
        for index in 0..<codes.count { codes[index] = aToMuCodes[Int(codes[index])] }
    }
}
