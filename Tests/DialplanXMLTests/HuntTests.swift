import DialplanXML
import SwitchCore
import Testing
import XMLConfig

/// Short ways to write conditions whose outcome is known: destination is always 1001.
private let pass = "field=\"destination_number\" expression=\"^1001$\""
private let fail = "field=\"destination_number\" expression=\"^9999$\""
private func act(_ name: String) -> String { "<action application=\"\(name)\"/>" }
private func anti(_ name: String) -> String { "<anti-action application=\"\(name)\"/>" }
private func ext(_ body: String, _ attributes: String = "", name: String = "e") -> String {
    "<extension name=\"\(name)\" \(attributes)>\(body)</extension>"
}
/// What runs when the extension before did not count as matched.
private let next = ext("<condition>\(act("next"))</condition>", name: "n")

struct Rule: Sendable, CustomTestStringConvertible {
    var name: String
    var xml: String
    var expected: String
    var testDescription: String { name }

    init(_ name: String, _ xml: String, _ expected: String) {
        (self.name, self.xml, self.expected) = (name, xml, expected)
    }
}

struct HuntTests {
    static let basics: [Rule] = [
        Rule("match stops", ext("<condition \(pass)>\(act("a"))</condition>") + next, "e: a()"),
        Rule("mismatch goes on", ext("<condition \(fail)>\(act("a"))</condition>") + next, "n: next()"),
        Rule(
            "continue goes on",
            ext("<condition \(pass)>\(act("a"))</condition>", "continue=\"true\"") + next,
            "e: a() next()"
        ),
        Rule("absolute", ext("<condition>\(act("a"))</condition>") + next, "e: a()"),
        Rule(
            "expression without field is absolute",
            ext("<condition expression=\"zzz\">\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule("no condition never matches", ext(act("a")) + next, "n: next()"),
        Rule("nothing", "", "-"),
        Rule(
            "only conditions are read",
            ext("<action application=\"x\"/><condition>\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule(
            "unknown field is empty",
            ext("<condition field=\"no_such\" expression=\"^$\">\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule(
            "field name ignores case",
            ext("<condition field=\"Destination_Number\" expression=\"1001\">\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule(
            "empty expression matches",
            ext("<condition field=\"destination_number\" expression=\"\">\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule(
            "expression element",
            ext("<condition field=\"destination_number\"><expression>^1001$</expression>\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule("matched without actions stops", ext("<condition \(pass)></condition>") + next, "-"),
        Rule("anonymous", "<extension><condition>\(act("a"))</condition></extension>", "_anon_: a()"),
        Rule(
            "bad expression never matches",
            ext("<condition field=\"destination_number\" expression=\"(\">\(act("a"))\(anti("b"))</condition>"),
            "e: b()"
        ),
        // The gotcha of §2.2: actions of a passing condition stay.
        Rule(
            "leaking actions",
            ext("<condition \(pass)>\(act("a"))</condition><condition \(fail)>\(act("b"))</condition>") + next,
            "e: a() next()"
        ),
        Rule("AND", ext("<condition \(pass)/><condition \(pass)>\(act("b"))</condition>") + next, "e: b()"),
        Rule("AND fails", ext("<condition \(fail)/><condition \(pass)>\(act("b"))</condition>") + next, "n: next()"),
        // Anti-actions.
        Rule("anti-action matches", ext("<condition \(fail)>\(act("a"))\(anti("b"))</condition>") + next, "e: b()"),
        Rule(
            "if/else",
            ext(
                "<condition \(fail) break=\"never\">\(act("a"))\(anti("b"))"
                    + "</condition><condition>\(act("c"))</condition>"
            ),
            "e: b() c()"
        ),
        // loop
        Rule("loop", ext("<condition><action application=\"a\" loop=\"3\"/></condition>"), "e: a() a() a()"),
        Rule("loop 0", ext("<condition><action application=\"a\" loop=\"0\"/>\(act("b"))</condition>"), "e: b()"),
        Rule("loop text", ext("<condition><action application=\"a\" loop=\"many\"/></condition>") + next, "e:"),
        Rule("negative loop", ext("<condition><action application=\"a\" loop=\"-2\"/></condition>"), "e:"),
        // Data.
        Rule(
            "text wins",
            ext("<condition><action application=\"a\" data=\"attribute\">text</action></condition>"),
            "e: a(text)"
        ),
        Rule(
            "data with \\' is refused",
            ext("<condition><action application=\"a\" data=\"it\\'s\"/>\(act("b"))</condition>"),
            "e: b()"
        ),
        Rule(
            "data is not expanded",
            ext("<condition><action application=\"a\" data=\"${x}\"/></condition>"),
            "e: a(${x})"
        ),
    ]

    static let breaks: [Rule] =
        ["on-false", "on-true", "always", "never", "sometimes"].flatMap { word in
            let second = "<condition>\(act("second"))</condition>"
            let goesOn: (Bool) -> Bool = { passed in
                switch word {
                case "on-true": !passed
                case "always": false
                case "never": true
                default: passed
                }
            }
            return [true, false].map { passed in
                let own = passed ? "first()" : "anti()"
                return Rule(
                    "break \(word) after \(passed)",
                    ext(
                        "<condition \(passed ? pass : fail) break=\"\(word)\">\(act("first"))\(anti("anti"))"
                            + "</condition>\(second)"
                    ),
                    "e: \(own)" + (goesOn(passed) ? " second()" : "")
                )
            }
        } + [
            Rule("break never, last decides", ext("<condition \(fail) break=\"never\"/>") + next, "n: next()"),
            Rule(
                "OR by on-true",
                ext(
                    "<condition \(pass) break=\"on-true\">\(act("a"))"
                        + "</condition><condition \(pass)>\(act("b"))</condition>"
                ) + next,
                "e: a()"
            ),
            Rule(
                "always after mismatch",
                ext("<condition \(fail) break=\"always\">\(act("a"))</condition>") + next,
                "n: next()"
            ),
        ]

    static let nesting: [Rule] = [
        Rule(
            "outer before inner",
            ext("<condition \(pass)><condition \(pass)>\(act("in"))</condition>\(act("out"))</condition>") + next,
            "e: out() in()"
        ),
        Rule(
            "inner mismatch ends the extension",
            ext(
                "<condition \(pass)><condition \(fail)>\(act("in"))"
                    + "</condition></condition><condition \(pass)>\(act("after"))</condition>"
            ) + next,
            "n: next()"
        ),
        Rule(
            "break never goes to the sibling",
            ext(
                "<condition \(pass) break=\"never\"><condition \(fail)/>"
                    + "</condition><condition \(pass)>\(act("after"))</condition>"
            ) + next,
            "e: after()"
        ),
        Rule(
            "break never, inner mismatch, no sibling",
            ext("<condition \(pass) break=\"never\">\(act("out"))<condition \(fail)/></condition>") + next,
            "e: out() next()"
        ),
        Rule(
            "require-nested false",
            ext("<condition \(pass) require-nested=\"false\">\(act("out"))<condition \(fail)/></condition>") + next,
            "e: out()"
        ),
        Rule(
            "require-nested true",
            ext("<condition \(pass) require-nested=\"true\">\(act("out"))<condition \(fail)/></condition>") + next,
            "e: out() next()"
        ),
        Rule(
            "inner anti-action matches",
            ext("<condition \(pass)><condition \(fail)>\(anti("in"))</condition></condition>") + next,
            "e: in()"
        ),
        Rule(
            "outer mismatch skips inner",
            ext("<condition \(fail) break=\"never\"><condition \(pass)>\(act("in"))</condition></condition>") + next,
            "n: next()"
        ),
        // Anti-actions set proceed, so the inner conditions run.
        Rule(
            "outer anti-action enters inner",
            ext(
                "<condition \(fail) break=\"never\">\(anti("anti"))"
                    + "<condition \(pass)>\(act("in"))</condition></condition>"
            ) + next,
            "e: anti() in()"
        ),
        Rule(
            "break comes before nested",
            ext("<condition \(fail)>\(anti("anti"))<condition \(pass)>\(act("in"))</condition></condition>") + next,
            "e: anti()"
        ),
        Rule(
            "break on-true comes before nested",
            ext(
                "<condition \(pass) break=\"on-true\">\(act("out"))"
                    + "<condition \(fail)>\(act("in"))</condition></condition>"
            ) + next,
            "e: out()"
        ),
        Rule(
            "two levels",
            ext("<condition><condition><condition \(pass)>\(act("deep"))</condition></condition></condition>") + next,
            "e: deep()"
        ),
    ]

    static let regexes: [Rule] = [
        Rule(
            "any, second passes",
            ext("<condition regex=\"any\"><regex \(fail)/><regex \(pass)/>\(act("a"))</condition>") + next,
            "e: a()"
        ),
        Rule(
            "any, none",
            ext("<condition regex=\"any\"><regex \(fail)/><regex \(fail)/>\(act("a"))\(anti("b"))</condition>") + next,
            "e: b()"
        ),
        Rule(
            "all",
            ext("<condition regex=\"all\"><regex \(pass)/><regex \(pass)/>\(act("a"))</condition>") + next,
            "e: a()"
        ),
        Rule(
            "all, one fails",
            ext("<condition regex=\"all\"><regex \(pass)/><regex \(fail)/>\(act("a"))</condition>") + next,
            "n: next()"
        ),
        Rule(
            "xor, one",
            ext("<condition regex=\"xor\"><regex \(fail)/><regex \(pass)/>\(act("a"))</condition>") + next,
            "e: a()"
        ),
        Rule(
            "xor, two",
            ext("<condition regex=\"xor\"><regex \(pass)/><regex \(pass)/>\(act("a"))\(anti("b"))</condition>"),
            "e: b()"
        ),
        // The gotcha: passes with actions, but proceed is that of the last child.
        Rule(
            "xor, last fails",
            ext("<condition regex=\"xor\"><regex \(pass)/><regex \(fail)/>\(act("a"))</condition>") + next,
            "e: a() next()"
        ),
        Rule(
            "unknown word is any",
            ext("<condition regex=\"some\"><regex \(fail)/><regex \(pass)/>\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule("all without children", ext("<condition regex=\"all\">\(act("a"))</condition>") + next, "e: a() next()"),
        Rule("any without children", ext("<condition regex=\"any\">\(act("a"))</condition>") + next, "n: next()"),
        Rule("xor without children", ext("<condition regex=\"xor\">\(act("a"))</condition>") + next, "n: next()"),
        Rule(
            "child with time only",
            ext("<condition regex=\"all\"><regex hour=\"14\"/>\(act("a"))</condition>") + next,
            "e: a()"
        ),
        Rule(
            "child with wrong time",
            ext("<condition regex=\"all\"><regex hour=\"3\"/>\(act("a"))</condition>") + next,
            "n: next()"
        ),
        Rule(
            "field decides over time",
            ext("<condition regex=\"all\"><regex hour=\"3\" \(pass)/>\(act("a"))</condition>") + next,
            "e: a()"
        ),
        Rule("child with neither", ext("<condition regex=\"all\"><regex/>\(act("a"))</condition>") + next, "e: a()"),
        Rule(
            "last capturing child gives captures",
            ext(
                "<condition regex=\"all\"><regex field=\"destination_number\" expression=\"^(10)\"/>"
                    + "<regex field=\"caller_id_number\" expression=\"(0+)\"/><regex \(pass)/>"
                    + "<action application=\"a\" data=\"$1\"/></condition>"
            ),
            "e: a(000)"
        ),
        Rule(
            "capturing child's proceed wins",
            ext(
                "<condition regex=\"any\"><regex field=\"destination_number\" expression=\"(9)\"/><regex \(pass)/>"
                    + "<action application=\"a\" data=\"[$1]\"/></condition>"
            ) + next,
            "e: a([]) next()"
        ),
    ]

    static let times: [Rule] = [
        Rule("time match", ext("<condition hour=\"9-17\">\(act("a"))</condition>") + next, "e: a()"),
        Rule("time mismatch", ext("<condition hour=\"1\">\(act("a"))\(anti("b"))</condition>") + next, "e: b()"),
        // The gotcha: time and field are OR-ed, proceed is the field's.
        Rule(
            "time match, field mismatch",
            ext("<condition hour=\"14\" \(fail)>\(act("a"))</condition>") + next,
            "e: a() next()"
        ),
        Rule(
            "time mismatch, field match",
            ext("<condition hour=\"1\" \(pass)>\(act("a"))</condition>") + next,
            "e: a()"
        ),
        Rule("both mismatch", ext("<condition hour=\"1\" \(fail)>\(act("a"))</condition>") + next, "n: next()"),
        Rule(
            "AND by two conditions",
            ext("<condition hour=\"1\"/><condition \(pass)>\(act("a"))</condition>") + next,
            "n: next()"
        ),
        Rule("unreadable time", ext("<condition hour=\"noon\">\(act("a"))</condition>") + next, "n: next()"),
    ]

    static let captures: [Rule] = [
        Rule(
            "groups",
            ext(
                "<condition field=\"destination_number\" expression=\"^(10)(\\d)(x)?\">"
                    + "<action application=\"a\" data=\"$0 $1 ${2} [$3] $4 ${name}\"/></condition>"
            ),
            "e: a(100 10 0 []  ${name})"
        ),
        Rule(
            "no parentheses, no substitution",
            ext("<condition \(pass)><action application=\"a\" data=\"$0-$1\"/></condition>"),
            "e: a($0-$1)"
        ),
        Rule(
            "escaped parenthesis counts",
            ext(
                "<condition field=\"destination_number\""
                    + " expression=\"^1001|\\(\"><action application=\"a\" data=\"$0\"/></condition>"
            ),
            "e: a(1001)"
        ),
        Rule(
            "not in anti-actions",
            ext(
                "<condition field=\"destination_number\" expression=\"^(9)\">"
                    + "<anti-action application=\"a\" data=\"$1\"/></condition>"
            ),
            "e: a($1)"
        ),
        Rule(
            "field with expression",
            ext(
                "<condition field=\"${caller_id_number}-$${destination_number}\" expression=\"^(\\d+)-(\\d+)$\">"
                    + "<action application=\"a\" data=\"$2/$1\"/></condition>"
            ),
            "e: a(1001/1000)"
        ),
        Rule(
            "expression with variable",
            ext("<condition field=\"destination_number\" expression=\"^${wanted}$\">\(act("a"))</condition>"),
            "e: a()"
        ),
        Rule(
            "expression with parentheses from a variable",
            ext(
                "<condition field=\"destination_number\""
                    + " expression=\"${group}\"><action application=\"a\" data=\"$1\"/></condition>"
            ),
            "e: a(01)"
        ),
        Rule(
            "bad expression from a variable",
            ext("<condition field=\"destination_number\" expression=\"${broken}\">\(act("a"))</condition>") + next,
            "n: next()"
        ),
        Rule(
            "API in a field",
            ext(
                "<condition field=\"${echo(${wanted})}\" expression=\"^(1)\">"
                    + "<action application=\"a\" data=\"$1\"/></condition>"
            ),
            "e: a(1)"
        ),
        Rule(
            "DP_MATCH in a later condition",
            ext(
                "<condition field=\"destination_number\" expression=\"^(10)(01)$\"/>"
                    + "<condition field=\"${DP_MATCH[2]}\" expression=\"^01$\">\(act("a"))</condition>"
            ) + next,
            "e: a()"
        ),
        Rule(
            "DP_REGEX_MATCH",
            ext(
                "<condition regex=\"all\"><regex \(pass)/>"
                    + "<regex field=\"caller_id_number\" expression=\"^(1)(0+)$\"/></condition>"
                    + "<condition field=\"${DP_REGEX_MATCH_2[2]}\" expression=\"^000$\">\(act("a"))</condition>"
            ) + next,
            "e: a()"
        ),
        // What a caller sends does not become an expression of the administrator.
        Rule(
            "injection",
            ext("<condition field=\"evil\" expression=\"^(.*)$\"><action application=\"a\" data=\"$1\"/></condition>"),
            "e: a(%{system(x)})"
        ),
    ]

    static let inline: [Rule] = [
        Rule(
            "inline is not in the list",
            ext("<condition><action application=\"set\" data=\"a=b\" inline=\"true\"/>\(act("b"))</condition>"),
            "e: b()"
        ),
        Rule(
            "inline alone makes a route",
            ext("<condition><action application=\"set\" data=\"a=b\" inline=\"true\"/></condition>") + next,
            "e:"
        ),
        Rule(
            "inline is seen by later conditions",
            ext(
                "<condition field=\"destination_number\" expression=\"^(10)\">"
                    + "<action application=\"set\" data=\"x=$1\" inline=\"true\"/></condition>"
                    + "<condition field=\"${x}\" expression=\"^10$\">\(act("seen"))</condition>"
            ) + next,
            "e: seen()"
        ),
        Rule(
            "ordinary set is not",
            ext(
                "<condition><action application=\"set\" data=\"x=1\"/>"
                    + "</condition><condition field=\"${x}\" expression=\"^1$\">\(act("seen"))</condition>"
            )
                + next,
            "e: set(x=1) next()"
        ),
        Rule(
            "inline changes profile fields",
            ext(
                "<condition \(pass)><action application=\"set_profile_var\""
                    + " data=\"destination_number=77\" inline=\"true\"/></condition>"
                    + "<condition field=\"destination_number\" expression=\"^77$\">\(act("seen"))</condition>"
            ) + next,
            "e: seen()"
        ),
    ]

    @Test(arguments: [basics, breaks, nesting, regexes, times, captures, inline].flatMap { $0 })
    func rule(_ rule: Rule) async {
        // Tracing takes the walk without the prefilter; both must agree.
        for isTraced in [false, true] {
            let call = TestCall("1001", variables: [("wanted", "1001"), ("group", "^10(..)$"), ("broken", "(")])
            call.fields["evil"] = "${system(x)}"
            call.tracesHunt = isTraced
            #expect(await call.hunt(rule.xml) == rule.expected)
        }
    }

    @Test func autoHunt() async {
        let dialplan = ["one", "1001", "three"].map {
            ext("<condition>\(act($0))</condition>", "continue=\"true\"", name: $0)
        }.joined()
        let call = TestCall("1001", variables: [("auto_hunt", "true")])
        #expect(await call.hunt(dialplan) == "1001: 1001() three()")
        call.fields["destination_number"] = "THREE"
        #expect(await call.hunt(dialplan) == "three: three()")
        call.fields["destination_number"] = "unknown"
        #expect(await call.hunt(dialplan) == "one: one() 1001() three()")
        call.variables.set("auto_hunt", "false")
        call.fields["destination_number"] = "three"
        #expect(await call.hunt(dialplan) == "one: one() 1001() three()")
    }

    @Test func inlineActionsAndCaptureVariables() async {
        let call = TestCall("1001")
        _ = await call.hunt(
            ext(
                "<condition field=\"destination_number\" expression=\"^(10)(x)?(01)$\">"
                    + "<action application=\"log\" data=\"$1 ${caller_id_number}\""
                    + " inline=\"true\" loop=\"2\"/></condition>"
            )
        )
        let expected = DialplanAction(application: "log", data: "10 ${caller_id_number}")
        #expect(call.inline == [expected, expected])
        #expect(call.variables["DP_MATCH"] == "ARRAY::1001|:10|:|:01")
    }
}
