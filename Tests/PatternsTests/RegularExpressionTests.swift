import Patterns
import Testing

struct RegularExpressionTests {
    @Test(arguments: [
        // Bare expressions are not anchored; an empty one matches everything.
        ("1000", "x10005", true), ("^1000$", "1000", true), ("^1000$", "10000", false), ("^1000$", "1000\n", true),
        ("^1000$", "1000\n\n", false), ("", "anything", true), ("", "", true), ("^$", "", true), ("^$", "x", false),
        ("^", "", true),
        // /re/flags
        ("/ABC/", "xabcx", false), ("/ABC/i", "xabcx", true), ("/a.c/", "a\nc", false), ("/a.c/s", "a\nc", true),
        ("/^b$/m", "a\nb\nc", true), ("/a b # x/x", "ab", true), ("/a/b/", "xa/bx", true), ("/a/zzz", "a", true),
        // _pattern
        ("_NXXNXXXXXX", "2125551234", true), ("_NXXNXXXXXX", "1125551234", false), ("_9Z.", "9123", true),
        ("_9Z.", "903", false), ("_9.", "9", true), ("_1000", "x1000", false), ("_[13]X", "35", true),
        // Prefilter edges: quantifiers, groups, alternation, escapes, classes.
        ("^12?", "1", true), ("^12*3", "13", true), ("^12+", "12", true), ("^12+", "13", false), ("^1{2}", "11", true),
        ("^1{0}2", "2", true), ("^\\+?1", "1", true), ("^\\+1", "+1", true), ("^\\*9", "*9", true),
        ("^\\d1", "51", true),
        ("^a|b", "xb", true), ("^(a|b)c", "bc", true), ("^(10)(\\d\\d)$", "1055", true), ("^(10)?5", "5", true),
        ("^(10)+5", "10105", true), ("^(1(0))5$", "105", true), ("^(1(0)?)5$", "15", true), ("^([)]1)?2", "2", true),
        ("^([[:digit:])]1)?2", "2", true), ("^(a[^)]?b)x", "abx", true), ("^(?:a)?b", "b", true), ("^(?i)a", "A", true),
        ("^a(?i)b", "aB", true), ("^\\Qa.\\Eb", "a.b", true), ("^ab\\E?c", "ac", true), ("^a(?#c)?b", "b", true),
        ("^é$", "é", true), ("^é?a", "\u{C3}a", false), ("^a.$", "a", false), ("^a\\.$", "a.", true),
        ("^\\x41", "A", true), ("^a$b", "a", false), ("^()1", "1", true), ("^(", "(", false),
    ])
    func table(_ expression: String, _ subject: String, _ expected: Bool) {
        let kept = try? RegularExpression(expression: expression)
        let transient = try? RegularExpression(expression: expression, isKept: false)
        #expect(kept?.matches(subject) ?? false == expected)
        #expect(transient?.matches(subject) ?? false == expected)
        // The prefilter must agree with the matcher: an option disables it.
        if !expression.hasPrefix("/"), !expression.hasPrefix("_") {
            let unfiltered = try? RegularExpression(pattern: expression, options: [.dotMatchesAll])
            #expect(unfiltered?.matches(subject) ?? false == expected)
        }
    }

    @Test func captures() throws {
        let match = try #require(try RegularExpression(expression: "(\\d)(x)?(\\d+)").firstMatch(in: "é: 1234"))
        #expect(match.ranges == [4..<8, 4..<5, nil, 5..<8])
        #expect(match.captures == ["1234", "1", "", "234"])
        #expect(try RegularExpression(expression: "a").firstMatch(in: "b") == nil)
        let many = String(repeating: "(a)", count: 200)
        let text = String(repeating: "a", count: 200)
        #expect(try RegularExpression(expression: many).firstMatch(in: text)?.ranges.count == 64)
        #expect(try RegularExpression(pattern: "a\\Kb").firstMatch(in: "ab")?.captures == ["b"])
    }

    @Test(arguments: [
        "(", "[a", "a{2,1}", "*a", "/unclosed", "/", "\\", "(?<n", String(repeating: "(", count: 5000),
        String(repeating: "a", count: 20_000), "((((a{1,1000}){1,1000}){1,1000}))", "\\C",
    ])
    func invalid(_ expression: String) {
        #expect(throws: RegularExpressionError.self) { try RegularExpression(expression: expression) }
    }

    @Test(arguments: ["^(a+)+$", "^(a|aa)+$", "(.*)*(.*)*(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:(?:a?){40}){40}b"])
    func catastrophicExpressionsGiveUp(_ expression: String) throws {
        let subject = String(repeating: "a", count: 5000) + "!"
        for isKept in [true, false] {
            let compiled = try RegularExpression(expression: expression, isKept: isKept)
            #expect(!compiled.matches(subject))
        }
    }

    @Test func manyThreadsShareOne() async throws {
        let expression = try RegularExpression(expression: "^(\\d+)-(\\d+)$")
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<500).allSatisfy { turn in
                        (try? expression.firstMatch(in: "\(task)-\(turn)"))??.captures == [
                            "\(task)-\(turn)", "\(task)", "\(turn)",
                        ]
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
