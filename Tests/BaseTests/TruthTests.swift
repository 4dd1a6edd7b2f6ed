import Base
import Testing

struct TruthTests {
    @Test(arguments: [
        ("yes", true), ("ON", true), ("True", true), ("t", true), ("Enabled", true), ("active", true), ("allow", true),
        ("1", true), ("-1", true), ("+2", true), ("42", true), ("010", true), ("1.5", true), ("1.2.3", true),
        ("99999999999999999999", true),
        ("no", false), ("", false), ("0", false), ("00", false), ("-0", false), ("0.0", false), ("0.5", false),
        (".5", false), ("-", false), (".", false), ("y", false), ("1x", false), ("false", false), ("truely", false),
        (" yes", false), ("²", false),
    ])
    func truth(_ text: String, _ expected: Bool) {
        #expect(text.isTrueSetting == expected)
        #expect(text[...].isTrueSetting == expected)
    }
}
