// Tables of HuntTests: how tests are combined, times, captures and inline actions.
extension HuntTests {
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
        Rule(
            "any stops at the first that passes",
            ext(
                "<condition regex=\"any\"><regex field=\"destination_number\" expression=\"^(10)\"/>"
                    + "<regex field=\"caller_id_number\" expression=\"(0+)\"/>"
                    + "<action application=\"a\" data=\"$1\"/></condition>"
            ),
            "e: a(10)"
        ),
        Rule(
            "all stops at the first that fails",
            ext(
                "<condition regex=\"all\"><regex \(fail)/><regex field=\"caller_id_number\" expression=\"(0+)\"/>"
                    + "</condition><condition field=\"${DP_REGEX_MATCH_2[1]}\" expression=\"000\">\(act("a"))</condition>"
            ) + next,
            "n: next()"
        ),
        Rule(
            "xor, capturing child's proceed wins",
            ext(
                "<condition regex=\"xor\"><regex field=\"destination_number\" expression=\"^(10)\"/>"
                    + "<regex \(fail)/>\(act("a"))</condition>"
            ) + next,
            "e: a()"
        ),
        Rule(
            "expression element of a child",
            ext(
                "<condition regex=\"all\"><regex field=\"destination_number\"><expression>^1001$</expression></regex>"
                    + "\(act("a"))</condition>"
            ) + next,
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
            "time match, regex rule mismatch",
            ext("<condition hour=\"14\" regex=\"all\"><regex \(fail)/>\(act("a"))</condition>") + next,
            "e: a() next()"
        ),
        Rule(
            "time mismatch, regex rule match",
            ext("<condition hour=\"1\" regex=\"all\"><regex \(pass)/>\(act("a"))</condition>") + next,
            "e: a()"
        ),
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
        Rule(
            "no substitution after a regex rule without parentheses",
            ext(
                "<condition field=\"destination_number\" expression=\"^(10)\"/>"
                    + "<condition regex=\"any\"><regex \(pass)/><action application=\"a\" data=\"$1\"/></condition>"
            ),
            "e: a($1)"
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
            "inline anti-action is not in the list",
            ext(
                "<condition \(fail) break=\"never\"><anti-action application=\"set\" data=\"x=1\" inline=\"true\"/>"
                    + "</condition><condition field=\"${x}\" expression=\"^1$\">\(act("seen"))</condition>"
            ) + next,
            "e: seen()"
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
}
