import SwitchCore
import Testing

/// The texts that say which keys are sent, and how long each is.
struct KeyRunTests {
    @Test(arguments: [
        ("1234", "1234/250"), ("12@100", "12/100"), ("1w2W#@80", "1w2W#/80"), ("12@100+*@200", "12/100 */200"),
        ("7+8@60", "7/250 8/60"),
        // What is no length, or too short for one, is the usual one; what is too long is the longest.
        ("5@50", "5/250"), ("5@51", "5/51"), ("5@", "5/250"), ("5@long", "5/250"), ("5@-100", "5/250"),
        ("5@100ms", "5/100"),
        ("5@99999999999999999999", "5/250"), ("5@30000", "5/24000"), ("5@1@2", "5/250"), ("@100", "/100"),
        ("", ""), ("++", ""),
    ])
    func reads(_ text: String, _ expected: String) {
        let runs = KeyRun.reading(text, lengths: KeyLengths())
        #expect(runs.map { "\($0.keys)/\($0.milliseconds)" }.joined(separator: " ") == expected)
    }

    /// What operators allow counts for what is written, too.
    @Test(arguments: [("5@60", "100"), ("5@120", "120"), ("5@500", "300"), ("5", "200")])
    func keepsToWhatIsAllowed(_ text: String, _ expected: String) {
        var lengths = KeyLengths()
        lengths.setUsual(1600)
        lengths.setMinimum(800)
        lengths.setMaximum(2400)
        #expect(KeyRun.reading(text, lengths: lengths).map { "\($0.milliseconds)" } == [expected])
    }

    /// A text cannot ask for any number of runs.
    @Test func runsHaveALimit() {
        let text = Array(repeating: "1", count: 1000).joined(separator: "+")
        #expect(KeyRun.reading(text, lengths: KeyLengths()).count == 64)
    }
}
