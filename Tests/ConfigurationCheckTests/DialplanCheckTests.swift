import Testing

struct DialplanCheckTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let xml: String
        let expected: [String]
        var testDescription: String { xml }

        init(_ xml: String, _ expected: String...) {
            (self.xml, self.expected) = (xml, expected)
        }
    }

    @Test(arguments: [
        Row("<action application=\"answer\"/><action application=\"SET\" data=\"a=b\" inline=\"true\"/>"),
        Row(
            "<action application=\"anser\"/>",
            "1 error application: there is no application \"anser\", did you mean \"answer\"?"
        ),
        Row(
            "<action application=\"voicemail\"/>",
            "1 warning application: the application \"voicemail\" is not in this version"
        ),
        Row("<action application=\"\"/>", "1 error application: expected application=\"…\""),
        Row(
            "<anti-action application=\"bridge\" data=\"user/1\" inline=\"true\"/>",
            "1 error application: the application \"bridge\" cannot run inline"
        ),
        // Commands, also inside each other; a capture or a variable in the place of a name says nothing.
        Row("<action application=\"set\" data=\"a=${regex(${b}|^x$)}${$1 x}${${c} y}${d:1:2}\"/>"),
        Row(
            "<action application=\"set\" data=\"a=${regex ${hash(select/a/b)}|x}\"/>",
            "1 warning command: the command \"hash\" is not in this version"
        ),
        Row(
            "<action application=\"set\">a=${regx(a|b)}</action>",
            "1 error command: there is no command \"regx\", did you mean \"regex\"?"
        ),
        // Causes.
        Row("<action application=\"hangup\" data=\"user_busy\"/><action application=\"hangup\" data=\"${cause}\"/>"),
        Row("<action application=\"hangup\"/><action application=\"bridge\" data=\"error/17\"/>"),
        Row(
            "<action application=\"bridge\" data=\"error/USER_BUSSY\"/>",
            "1 warning application: there is no hang-up cause \"USER_BUSSY\", did you mean \"USER_BUSY\"?"
        ),
        // Dial strings.
        Row("<action application=\"bridge\" data=\"{a=b}user/1000@${domain},[c=d]user/$1|${contacts}\"/>"),
        Row(
            "<action application=\"bridge\" data=\"{a=b\"/>",
            "1 error dialString: dial string: bracket is not closed (at byte 0)"
        ),
        Row("<action application=\"bridge\" data=\"{a=${b}\"/>"),
        Row(
            "<action application=\"bridge\" data=\"usr/1000,skinny/x,user\"/>",
            "1 error dialString: expected user/ and a destination",
            "1 warning dialString: the endpoint \"skinny\" is not in this version",
            "1 error dialString: there is no endpoint \"usr\", did you mean \"user\"?"
        ),
        Row(
            "<action application=\"bridge\" data=\"sofia/gateway/gw/${n}:_:sofia/internal/$1@x\"/>",
            "1 warning dialString: there is no SIP profile \"internal\"",
            "1 warning dialString: there is no gateway \"gw\""
        ),
        // Places in the dialplan.
        Row("<action application=\"transfer\" data=\"-both 1000 XML Default\"/>"),
        Row(
            "<action application=\"transfer\" data=\"1000 XML ${context}\"/><action application=\"transfer\" data=\"1 $2\"/>"
        ),
        Row(
            "<action application=\"transfer\" data=\"1000 enum\"/><action application=\"transfer\" data=\"1 XML other\"/>",
            "1 warning dialplan: the dialplan \"enum\" is not in this version",
            "1 warning dialplan: the dialplan has no context \"other\""
        ),
        // Sounds.
        Row("<action application=\"playback\" data=\"file_string://a.wav!tone_stream://%(1,0,440)\"/>"),
        Row("<action application=\"playback\" data=\"local_stream://moh\"/>"),
        Row(
            "<action application=\"playback\" data=\"{loops=2,timeout=5}shout://radio\"/>",
            "1 warning sound: shout:// is not in this version",
            "1 warning sound: {timeout=…} before a file has no effect in this version"
        ),
        Row(
            "<action application=\"endless_playback\" data=\"{loops=2}a.wav\"/>",
            "1 warning sound: parameters in braces before a file are read by playback only"
        ),
        Row(
            "<action application=\"playback\" data=\"phrase:hello\"/><action application=\"playback\" data=\"say:hello\"/>"
        ),
    ])
    func actions(_ row: Row) throws {
        let findings = try CheckedTree.actions(row.xml)
        #expect(findings == row.expected)
    }

    @Test(arguments: [
        Row(
            "<extension name=\"e\"><condition feild=\"x\" uuid=\"1\"><action aplication=\"answer\" application=\"answer\"/>"
                + "</condition></extension>",
            "1 warning dialplan: nothing reads aplication=\"…\" here, did you mean \"application\"?",
            "1 warning dialplan: nothing reads feild=\"…\" here, did you mean \"field\"?"
        ),
        Row(
            "<extension name=\"e\"><conditon/><condition><acton/></condition><action application=\"answer\"/></extension><x/>",
            "1 warning dialplan: an action outside of a condition never runs",
            "1 warning dialplan: nothing reads <acton> here, did you mean \"action\"?",
            "1 warning dialplan: nothing reads <conditon> here, did you mean \"condition\"?",
            "1 warning dialplan: nothing reads <x> here"
        ),
        Row(
            "<extension name=\"e\"><action application=\"answer\"/></extension>",
            "1 warning dialplan: an extension without a condition never matches"
        ),
        Row(
            "<extension name=\"e\"><condition field=\"destination_nubmer\" expression=\"1\"/>"
                + "<condition field=\"Rdnis_Ton\" expression=\"1\"/><condition field=\"my_own\" expression=\"1\"/></extension>",
            "1 warning dialplan: there is no field \"destination_nubmer\", did you mean \"destination_number\"?",
            "1 note dialplan: there is no field \"my_own\""
        ),
        Row(
            "<extension name=\"e\"><condition field=\"destination_number\" expression=\"1000\"/></extension>",
            "1 note dialplan: \"1000\" is found in longer numbers too: ^1000$ is the number itself"
        ),
        Row(
            """
            <extension name="e">
            <condition><action application="set" data="a=1"/><action application="set" data="b=1" inline="true"/></condition>
            <condition regex="all"><regex field="${a}" expression="1"/><regex field="${b}" expression="${hash(x)}"/></condition>
            </extension>
            """,
            "3 note dialplan: ${a} is tested before the action of line 2 sets it, which needs inline=\"true\"",
            "3 warning command: the command \"hash\" is not in this version"
        ),
        // What the compiler of contexts finds.
        Row(
            "<extension name=\"e\"><condition field=\"${x}\" expression=\"(\" hour=\"noon\"><action application=\"set\" "
                + "data=\"a=1\"/></condition></extension>",
            "1 error dialplan: expression \"(\" never matches: missing closing parenthesis (at byte 1)",
            "1 warning dialplan: hour=\"noon\" cannot be read or never comes, and does not match",
            "1 warning dialplan: time attributes and a field on one condition: either of them passes it"
        ),
    ])
    func extensions(_ row: Row) throws {
        let findings = try CheckedTree.dialplan(row.xml)
        #expect(findings == row.expected)
    }
}
