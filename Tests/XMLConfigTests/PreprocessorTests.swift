import Synchronization
import Testing
import XMLConfig

@Suite struct PreprocessorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let expected: String

        init(_ name: String, _ text: String, _ expected: String) {
            (testDescription, self.text, self.expected) = (name, text, expected)
        }
    }

    /// Everything that needs one file only; `domain` is `example.org`, `$HOME_TOWN` is `Ulm`.
    static let lines: [Case] = [
        Case("copy", "<a/>\n<b/>", "<a/>\n<b/>\n"),
        Case("expansion", "<a b=\"$${domain}\" c=\"${domain}\"/>", "<a b=\"example.org\" c=\"${domain}\"/>\n"),
        Case("names of variables have no case", "$${DOMAIN}", "example.org\n"),
        Case("undefined is empty", "[$${nothing}]", "[]\n"),
        Case("balanced braces", "[$${a{b}c}]", "[]\n"),
        Case("not recursive", "<X-PRE-PROCESS cmd=\"set\" data=\"d=$$\"/>\n$${d}{domain}", "$${domain}\n"),
        Case("unterminated stays", "a $${domain} $${b", "a example.org $${b\n"),
        Case("wrapper lines vanish", "<include>\n<a/>\n</include>", "<a/>\n"),
        Case("with what is on them", "<include><a/>\n<b/></include>\n<c/>", "<c/>\n"),
        Case("declarations vanish", "<?xml version=\"1.0\"?>\n<a/>", "<a/>\n"),
        Case("set", "<X-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>\n$${x}", "1\n"),
        Case("case of the tag", "<x-Pre-Process CMD=\"SET\" Data=\"x=1\"/>\n$${x}", "1\n"),
        Case("spaces around the sign", "<X-PRE-PROCESS cmd=\"set\" data=\"x  =  1 2 \"/>\n[$${x}]", "[1 2 ]\n"),
        Case("value with a sign", "<X-PRE-PROCESS cmd=\"set\" data=\"x=a=b\"/>\n$${x}", "a=b\n"),
        Case("no sign", "<X-PRE-PROCESS cmd=\"set\" data=\"domain\"/>\n$${domain}", "example.org\n"),
        Case("empty value", "<X-PRE-PROCESS cmd=\"set\" data=\"domain=\"/>\n[$${domain}]", "[]\n"),
        Case("run-time expressions", "<X-PRE-PROCESS cmd=\"set\" data=\"x=a${b}c\"/>\n$${x}", "a%{b}c\n"),
        Case("set with a variable", "<X-PRE-PROCESS cmd=\"set\" data=\"x=$${domain}!\"/>\n$${x}", "example.org!\n"),
        Case("single quotes are none", "<X-PRE-PROCESS cmd='set' data='x=1'/>\n[$${x}]", "[]\n"),
        Case("command before data", "<X-PRE-PROCESS data=\"x=1\" cmd=\"set\"/>\n[$${x}]", "[]\n"),
        Case("entities are text", "<X-PRE-PROCESS cmd=\"set\" data=\"x=&amp;\"/>\n$${x}", "&amp;\n"),
        Case("rest of the line is lost", "<a/><X-PRE-PROCESS cmd=\"set\" data=\"x=1\"/><b/>\n$${x}", "1\n"),
        Case("disabled", "<XX-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>\n[$${x}]", "[]\n"),
        Case("at the line's start", "X-PRE-PROCESS cmd=\"set\" data=\"x=1\"\n[$${x}]", "[]\n"),
        Case(
            "no instruction",
            "<X-NO-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>",
            "<X-NO-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>\n"
        ),
        Case("in a comment", "<!-- <X-PRE-PROCESS cmd=\"set\" data=\"x=1\"/> -->\n$${x}", "1\n"),
        Case("in a long comment", "<!--\n<X-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>\n-->\n$${x}", "<!--\n-->\n1\n"),
        Case("unknown command", "<X-PRE-PROCESS cmd=\"dance\" data=\"x=1\"/>\n<a/>", "<a/>\n"),
        Case("env-set", "<X-PRE-PROCESS cmd=\"env-set\" data=\"x=$HOME_TOWN\"/>\n$${x}", "Ulm\n"),
        Case("env-set without a dollar", "<X-PRE-PROCESS cmd=\"env-set\" data=\"x=HOME_TOWN\"/>\n[$${x}]", "[]\n"),
        Case("env-set of nothing", "<X-PRE-PROCESS cmd=\"env-set\" data=\"domain=$NO\"/>\n$${domain}", "example.org\n"),
        Case("exec", "<X-PRE-PROCESS cmd=\"exec\" data=\"two lines\"/>\n<b/>", "<a>\n</a>\n<b/>\n"),
        Case("exec that fails still prints", "<X-PRE-PROCESS cmd=\"exec\" data=\"fail\"/>", "failed\n"),
        Case("exec-set", "<X-PRE-PROCESS cmd=\"exec-set\" data=\"x=two lines\"/>\n[$${x}]", "[<a>\n</a>]\n"),
        Case(
            "exec-set that fails",
            "<X-PRE-PROCESS cmd=\"exec-set\" data=\"domain=fail\"/>\n$${domain}",
            "example.org\n"
        ),
        Case(
            "exec-set of nothing",
            "<X-PRE-PROCESS cmd=\"exec-set\" data=\"domain=true\"/>\n$${domain}",
            "example.org\n"
        ),
        Case("stun-set", "<X-PRE-PROCESS cmd=\"stun-set\" data=\"x=stun:a.example\"/>\n$${x}", "a.example 3478\n"),
        Case(
            "stun-set with a port",
            "<X-PRE-PROCESS cmd=\"stun-set\" data=\"x=a.example:99\"/>\n$${x}",
            "a.example 99\n"
        ),
        Case(
            "stun-set of addresses",
            stun("192.0.2.1:99", "stun:[2001:db8::1]:99", "stun:2001:db8::1"),
            "192.0.2.1 99\n2001:db8::1 99\n2001:db8::1 3478\n"
        ),
        Case("stun-set that fails", "<X-PRE-PROCESS cmd=\"stun-set\" data=\"x=down\"/>\n[$${x}]", "[]\n"),
        Case("old set", "<!--#set \"x=1\"-->\n$${x}", "1\n"),
        Case("old set, bare", "<!--#set x=1-->\n$${x}", "1\n"),
        Case("old comment", "<!--#comment nothing here -->\n<a/>", "<a/>\n"),
        Case("old comment over lines", "<a>\n<!--#comment\n one\n two -->\n</a>", "<a>\n</a>\n"),
        Case(
            "nothing is carried out in it",
            "<!--#comment\n<X-PRE-PROCESS cmd=\"set\" data=\"domain=x\"/>\n<!--#set domain=y-->\n$${domain}",
            "example.org\n"
        ),
        Case(
            "what follows its end is a line",
            "<!--#comment\n--><X-PRE-PROCESS cmd=\"set\" data=\"x=1\"/>\n$${x}",
            "1\n"
        ),
        Case("what follows it stays", "<!--#comment\n one\n --><a/>", "<a/>\n"),
        Case("what stands beside it stays", "<a><!--#comment x --></a>", "<a>\n</a>\n"),
        Case("old exec-set", "<!--#exec-set x=two lines-->\n[$${x}]", "[<a>\n</a>]\n"),
        Case("old env-set is none", "<!--#dance x=$HOME_TOWN-->\n[$${x}]", "[]\n"),
        Case("carriage returns", "<!--#set x=1\r\n-->\r\n[$${x}]\r\n", "[1]\r\n"),
        Case(
            "markup in variables",
            "<X-PRE-PROCESS cmd=\"set\" data=\"x=<b c='1'/>\"/>\n<a>$${x}</a>",
            "<a><b c='1'/></a>\n"
        ),
        Case("byte order mark", "\u{FEFF}<a/>", "<a/>\n"),
    ]

    private static func stun(_ servers: String...) -> String {
        servers.map { "<X-PRE-PROCESS cmd=\"stun-set\" data=\"x=\($0)\"/>\n$${x}\n" }.joined()
    }

    static func options() -> PreprocessorOptions {
        var options = PreprocessorOptions()
        options.allowsCommands = true
        options.environment = { $0 == "HOME_TOWN" ? "Ulm" : nil }
        options.publicAddress = { host, port in host == "down" ? nil : "\(host) \(port)" }
        options.runCommand = { command in
            switch command {
            case "two lines": ShellCommand.Outcome(output: Array("<a>\n</a>\n".utf8), isSuccess: true)
            case "fail": ShellCommand.Outcome(output: Array("failed".utf8), isSuccess: false)
            default: ShellCommand.Outcome(output: [], isSuccess: true)
            }
        }
        return options
    }

    @Test(arguments: lines) func line(_ example: Case) throws {
        let expanded = try XMLPreprocessor.expand(
            Array(example.text.utf8),
            named: "test.xml",
            globals: GlobalVariables([("domain", "example.org")]),
            options: Self.options()
        )
        #expect(expanded.text == example.expected)
    }

    @Test func includesAreRelativeSortedAndMapped() throws {
        let files = MemoryFiles([
            "/c/freeswitch.xml": "<document>\n<X-PRE-PROCESS cmd=\"include\" data=\"sub/*.xml\"/>\n</document>",
            "/c/sub/b.xml": "<include>\n<b/>\n</include>",
            "/c/sub/a.xml": "<a>\n<!-- <X-PRE-PROCESS cmd=\"include\" data=\"deep/c.xml\"/> -->\n</a>",
            "/c/sub/deep/c.xml": "<c/>",
            "/c/deep/c.xml": "<wrong/>",
        ])
        let expanded = try XMLPreprocessor.expand(
            file: "/c/freeswitch.xml",
            from: files,
            globals: GlobalVariables()
        )
        #expect(expanded.text == "<document>\n<a>\n<c/>\n</a>\n<b/>\n</document>\n")
        let places = (1...6).map { expanded.lines.location(of: $0).description }
        #expect(
            places == [
                "/c/freeswitch.xml:1", "/c/sub/a.xml:1", "/c/sub/deep/c.xml:1", "/c/sub/a.xml:3", "/c/sub/b.xml:2",
                "/c/freeswitch.xml:3",
            ]
        )
        #expect(expanded.diagnostics.isEmpty)
    }

    @Test func nothingToIncludeIsOnlyNoted() throws {
        let files = MemoryFiles(["/c/a.xml": "\n<X-PRE-PROCESS cmd=\"include\" data=\"none/*.xml\"/>"])
        let expanded = try XMLPreprocessor.expand(file: "/c/a.xml", from: files, globals: GlobalVariables())
        #expect(expanded.diagnostics.map(\.description) == ["/c/a.xml:2: note: nothing to include at /c/none/*.xml"])
    }

    @Test func commandsAreRefusedUnlessAllowed() throws {
        let text =
            "<a/>\n<X-PRE-PROCESS cmd=\"exec\" data=\"rm -r /\"/>\n<X-PRE-PROCESS cmd=\"exec-set\" data=\"x=id\"/>"
        var options = Self.options()
        options.allowsCommands = false
        options.runCommand = { _ in
            Issue.record("a command was run")
            return nil
        }
        let expanded = try XMLPreprocessor.expand(
            Array(text.utf8),
            named: "f.xml",
            globals: GlobalVariables(),
            options: options
        )
        #expect(expanded.text == "<a/>\n")
        #expect(
            expanded.diagnostics.map(\.description) == [
                "f.xml:2: warning: exec is not allowed here, \"rm -r /\" is not run",
                "f.xml:3: warning: exec-set is not allowed here, \"id\" is not run",
            ]
        )
    }

    /// One that is misspelt would leave a whole file out without a word; many a comment begins with a number sign.
    @Test(
        arguments: [
            (
                "<X-PRE-PROCESS cmd=\"inclde\" data=\"a.xml\"/>",
                ": there is no command \"inclde\", did you mean \"include\"?"
            ),
            ("<X-PRE-PROCESS cmd=\"dance\" data=\"a\"/>", ": there is no command \"dance\""),
            ("<!--#inclde a.xml-->", ": there is no command \"inclde\", did you mean \"include\"?"),
            ("<!--#1 of the list-->", nil), ("<X-PRE-PROCESS cmd=\"comment\" data=\"a\"/>", nil),
        ]
    ) func reportsUnknownCommands(line: String, message: String?) throws {
        let expanded = try XMLPreprocessor.expand(
            Array("\(line)\n<a/>\n".utf8),
            named: "f.xml",
            globals: GlobalVariables(),
            options: Self.options()
        )
        #expect(expanded.diagnostics.map(\.description) == message.map { ["f.xml:1: warning\($0)"] } ?? [])
    }

    @Test func anUnansweredQuestionLeavesTheVariable() throws {
        let asked = Mutex(0)
        var options = Self.options()
        options.publicAddress = { _, _ in
            asked.withLock { $0 += 1 }
            return nil
        }
        let text = Self.stun("a.example", "stun:b.example", "a.example")
        let expanded = try XMLPreprocessor.expand(
            Array(text.utf8),
            named: "f.xml",
            globals: GlobalVariables([("x", "before")]),
            options: options
        )
        #expect(expanded.text == "before\nbefore\nbefore\n")
        #expect(asked.withLock { $0 } == 2, "a server is asked once a load")
        #expect(
            expanded.diagnostics.map(\.description) == [
                "f.xml:1: warning: a.example did not tell the public address, x is not set",
                "f.xml:3: warning: stun:b.example did not tell the public address, x is not set",
                "f.xml:5: warning: a.example did not tell the public address, x is not set",
            ]
        )
    }

    @Test func manyFindingsAreCounted() throws {
        let text = String(repeating: "$${nothing}\n", count: DiagnosticList.limit + 5) + "$${open\n"
        let expanded = try XMLPreprocessor.expand(
            Array(text.utf8),
            named: "f.xml",
            globals: GlobalVariables(),
            options: Self.options()
        )
        #expect(expanded.diagnostics.count == DiagnosticList.limit + 1)
        // A warning among those that are left out is not taken for a note.
        #expect(expanded.diagnostics.last?.description == "warning: 6 more findings are not listed")
    }

    @Test func realCommandsRun() {
        #expect(ShellCommand.run("printf 'a b'; exit 0")?.output == Array("a b".utf8))
        #expect(ShellCommand.run("printf c; exit 3") == ShellCommand.Outcome(output: [99], isSuccess: false))
        #expect(ShellCommand.run("yes")?.isSuccess == false)
    }

    @Test(arguments: [
        (
            "itself", "<X-PRE-PROCESS cmd=\"include\" data=\"a.xml\"/>",
            "files include each other deeper than 100 levels"
        ),
        (
            "doubling",
            "<X-PRE-PROCESS cmd=\"set\" data=\"x=1234567890123456\"/>\n"
                + String(repeating: "<X-PRE-PROCESS cmd=\"set\" data=\"x=$${x}$${x}\"/>\n", count: 40)
                + String(repeating: "$${x}", count: 200),
            "the line is longer than 1048576 bytes when expanded"
        ),
        (
            "document", String(repeating: String(repeating: "x", count: 99) + "\n", count: 30_000),
            "the document is longer than 2097152 bytes when expanded"
        ),
    ]) func limits(_ example: (name: String, text: String, message: String)) {
        var options = PreprocessorOptions()
        options.limits.documentBytes = 2 << 20
        let text = Array(example.text.utf8)
        #expect {
            if example.name == "itself" {
                let files = MemoryFiles(["/a.xml": example.text])
                _ = try XMLPreprocessor.expand(
                    file: "/a.xml",
                    from: files,
                    globals: GlobalVariables(),
                    options: options
                )
            } else {
                _ = try XMLPreprocessor.expand(text, named: "f", globals: GlobalVariables(), options: options)
            }
        } throws: { error in
            (error as? ConfigurationError)?.first.message == example.message
        }
    }

    @Test func remoteTextCannotReachTheMachine() throws {
        let text = """
            <a b="$${domain}"/>
            <X-PRE-PROCESS cmd="include" data="/etc/passwd"/>
            <X-PRE-PROCESS cmd="env-set" data="x=$PATH"/>
            <X-PRE-PROCESS cmd="exec-set" data="y=id"/>
            <X-PRE-PROCESS cmd="stun-set" data="z=host"/>
            <X-PRE-PROCESS cmd="set" data="domain=evil"/>
            """
        let globals = GlobalVariables([("domain", "example.org")])
        let node = try XMLDocument.parseAnswer(Array(text.utf8), named: "http://handler/", globals: globals)
        #expect(node[attribute: "b"] == "example.org")
        #expect(globals.all.map(\.value) == ["example.org"])
    }
}
