import Base
import Testing

struct JSONValueTests {
    private func read(_ text: String) -> JSONValue? { JSONValue(parsing: Array(text.utf8)) }

    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)), ("0", .number(0)),
        ("-12.5e1", .number(-125)), ("1E+2", .number(100)), ("\"\"", .string("")),
        (#""a\"\\\/\b\f\n\r\tü\u00e9\ud83d\ude00""#, .string("a\"\\/\u{8}\u{c}\n\r\tüé😀")), ("[]", .array([])),
        ("[1, [2] ,\"x\"]", .array([.number(1), .array([.number(2)]), .string("x")])), ("{}", .object([])),
        (
            "{\"a\": {\"b\":null} ,\"c\":1}",
            .object([
                .init(name: "a", value: .object([.init(name: "b", value: .null)])), .init(name: "c", value: .number(1)),
            ])
        ),
    ]) func values(text: String, value: JSONValue) {
        #expect(read(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "truex", "01", "-", "1.", ".5", "1e", "+1", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"", "\"\\udc00\"", "\"\n\"", "[", "[1", "[1,]", "[,]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{a:1}",
        "1 2", "[]]", "1e999",
    ]) func noValues(text: String) {
        #expect(read(text) == nil)
    }

    @Test func bounds() {
        let deep =
            String(repeating: "[", count: JSONValue.maximumDepth)
            + String(repeating: "]", count: JSONValue.maximumDepth)
        #expect(read(deep) != nil)
        #expect(read("[[" + deep + "]]") == nil)
        #expect(read("\"" + String(repeating: "a", count: JSONValue.maximumLength) + "\"") == nil)
        #expect(JSONValue(parsing: [0x22, 0xFF, 0x22]) == nil)
    }

    @Test func access() {
        let value = read("{\"a\":1,\"b\":\"7\",\"c\":true,\"a\":2.5,\"d\":{}}")
        #expect(value?["a"]?.text == "2.5")
        #expect(value?["a"]?.integer == nil)
        #expect(value?["b"]?.integer == 7)
        #expect(value?["c"]?.truth == true)
        #expect(value?["c"]?.text == "true")
        #expect(value?["d"]?.text == nil)
        #expect(value?["x"] == nil)
    }
}
