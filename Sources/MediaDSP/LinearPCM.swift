/// Samples as L16 carries them: 16 bits in network byte order (RFC 3551 §4.5.11).
public enum LinearPCM: Sendable {
    /// Reads samples and gives how many there were; a trailing odd byte is ignored.
    public static func decode(_ bytes: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        let count = min(bytes.count / 2, samples.count)
        for index in 0..<count {
            let bits = UInt16(bytes[index &* 2]) << 8 | UInt16(bytes[index &* 2 &+ 1])
            samples[index] = Int16(bitPattern: bits)
        }
        return count
    }

    /// Writes as many samples as fit; gives how many bytes that made.
    public static func encode(_ samples: Span<Int16>, into bytes: inout MutableSpan<UInt8>) -> Int {
        let count = min(bytes.count / 2, samples.count)
        for index in 0..<count {
            let bits = UInt16(bitPattern: samples[index])
            bytes[index &* 2] = UInt8(truncatingIfNeeded: bits >> 8)
            bytes[index &* 2 &+ 1] = UInt8(truncatingIfNeeded: bits)
        }
        return count &* 2
    }
}
