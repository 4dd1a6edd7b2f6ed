/// Up to 24 bytes in three words, so that short names are compared and hashed as numbers.
struct PackedText: Equatable, Sendable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private(set) var count = 0

    /// The longest text that fits.
    static let capacity = 24

    init() {}

    /// The text's bytes; what is beyond the capacity makes it equal to no known name.
    init(_ text: String) {
        for byte in text.utf8 { append(byte) }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        switch count &>> 3 {
        case 0: first = first &<< 8 | UInt64(byte)
        case 1: second = second &<< 8 | UInt64(byte)
        case 2: third = third &<< 8 | UInt64(byte)
        default: break
        }
        count &+= 1
    }

    /// Eight well-mixed bits.
    var slot: Int {
        let mixed = (first ^ (second &* 0x9E37_79B9_7F4A_7C15) ^ (third &* 0xC2B2_AE3D_27D4_EB4F)) &+ UInt64(count)
        return Int(truncatingIfNeeded: (mixed &* 0xFF51_AFD7_ED55_8CCD) &>> 56)
    }
}
