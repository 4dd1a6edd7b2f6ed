import Testing
import XMLConfig

@testable import XMLHandler

/// How texts of tables are read.
struct TextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a & b", "a & b"), ("R&amp;D", "R&D"), ("&lt;x&gt;", "<x>"), ("&#36;{uuid}", "${uuid}"),
        ("&#36;{x}", "{x}"), ("$${x} $1", "{x} 1"), ("${uuid}${x}", "${uuid}{x}"), ("&nosuch;", "&nosuch;"), ("&", "&"),
        ("&#x41;&#0;", "A&#0;"), ("", ""),
    ])
    func values(text: String, expected: String) {
        #expect(TableText.safe(text, keeping: ["{uuid}"]) == expected)
    }

    @Test(arguments: [
        ("$${a}", "1"), ("$${b}", "{b}"), ("x$${a}y$${a}z", "x1y1z"), ("$${a", "{a"), ("${a}", "{a}"), ("$${c}", "{d}"),
    ])
    func globals(text: String, expected: String) {
        let globals = ["a": "1", "c": "${d}"]
        #expect(TableText.expandingGlobals(text, { globals[$0] }, keeping: []) == expected)
    }

    @Test(arguments: [
        ("t", "true", "true"), ("1", "true", "true"), ("true", "true", "true"), ("f", "false", ""), ("0", "false", ""),
        ("false", "false", "false"), ("", "", ""), (nil, "", ""),
    ])
    func booleans(value: String?, truth: String, flag: String) {
        let row = TableRow(["x": value])
        #expect(row.truth("x") == truth)
        #expect(row.flag("x") == flag)
    }

    @Test func fieldsThatAreTooLongAreNone() {
        let long = String(repeating: "x", count: XMLQuestion.fieldLimit + 1)
        let question = XMLQuestion(
            section: .directory,
            value: "",
            fields: [("User", "1"), ("user", "2"), ("long", long), ("empty", ""), ("domain_name", "d")]
        )
        #expect(question["user"] == "1")
        #expect(question["long"] == nil && question["empty"] == nil && question["none"] == nil)
        #expect(question.domain == "d")
    }
}
