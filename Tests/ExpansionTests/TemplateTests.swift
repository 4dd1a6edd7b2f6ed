import SwitchCore
import Testing

/// A scope over a table, with a few API commands.
private final class TableScope: ExpansionScope {
    var variables = Variables()
    var calls: [String] = []

    func variable(_ name: String, index: Int?) -> String? {
        guard let index else { return variables[name] }
        return variables.element(index, of: name)
    }

    func callAPI(_ name: String, arguments: String) async -> String? {
        calls.append("\(name)|\(arguments)")
        switch name {
        case "echo": return arguments
        case "lines": return arguments + "\n"
        case "expression": return "${number}"
        default: return nil
        }
    }
}

struct TemplateTests {
    private func scope() -> TableScope {
        let scope = TableScope()
        let table = [
            ("number", "1000"), ("ABC", "ABC"), ("empty_by_name", " "), ("which", "number"), ("sip_h_X-Foo", "bar"),
            ("indirect", "<${number}>"), ("list", "ARRAY::a|:b|:c"), ("self", "x${self}"),
            ("calls", "${echo(${number})}"),
            ("name with", "never"), ("long", "${indirect}${indirect}"), ("accent", "aéb"), ("i", "1"),
            ("dollar", "$"), ("braces", "{number}"),
        ]
        for (name, value) in table { scope.variables.setUnchecked(name, value) }
        return scope
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("${number}", "1000"), ("a${number}b${NUMBER}c", "a1000b1000c"),
        ("$${number}", "1000"), ("${missing}", ""), ("[${missing}]", "[]"), ("${sip_h_X-Foo}", "bar"),
        // Values are expanded again.
        ("${indirect}", "<1000>"), ("${long}", "<1000><1000>"),
        // Computed names, several levels.
        ("${${which}}", "1000"), ("${wh${empty}ich}", "number"), ("${${${absent}which}}", "1000"),
        // Arrays.
        ("${list}", "ARRAY::a|:b|:c"), ("${list[0]}", "a"), ("${list[2]}", "c"), ("${list[3]}", ""),
        ("${list[${i}]}", "b"), ("${number[0]}", "1000"), ("${number[1]}", ""), ("${list[-1]}", ""),
        // Unterminated and odd braces stay.
        ("${number", "${number"), ("a${", "a${"), ("${a ${number}", "${a 1000"), ("}${number}{", "}1000{"), ("${}", ""),
        // Dollars that begin nothing.
        ("$", "$"), ("$5", "$5"), ("a$b${number}", "a$b1000"), ("$$x${number}", "$x1000"), ("^\\d+$", "^\\d+$"),
        // Nor do they where two values, or a value and a text, meet.
        ("${dollar}${braces}", "%{number}"), ("${dollar}{number}", "%{number}"), ("$${braces}", "{number}"),
        // Escapes, only in text that is processed.
        ("\\${number}", "${number}"), ("\\$${number}", "${number}"), ("\\\\${number}", "\\1000"),
        ("it\\'s ${number}", "its 1000"), ("^\\$5$", "^\\$5$"), ("a\\\\b", "a\\b"), ("^\\+?1$", "^\\+?1$"),
        ("\\d${number}\\d", "\\d1000\\d"),
    ])
    func text(_ text: String, _ expected: String) async {
        let scope = scope()
        #expect(Template(text).expandSynchronously(in: scope) == expected)
        #expect(await Template(text).expand(in: scope) == expected)
    }

    @Test(arguments: [
        (":0", "ABC"), (":0:2", "AB"), (":1:1", "B"), (":3", ""), (":99", ""), (":0:3", "ABC"), (":99:2", ""),
        (":-1", "C"), (":-3", "ABC"), (":-99", "ABC"), (":1", "BC"), (":-2:1", "B"), (":0:99", "ABC"), (":0:0", "ABC"),
        (":1:-1", "BC"), (":x", "ABC"), (":99999999999999999999", ""), (":-99999999999999999999", "ABC"), (":", "ABC"),
        ("::2", "AB"),
    ])
    func offsets(_ slice: String, _ expected: String) {
        let scope = scope()
        #expect(Template("${ABC\(slice)}").expandSynchronously(in: scope) == expected)
        #expect(Template("${missing\(slice)}").expandSynchronously(in: scope) == "")
    }

    @Test func slicesKeepCharactersWhole() {
        let scope = scope()
        #expect(Template("${accent:0:2}").expandSynchronously(in: scope) == "a")
        #expect(Template("${accent:2}").expandSynchronously(in: scope) == "b")
        #expect(Template("${indirect:1:4}").expandSynchronously(in: scope) == "1000")
    }

    @Test(arguments: [
        ("${echo(hello)}", "hello", ["echo|hello"]),
        ("${echo hello world}", "hello world", ["echo|hello world"]),
        ("${echo (x)}", "(x)", ["echo|(x)"]),
        ("a${lines(1)}b", "a1\nb", ["lines|1"]),
        ("${echo(${number})}", "1000", ["echo|1000"]),
        ("${echo(${number:0:1} == 1 ? ${which} : no)}", "1 == 1 ? number : no", ["echo|1 == 1 ? number : no"]),
        ("${echo((a)(b))x}", "(a)(b)", ["echo|(a)(b)"]),
        ("${echo(open}", "open", ["echo|open"]),
        ("${unknown(x)}", "", ["unknown|x"]),
        ("${echo(${echo(${number})})}", "1000", ["echo|1000", "echo|1000"]),
        ("${calls}", "1000", ["echo|1000"]),
        // The output of a command is inserted as it is.
        ("${expression()}", "${number}", ["expression|"]),
        // A space inside an inner expression does not make the outer one a call.
        ("${${echo which}}", "number", ["echo|which"]),
    ])
    func commands(_ text: String, _ expected: String, _ calls: [String]) async {
        let scope = scope()
        #expect(Template(text).expandSynchronously(in: scope) == nil)
        #expect(scope.calls.isEmpty)
        #expect(await Template(text).expand(in: scope) == expected)
        #expect(scope.calls == calls)
    }

    @Test func recursionEnds() async {
        let scope = scope()
        let text = await Template("${self}").expand(in: scope)
        #expect(text == String(repeating: "x", count: 101) + "${self}")
        // Each level doubles: without a limit this is 2^60 references.
        for level in 0..<60 { scope.variables.setUnchecked("l\(level)", "${l\(level + 1)}${l\(level + 1)}") }
        scope.variables.setUnchecked("l60", "z")
        #expect(Template("${l0}").expandSynchronously(in: scope)?.utf8.count ?? 0 <= ExpansionLimits.references)
        scope.variables.setUnchecked("big", String(repeating: "y", count: 60_000) + "${number}")
        let many = Template(String(repeating: "${big}", count: 1000))
        #expect(many.expandSynchronously(in: scope)?.utf8.count ?? 0 <= ExpansionLimits.length)
    }

    @Test(arguments: [
        String(repeating: "${", count: 100_000),
        String(repeating: "${a", count: 5000) + String(repeating: "}", count: 5000),
        String(repeating: "${a(", count: 3000) + String(repeating: ")}", count: 3000),
        String(repeating: "\\", count: 99_999), "${" + String(repeating: "[", count: 100_000) + "}",
        String(repeating: "$", count: 100_001), "${\u{0}\u{7F}é}", String(repeating: "}{$", count: 50_000),
    ])
    func hostile(_ text: String) async {
        let scope = scope()
        _ = await Template(text).expand(in: scope)
    }

    @Test(arguments: [
        ("$1", ["w", "a"], "a"), ("x${1}y$0", ["w", "a"], "xayw"), ("$2", ["w", "a"], ""),
        ("${name}$1", ["w", "a"], "${name}a"),
        ("$12", ["w", "a"], ""), ("$", ["w"], "$"), ("${1", ["w", "a"], "${1"), ("${1x}", ["w", "a"], "${1x}"),
        ("$$1", ["w", "a"], "$a"),
        ("$999999999999", ["w"], "999"), ("plain", ["w"], "plain"),
        // What a caller dialled never becomes an expression.
        ("$1", ["w", "${system(x)}"], "%{system(x)}"), ("$1{x}", ["w", "$"], "%{x}"),
        ("$1$2", ["w", "$", "{x}"], "%{x}"),
        ("a$$1", ["w", "{x}"], "a%{x}"),
    ])
    func captures(_ text: String, _ captures: [String], _ expected: String) {
        #expect(CaptureTemplate(text).substituting(captures) == expected)
    }
}
