import SIP
import Testing

struct ReplacesTests {
    @Test(arguments: [
        ("a@h;to-tag=1;from-tag=2", "a@h 1 2"), (" a@h ; from-tag=2 ;to-tag=1;early-only", "a@h 1 2 early"),
        ("a;to-tag=1", nil), ("a;from-tag=1", nil), ("a", nil), ("", nil), (";to-tag=1;from-tag=2", nil),
        ("a;to-tag=;from-tag=2", nil), ("a;to-tag;from-tag=2", nil),
    ])
    func values(_ text: String, _ expected: String?) {
        let value = Replaces(text).map {
            "\($0.callID) \($0.localTag) \($0.remoteTag)\($0.isEarlyOnly ? " early" : "")"
        }
        #expect(value == expected)
    }
}
