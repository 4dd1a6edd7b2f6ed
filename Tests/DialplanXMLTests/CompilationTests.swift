import DialplanXML
import SwitchCore
import Testing
import XMLConfig

struct CompilationTests {
    @Test func mistakesAreReportedWithTheirPlace() {
        let context = CompiledContext(
            compiling: Markup.context(
                """
                <extension name="a">
                <condition field="destination_number" expression="(">
                <action application="a" data="it\\'s"/>
                </condition>
                <condition hour="noon" break="sometimes" field="x" expression="y">
                <action application="b" data="$1"/>
                </condition>
                <condition regex="some"><regex field="x" expression="/y"/></condition>
                </extension>
                <extension name="b"><action application="c"/></extension>
                """
            )
        )
        let summary = context.diagnostics.map {
            "\($0.location.map { "\($0.line)" } ?? "-") \($0.severity) \($0.message.prefix(20))"
        }
        #expect(
            summary == [
                "2 error expression \"(\" never", "3 error data with \\' in it i",
                "5 warning hour=\"noon\" cannot b", "5 warning time attributes and ",
                "5 warning break=\"sometimes\" is", "6 warning $1 needs parentheses",
                "8 warning regex=\"some\" is read", "8 error expression \"/y\" neve",
                "10 warning an extension without",
            ]
        )
        #expect(context.extensionNames == ["a", "b"])
    }

    @Test func contextsAreFoundByNameAndCompiledOnce() {
        let section = Markup.element(
            "<section name=\"dialplan\"><context name=\"Public\"/><context name=\"global\"/></section>"
        )
        let library = DialplanLibrary()
        #expect(library.context(named: "PUBLIC", in: section)?.name == "Public")
        #expect(library.context(named: "other", in: section)?.name == "global")
        #expect(library.context(named: "public", in: section) === library.context(named: "public", in: section))
        let first = library.context(named: "public", in: section)
        library.removeAll()
        #expect(library.context(named: "public", in: section) !== first)
        #expect(library.context(named: "x", in: Markup.element("<section/>")) == nil)
    }

    /// What a cache has forgotten is nobody's any more.
    @Test func contextsOfForgottenDocumentsAreFreed() {
        let library = DialplanLibrary()
        weak var compiled: CompiledContext?
        do {
            let node = Markup.element("<context name=\"a\"/>")
            compiled = library.context(for: node)
            #expect(library.context(for: node) === compiled)
        }
        let other = Markup.element("<context name=\"b\"/>")
        #expect(library.context(for: other).name == "b")
        #expect(compiled == nil)
        #expect(library.count == 1)
    }

    /// Those go that were used least recently, and never all.
    @Test(arguments: [(3, 1 << 20), (100, 3 * 3 * 250)])
    private func contextsAreBounded(count: Int, bytes: Int) {
        let library = DialplanLibrary(count: count, bytes: bytes)
        let nodes = (0..<10).map { Markup.element("<context name=\"\($0)\"/>") }
        let first = library.context(for: nodes[0])
        for node in nodes {
            _ = library.context(for: node)
            #expect(library.context(for: nodes[0]) === first)
        }
        #expect(library.count == 3)
        let last = library.context(for: nodes[9])
        #expect(library.context(for: nodes[9]) === last)
    }

    @Test func deepNestingIsCutAndDoesNotOverflow() async {
        let depth = 150
        let dialplan =
            "<extension name=\"deep\">" + String(repeating: "<condition>", count: depth)
            + "<action application=\"a\"/>" + String(repeating: "</condition>", count: depth) + "</extension>"
        let context = CompiledContext(compiling: Markup.context(dialplan))
        #expect(context.diagnostics.map(\.severity) == [.error])
        _ = await TestCall("1").hunt(context)
    }

    @Test func manyActionsAreCut() async {
        let action = "<action application=\"a\" loop=\"99999999999\"/><action application=\"b\" loop=\"5000\"/>"
        let dialplan = String(
            repeating: "<extension continue=\"true\"><condition>\(action)</condition></extension>",
            count: 20
        )
        let call = TestCall("1")
        let route = await CompiledContext(compiling: Markup.context(dialplan)).hunt(for: call)
        #expect(route?.actions.count ?? 0 <= 10_000)
    }

    @Test func catastrophicExpressionIsReportedAndDoesNotMatch() async {
        let call = TestCall(String(repeating: "a", count: 5000) + "!")
        let dialplan = """
            <extension name="e"><condition field="destination_number" expression="^(a+)+$"><action application="a"/>\
            </condition></extension>
            """
        #expect(await call.hunt(dialplan) == "-")
        let isReported = call.traces.contains { if case .invalidExpression = $0 { true } else { false } }
        #expect(isReported)
    }

    @Test func concurrentHuntsShareAContext() async {
        let extensions = (0..<50).map { number in
            "<extension name=\"e\(number)\"><condition field=\"destination_number\""
                + " expression=\"^(${prefix}\(number))$\">"
                + "<action application=\"a\" data=\"$1\"/></condition></extension>"
        }
        let context = CompiledContext(compiling: Markup.context(extensions.joined()))
        await withTaskGroup(of: String.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let call = TestCall("\(task)7", variables: [("prefix", "\(task)")])
                    return await call.hunt(context) == "e7: a(\(task)7)" ? "" : "task \(task)"
                }
            }
            for await failure in group { #expect(failure.isEmpty) }
        }
    }

    @Test func tracesDescribeTheWalk() async {
        let call = TestCall("1001")
        call.tracesHunt = true
        _ = await call.hunt(
            "<extension name=\"e\"><condition field=\"destination_number\""
                + " expression=\"^1\"><action application=\"a\"/></condition></extension>"
        )
        #expect(
            call.traces == [
                .tryingExtension(name: "e", continues: false),
                .tested(extensionName: "e", field: "destination_number", value: "1001", expression: "^1", passed: true),
                .action(extensionName: "e", DialplanAction(application: "a", data: ""), isAnti: false, isInline: false),
            ]
        )
    }
}
