import Base
import Testing

struct ListSplitterTests {
    @Test(
        arguments: [
            ("", ",", []), ("a", ",", ["a"]), ("a, b ,c", ",", ["a", "b", "c"]), ("a,,b,", ",", ["a", "", "b"]),
            ("'a,b',c", ",", ["a,b", "c"]), ("' a ', b", ",", [" a ", "b"]), ("'a b'  ", ",", ["a b"]),
            ("''", ",", [""]), ("x'a,b'y,c", ",", ["xa,by", "c"]),
            // A quote without a partner is a letter.
            ("don't,x", ",", ["don't", "x"]), ("a\\'b,c", ",", ["a'b", "c"]),
            ("a\\,b,c", ",", ["a,b", "c"]), ("a\\sb\\n\\t\\r,c\\s", ",", ["a b\n\t\r", "c "]),
            ("a\\qb\\\"c\\\\", ",", ["a\\qb\"c\\"]), ("a\\", ",", ["a\\"]),
            ("^^:a,b:c", ",", ["a,b", "c"]), ("^^", ",", ["^^"]), ("^^:", ",", ["^^:"]), ("^^:a", ",", ["a"]),
            ("^^ a  b,c", ",", ["a", "b,c"]), ("^^é1,2", ",", ["\u{FFFD}1,2"]),
            ("  a  b   c ", " ", ["a", "b", "c"]), ("'a b' c", " ", ["a b", "c"]),
            // With spaces as delimiters, an open quote keeps the rest together and a space cannot be escaped.
            ("don't go there", " ", ["don't go there"]), ("a\\ b c", " ", ["a\\ b", "c"]),
        ] as [(String, Character, [String])]
    ) func lists(_ text: String, _ delimiter: Character, _ items: [String]) {
        #expect(ListSplitter.split(text, by: delimiter) == items)
    }

    @Test(
        arguments: [
            ("a,b,c,d", ",", 2, ["a", "b,c,d"]), ("a b c", " ", 2, ["a", "b c"]), ("a,'b,c' ", ",", 2, ["a", "b,c"]),
            ("a,b", ",", 1, ["a,b"]),
        ] as [(String, Character, Int, [String])]
    ) func limits(_ text: String, _ delimiter: Character, _ limit: Int, _ items: [String]) {
        #expect(ListSplitter.split(text, by: delimiter, limit: limit) == items)
    }
}
