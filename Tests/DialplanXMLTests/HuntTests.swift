import DialplanXML
import SwitchCore
import Testing
import XMLConfig

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
        Rule(
            "leaking actions run alone",
            ext("<condition \(pass)>\(act("a"))</condition><condition \(fail)>\(act("b"))</condition>"),
            "e: a()"
        ),
        Rule("AND", ext("<condition \(pass)/><condition \(pass)>\(act("b"))</condition>") + next, "e: b()"),
        Rule("AND fails", ext("<condition \(fail)/><condition \(pass)>\(act("b"))</condition>") + next, "n: next()"),
        // Anti-actions.
        Rule("anti-action matches", ext("<condition \(fail)>\(act("a"))\(anti("b"))</condition>") + next, "e: b()"),
        Rule(
            "anti-action added no times matches all the same",
            ext("<condition \(fail)><anti-action application=\"b\" loop=\"0\"/></condition>") + next,
            "e:"
        ),
        Rule(
            "anti-action, text wins, loop",
            ext("<condition \(fail)><anti-action application=\"b\" data=\"d\" loop=\"2\">t</anti-action></condition>"),
            "e: b(t) b(t)"
        ),
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
            "require-nested false goes on to the sibling",
            ext(
                "<condition \(pass) require-nested=\"false\"><condition \(fail)/></condition>"
                    + "<condition \(pass)>\(act("after"))</condition>"
            ) + next,
            "e: after()"
        ),
        Rule(
            "require-nested false wins over break never",
            ext(
                "<condition \(pass) break=\"never\" require-nested=\"false\">\(act("out"))<condition \(fail)/>"
                    + "</condition>"
            ) + next,
            "e: out()"
        ),
        Rule(
            "leaking actions of inner conditions",
            ext(
                "<condition \(pass)><condition \(pass)>\(act("in"))</condition><condition \(fail)/></condition>"
            ) + next,
            "e: in() next()"
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
