/// The sum of a window of bytes that can move on by one byte at little cost: that of rsync, two sums of 16 bits.
struct RollingSum {
    private var low: UInt32 = 0
    private var high: UInt32 = 0

    /// The sum of a whole window.
    init(_ window: UnsafeBufferPointer<UInt8>) {
        for index in window.indices {
            unsafe low &+= UInt32(window[index])
            high &+= low
        }
    }

    /// The sum.
    var value: UInt32 { (high & 0xFFFF) << 16 | (low & 0xFFFF) }

    /// Moves the window on.
    mutating func roll(out: UInt8, in next: UInt8, length: UInt32) {
        low = low &- UInt32(out) &+ UInt32(next)
        high = high &- length &* UInt32(out) &+ low
    }
}
