import Base
import Testing

/// Bytes as text and back (RFC 4648 §4, with the texts of §10).
struct Base64Tests {
    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    ) func textsOfTheRFC(plain: String, encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
    }

    @Test func everyByte() {
        let bytes = Array(UInt8.min ... .max) + [0xFB, 0xEF, 0xFF]
        #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }

    /// Lines may be broken, and the padding may be missing; anything else is refused.
    @Test(
        arguments: [
            ("Zm9v\r\nYmFy\n", "foobar"), (" Z g = = ", "f"), ("Zg", "f"), ("Zm8", "fo"), ("Zg=", "f"),
            ("Z", nil), ("Zm9vY", nil), ("Zg===", nil), ("Zg==Zg==", nil), ("Zm9v-_", nil), ("Zm9v!", nil),
            ("Zm9v\0", nil), ("Zü==", nil),
        ] as [(String, String?)]
    ) func otherTexts(encoded: String, plain: String?) {
        #expect(Base64.decode(encoded.utf8) == plain.map { Array($0.utf8) })
    }
}
