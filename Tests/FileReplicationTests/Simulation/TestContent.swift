import FileReplication

/// A hash for tests: the core never computes one, it only compares.
func testHash(_ bytes: some Collection<UInt8>) -> ContentHash {
    var state: [UInt64] = [0xCBF2_9CE4_8422_2325, 0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, UInt64(bytes.count)]
    var word: UInt64 = 0
    var filled = 0
    func mix() {
        for lane in 0..<4 {
            state[lane] = (state[lane] ^ word) &* (0x0100_0000_01B3 &+ UInt64(lane) &* 2)
            state[lane] ^= state[lane] >> 29
        }
        word = 0
    }
    for byte in bytes {
        word = word << 8 | UInt64(byte)
        filled += 1
        if filled & 7 == 0 { mix() }
    }
    mix()
    var hash: [UInt8] = []
    for lane in state {
        var value = lane
        for _ in 0..<8 {
            hash.append(UInt8(truncatingIfNeeded: value >> 56))
            value <<= 8
        }
    }
    guard let hash = ContentHash(hash) else { preconditionFailure("32 bytes are a hash") }
    return hash
}

/// A path that a test writes down.
func path(_ text: String) -> TreePath {
    guard let path = try? TreePath(text) else { preconditionFailure("\(text) is no path") }
    return path
}
