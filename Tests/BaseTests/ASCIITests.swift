import Base
import Testing

struct ASCIITests {
    @Test(arguments: [
        ("message-summary", true), ("refer;id=7", true), ("!", true), ("~", true), ("", true),
        ("a b", false), (" a", false), ("a\t", false), ("a\r\n", false), ("\u{0}", false), ("\u{1F}", false),
        ("a\u{7F}", false), ("\u{80}", false), ("é", false), ("ａ", false), ("📞", false),
    ])
    func visible(_ text: String, _ expected: Bool) {
        #expect(text.isVisibleASCII == expected)
        #expect(text[...].isVisibleASCII == expected)
    }
}
