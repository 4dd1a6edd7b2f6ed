/// What stands for many records when two nodes compare theirs: 128 bits, added up, so that a change costs one subtraction
/// and one sum on the way to the root.
///
/// It finds differences between nodes that mean well. Peers are authenticated, and a peer that forges equality only hides
/// its own changes.
public struct EntryDigest: Hashable, Sendable {
    /// Half of the bits.
    public var high: UInt64
    /// The other half.
    public var low: UInt64

    /// The digest of nothing.
    public static let zero = Self(high: 0, low: 0)

    static func + (left: Self, right: Self) -> Self {
        Self(high: left.high &+ right.high, low: left.low &+ right.low)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(high: left.high &- right.high, low: left.low &- right.low)
    }
}

/// Makes an ``EntryDigest`` of words and names.
struct DigestMixer {
    private var high: UInt64 = 0x243F_6A88_85A3_08D3
    private var low: UInt64 = 0x1319_8A2E_0370_7344

    var digest: EntryDigest { EntryDigest(high: high, low: low) }

    mutating func add(_ word: UInt64) {
        high = Self.scatter(high ^ word)
        low = Self.scatter((low &+ word) ^ 0xA409_3822_299F_31D0)
    }

    mutating func add(_ bytes: some Collection<UInt8>) {
        var word: UInt64 = 0
        var filled = 0
        for byte in bytes {
            word = word << 8 | UInt64(byte)
            filled += 1
            if filled & 7 == 0 {
                add(word)
                word = 0
            }
        }
        add(word)
        add(UInt64(filled))
    }

    /// The last steps of SplitMix64.
    private static func scatter(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Where a name belongs among 2^`bits` buckets.
    static func bucket(of name: some Collection<UInt8>, bits: Int) -> Int {
        var mixer = Self()
        mixer.add(name)
        return Int(truncatingIfNeeded: mixer.high & ((1 << UInt64(bits)) - 1))
    }
}

extension FileRecord {
    /// Stands for the record under its name: the dots say what the versions are.
    func digest(name: some Collection<UInt8>) -> EntryDigest {
        var mixer = DigestMixer()
        mixer.add(name)
        for dot in context.entries {
            mixer.add(dot.node.number)
            mixer.add(dot.counter)
        }
        for version in versions {
            mixer.add(version.dot.node.number)
            mixer.add(version.dot.counter)
        }
        return mixer.digest
    }
}
