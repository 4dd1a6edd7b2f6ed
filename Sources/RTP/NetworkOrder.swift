/// Numbers in network byte order. Callers check the count; a wrong offset traps here rather than reads elsewhere.
extension Span<UInt8> {
    @inline(__always)
    func load16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
    }

    @inline(__always)
    func load32(at offset: Int) -> UInt32 {
        UInt32(load16(at: offset)) << 16 | UInt32(load16(at: offset &+ 2))
    }

    @inline(__always)
    func load64(at offset: Int) -> UInt64 {
        UInt64(load32(at: offset)) << 32 | UInt64(load32(at: offset &+ 4))
    }
}

extension MutableSpan<UInt8> {
    @inline(__always)
    mutating func store(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value)
    }

    @inline(__always)
    mutating func store(_ value: UInt32, at offset: Int) {
        store(UInt16(truncatingIfNeeded: value >> 16), at: offset)
        store(UInt16(truncatingIfNeeded: value), at: offset &+ 2)
    }
}
