import Testing

@testable import Console

/// Characters as a terminal sends them, byte by byte.
struct UTF8CharacterTests {
    @Test(
        arguments: [
            ([0x61], "a"), ([0x0A], "\n"), ([0xC3], nil), ([0xC3, 0xA4], "ä"), ([0xE2, 0x82], nil),
            ([0xE2, 0x82, 0xAC], "€"),
            ([0xF0, 0x9F, 0x93], nil), ([0xF0, 0x9F, 0x93, 0x9E], "📞"), ([0xFF], nil), ([0x80], nil), ([], nil),
        ] as [([UInt8], Unicode.Scalar?)]
    )
    func isThere(_ bytes: [UInt8], _ scalar: Unicode.Scalar?) {
        #expect(UTF8Character.scalar(bytes) == scalar)
    }
}
