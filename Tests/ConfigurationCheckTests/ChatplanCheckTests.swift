import Testing

struct ChatplanCheckTests {
    /// The findings about one extension whose only condition captures a header.
    private func findings(_ actions: String) throws -> [String] {
        let condition = "<condition field=\"sip_h_X-Any\" expression=\"^(.*)$\">\(actions)</condition>"
        return try CheckedTree.findings(
            "<section name=\"chatplan\"><context name=\"x\"><extension name=\"e\">\(condition)</extension></context></section>"
        )
    }

    @Test(
        arguments: [
            (
                "<action application=\"info\"/><action application=\"set\" data=\"to=$1\" inline=\"true\"/>"
                    + "<action application=\"Reply\" data=\"${_body}\"/><action application=\"fire\"/>"
                    + "<action application=\"unset\" data=\"x\"/><action application=\"stop\"/>"
                    + "<anti-action application=\"system\" data=\"date\"/><action application=\"final\"/>",
                []
            ),
            (
                "<action application=\"lua\" data=\"x.lua\"/>",
                ["1 warning application: the chat application \"lua\" is not in this version"]
            ),
            (
                "<action application=\"replay\"/>",
                ["1 error application: there is no chat application \"replay\", did you mean \"reply\"?"]
            ),
            // One of calls is none of texts.
            (
                "<action application=\"bridge\" data=\"user/1000\"/>",
                ["1 error application: there is no chat application \"bridge\""]
            ),
            ("<action data=\"x\"/>", ["1 error application: expected application=\"…\""]),
            (
                "<action application=\"send\"/><action application=\"send\" data=\"SIP\"/>"
                    + "<action application=\"set\" data=\"dest_proto=${proto}\"/>"
                    + "<action application=\"set\" data=\"dest_proto=GLOBAL\"/>",
                []
            ),
            (
                "<action application=\"send\" data=\"verto\"/>",
                ["1 warning application: the chat protocol \"verto\" is not in this version"]
            ),
            (
                "<action application=\"set\" data=\"dest_proto=telex\"/>",
                ["1 error application: there is no chat protocol \"telex\""]
            ),
            (
                "<action application=\"System\" data=\"log $1\"/>"
                    + "<action application=\"system\" data=\"log ${DP_MATCH[1]}\"/>",
                [
                    "1 error application: System takes no captures such as $1, "
                        + "write ${quote_shell_arg(${DP_MATCH[1]})}"
                ]
            ),
            (
                "<action application=\"reply\" data=\"${regx(a|b)}\"/>",
                ["1 error command: there is no command \"regx\", did you mean \"regex\"?"]
            ),
        ] as [(String, [String])]
    )
    func actions(_ xml: String, _ expected: [String]) throws {
        let found = try findings(xml)
        #expect(found == expected)
    }

    /// Conditions are read as those of a dialplan are, with the line of each fault.
    @Test func conditions() throws {
        let findings = try CheckedTree.findings(
            """
            <section name="chatplan"><context name="x">
            <extension name="e"><condition field="to" expression="("><acton/></condition></extension>
            <extension name="f"><condition feild="to" break="maybe"/></extension>
            </context><extension/></section>
            """
        )
        #expect(
            findings == [
                "2 error chatplan: expression \"(\" never matches: missing closing parenthesis (at byte 1)",
                "2 warning chatplan: nothing reads <acton> here, did you mean \"action\"?",
                "3 warning chatplan: break=\"maybe\" is read as on-false; expected on-true, always or never",
                "3 warning chatplan: nothing reads feild=\"…\" here, did you mean \"field\"?",
                "4 warning chatplan: nothing reads <extension> here",
            ]
        )
    }
}
