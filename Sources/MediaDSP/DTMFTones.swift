/// The frequency pairs of keys (ITU-T Q.23) and their recognition in audio (Q.24).
public enum DTMFTones: Sendable {
    static let rows: InlineArray<4, Double> = [697, 770, 852, 941]
    static let columns: InlineArray<4, Double> = [1209, 1336, 1477, 1633]
    static let keys: InlineArray<16, UInt8> = [
        0x31, 0x32, 0x33, 0x41, 0x34, 0x35, 0x36, 0x42, 0x37, 0x38, 0x39, 0x43, 0x2A, 0x30, 0x23, 0x44,
    ]

    /// The two frequencies of a key, given as an ASCII character in either case; `nil` for anything else.
    public static func frequencies(of key: UInt8) -> (low: Double, high: Double)? {
        let folded = key >= 0x61 && key <= 0x64 ? key &- 0x20 : key
        for index in 0..<16 where keys[index] == folded {
            return (rows[index / 4], columns[index % 4])
        }
        return nil
    }

    /// The key whose tones a block holds, if there is one; 20 to 50 ms make a good block.
    ///
    /// Both tones together must carry nearly all of the energy and be of similar strength, so that speech is not
    /// taken for a key; how long a key must last is the caller's to decide.
    public static func key(in samples: Span<Int16>, rate: Int) -> UInt8? {
        guard Level.meanAmplitude(samples) > 300 else { return nil }
        let (row, low) = strongest(rows, samples, rate)
        let (column, high) = strongest(columns, samples, rate)
        guard low + high > 0.7, low > 0.1, high > 0.1 else { return nil }
        return keys[row &* 4 &+ column]
    }

    private static func strongest(
        _ frequencies: InlineArray<4, Double>,
        _ samples: Span<Int16>,
        _ rate: Int
    ) -> (index: Int, share: Double) {
        var best = (index: 0, share: 0.0)
        for index in 0..<4 {
            let share = Goertzel(frequency: frequencies[index], rate: rate).share(of: samples)
            if share > best.share { best = (index, share) }
        }
        return best
    }
}
