import Base
import Glibc

/// Descriptors that something may be read from.
///
/// `pselect` waits by the nanosecond, which `poll` does not.
struct DescriptorSet {
    private var set = fd_set()
    private var last: Int32 = -1

    /// Adds one, if it has a place (`FD_SETSIZE`).
    mutating func insert(_ descriptor: Int32) {
        let (byte, bit) = (Int(descriptor) / 8, UInt8(1) << UInt8(descriptor % 8))
        guard descriptor >= 0, byte < MemoryLayout<fd_set>.size else { return }
        withUnsafeMutableBytes(of: &set) { $0[byte] |= bit }
        last = max(last, descriptor)
    }

    /// Whether it is there.
    func contains(_ descriptor: Int32) -> Bool {
        let byte = Int(descriptor) / 8
        guard descriptor >= 0, byte < MemoryLayout<fd_set>.size else { return false }
        return withUnsafeBytes(of: set) { $0[byte] & UInt8(1) << UInt8(descriptor % 8) != 0 }
    }

    /// Leaves those that something can be read from, after some time at most.
    mutating func wait(until deadline: MonotonicInstant?) {
        let nanoseconds = deadline.map { max(0, ($0 - .now).wholeNanoseconds) } ?? 1_000_000_000
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        if pselect(last + 1, &set, nil, nil, &time, nil) <= 0 { self = DescriptorSet() }
    }
}
