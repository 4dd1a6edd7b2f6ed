import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

/// What conditions and actions of a chatplan do with a text of 1000's for 1001.
struct ChatplanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let extensions: String
        let body: String
        let outcome: String
        var testDescription: String { name }

        init(_ name: String, _ extensions: String, body: String = "Hello", _ outcome: String) {
            (self.name, self.extensions, self.body, self.outcome) = (name, extensions, body, outcome)
        }
    }

    static let unchanged = "! 1000@a>1001@a Hello"

    static let conditions: [Row] = [
        Row("nothing matches", rule("field=\"to_user\" expression=\"^9\"", run("final")), unchanged),
        Row("no extension", "", unchanged),
        Row("headers are fields", rule("field=\"From_Host\" expression=\"^a$\"", run("final")), ""),
        Row("the protocol", rule("field=\"proto\" expression=\"^sip$\"", run("final")), ""),
        Row("where it goes", rule("field=\"dest_proto\" expression=\"^sip$\"", run("final")), ""),
        Row("the text is a field", rule("field=\"_body\" expression=\"^stop$\"", run("final")), body: "stop", ""),
        Row("an unknown field is empty", rule("field=\"none\" expression=\"^$\"", run("final")), ""),
        Row(
            "an expression in a field",
            rule("field=\"${to_user}/${type}\" expression=\"^1001/text\"", run("final")),
            ""
        ),
        Row("anti-actions", rule("field=\"type\" expression=\"html\"", "<anti-action application=\"final\"/>"), ""),
        Row("the first that holds", rule(always, run("set", "x=1")) + rule(always, run("final")), unchanged),
        Row("continue", rule(always, run("set", "x=1"), "continue=\"true\"") + rule(always, run("final")), ""),
        Row(
            "regex",
            rule(
                "regex=\"any\"",
                "<regex field=\"to\" expression=\"x\"/><regex field=\"to\" expression=\"1\"/>" + run("final")
            ),
            ""
        ),
        Row(
            "inline is there for later conditions",
            "<extension name=\"e\"><condition>\(run("set", "x=1", "inline=\"true\""))</condition>"
                + "<condition field=\"x\" expression=\"^1$\">\(run("final"))</condition></extension>",
            ""
        ),
        Row(
            "nothing else is",
            "<extension name=\"e\"><condition>\(run("set", "x=1"))</condition>"
                + "<condition field=\"x\" expression=\"^1$\">\(run("final"))</condition></extension>",
            unchanged
        ),
        Row("inline ends the chatplan", rule("", run("final", "", "inline=\"true\"") + run("reply", "a")), ""),
    ]

    static let actions: [Row] = [
        Row("reply", rule(always, run("reply", "Hi")), "1001@a>1000@a Hi | \(unchanged)"),
        Row("reply with what came", rule(always, run("reply")), "1001@a>1000@a Hello | \(unchanged)"),
        Row(
            "both names of the text",
            rule(always, run("reply", "${_body} ${body}")),
            "1001@a>1000@a Hello Hello | \(unchanged)"
        ),
        Row(
            "captures",
            rule("field=\"to\" expression=\"^1(\\d+)@\"", run("reply", "$1")),
            "1001@a>1000@a 001 | \(unchanged)"
        ),
        Row(
            "captures in a header",
            rule(always, run("reply", "${DP_MATCH[1]}")),
            "1001@a>1000@a 1001@a | \(unchanged)"
        ),
        Row("final", rule(always, run("reply", "Hi") + run("final") + run("reply", "b")), "1001@a>1000@a Hi"),
        Row("stop", rule(always, run("stop") + run("reply", "b")), unchanged),
        Row("by hand", rule(always, run("set", "final_delivery=1") + run("reply", "b")), "1001@a>1000@a b"),
        Row("set", rule(always, run("set", "to=5@b") + run("set", "_body=${to} $1")), "! 1000@a>5@b 5@b 1001@a"),
        Row("set without a value", rule(always, run("set", "proto=") + run("reply", "never")), unchanged),
        Row("unset", rule(always, run("unset", "proto") + run("reply", "never")), unchanged),
        Row("send", rule(always, run("set", "to=5@b") + run("send") + run("final")), "1000@a>5@b Hello"),
        Row("send twice", rule(always, run("send", "sip")), "1000@a>1001@a Hello | \(unchanged)"),
        Row("loop", rule(always, run("reply", "x", "loop=\"2\"") + run("final")), "1001@a>1000@a x | 1001@a>1000@a x"),
        Row("info and fire", rule(always, run("info", "debug") + run("fire") + run("final")), ""),
        Row("names in any case", rule(always, run("FINAL")), ""),
    ]

    /// What somebody writes is never run, and arrives as it was.
    static let peers: [Row] = [
        Row(
            "no expressions",
            rule(always, run("reply", "${_body}") + run("final")),
            body: "${to} $1",
            "1001@a>1000@a %{to} $1"
        ),
        Row(
            "none from captures",
            rule("field=\"_body\" expression=\"(.*)\"", run("reply", "$1") + run("final")),
            body: "${to}",
            "1001@a>1000@a %{to}"
        ),
        Row(
            "backslashes",
            rule(always, run("reply", "${_body}") + run("final")),
            body: #"a\\b\nc\'d"#,
            #"1001@a>1000@a a\\b\nc\'d"#
        ),
        Row(
            "kept in another header",
            rule(always, run("set", "x=${_body}") + run("reply", "${x}") + run("final")),
            body: "${to}",
            "1001@a>1000@a %{to}"
        ),
    ]

    @Test(arguments: conditions + actions + peers)
    func does(_ row: Row) throws {
        let bench = try TextBench.extensions(row.extensions)
        let outcome = bench.outcome(row.body)
        #expect(outcome == row.outcome)
    }

    /// An action that fails ends the chatplan, with a word in the log; the text goes to whom it is for.
    @Test(arguments: [
        (run("lua", "x.lua"), "not in this version: the chat application lua"),
        (run("smpp_send", "gw"), "not in this version: the chat application smpp_send"),
        (run("replay", "x"), "there is no chat application replay"),
        (run("system", "touch /tmp/x"), "system: -ERR shell commands need --allow-exec on the command line"),
        (run("system", "log ${quote_shell_arg($1)}"), "system: takes no captures such as $1, write"),
        (run("System", "log $1", "inline=\"true\""), "System: takes no captures such as $1, write"),
        (run("system", "log ${DP_MATCH[1]}"), "system: -ERR shell commands need --allow-exec on the command line"),
        (run("set", "Content-Length=5"), "set: no header may be called Content-Length"),
        (run("set", "event-name=HEARTBEAT"), "set: no header may be called event-name"),
        (run("set", "a b=c"), "set: no header may be called a b"),
        (run("set", "a=${_body}${_body}"), "set: a is longer than \(ChatMessage.lengthLimit) bytes"),
        (run("unset", "x", "loop=\"1000\"") + run("unset", "x", "loop=\"2\""), "a text has no more than 1000 actions"),
    ])
    func fails(_ action: String, _ why: String) throws {
        let bench = try TextBench.extensions(rule(always, action + run("final")))
        let body = String(repeating: "x", count: ChatMessage.lengthLimit)
        #expect(bench.outcome(body) == "! 1000@a>1001@a \(body)")
        #expect(bench.log.lines.contains { $0.hasPrefix("chatplan: \(why)") })
    }

    /// One text does not become any number of texts.
    @Test func boundsWhatIsSent() throws {
        let bench = try TextBench.extensions(rule(always, run("reply", "x", "loop=\"1000\"")))
        #expect(bench.route()?.isDelivered == true)
        #expect(bench.texts.count == 32)
        #expect(bench.log.lines.contains { $0.hasPrefix("chatplan: reply: one text sends no more than 32") })
    }

    /// An answer goes back where the text came from, and goes on no more often than that could.
    @Test func answers() throws {
        let bench = try TextBench.extensions(rule(always, run("reply", "Hi")))
        _ = bench.route("Hello", [("from_sip_ip", "10.0.0.9"), ("from_sip_port", "5060"), ("sip_profile", "internal")])
        let text = try #require(bench.texts.first)
        #expect(text.peerAddress == "1000@a")
        #expect(text.fromAddress == nil)
        let event = try #require(text.event)
        for (name, value) in [
            ("to_sip_ip", "10.0.0.9"), ("to_sip_port", "5060"), ("sip_profile", "internal"), ("from_user", "1001"),
            ("to_user", "1000"), ("proto", "GLOBAL_SMS"), ("replying", "true"), ("orig_body", "Hello"),
        ] { #expect(event[name] == value, "\(name)") }
        #expect(event["from_sip_ip"] == nil)
    }

    /// The event names the context; `global` stands in for those that are not there.
    @Test(arguments: [
        ("", "default"), ("public", "public"), ("PUBLIC", "public"), ("other", "global"),
    ])
    func entersContexts(_ named: String, _ entered: String) throws {
        let contexts = ["default", "public", "global"].map { name in
            "<context name=\"\(name)\">\(rule("", run("reply", name) + run("final")))</context>"
        }
        let bench = try TextBench(contexts.joined())
        #expect(bench.outcome("Hello", named.isEmpty ? [] : [("context", named)]) == "1001@a>1000@a \(entered)")
    }

    /// Without its context a text is delivered; the log says so once.
    @Test func tellsOfMissingContextsOnce() throws {
        let bench = try TextBench("<context name=\"default\"/>")
        for _ in 1...2 { #expect(bench.outcome("Hello", [("context", "public")]) == Self.unchanged) }
        #expect(bench.log.levels(of: "there is no such chatplan context") == ["warning"])
    }

    /// Whoever is bound to the section is asked first, and told of the text but for what it says.
    @Test func asksProviders() throws {
        let provider = Provider()
        let bench = try TextBench.extensions(rule(always, run("reply", "files") + run("final")))
        bench.softswitch.xml.bind(provider, named: "test", to: [.chatplan])
        #expect(bench.outcome("secret") == "1001@a>1000@a provider")
        let asked = provider.asked.withLock { $0 }
        #expect(asked["to_user"] == "1001" && asked["Event-Name"] == "MESSAGE")
        #expect(!asked.values.contains { $0.contains("secret") })
    }

    private final class Provider: XMLProvider {
        let asked = Mutex<[String: String]>([:])

        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            asked.withLock { $0 = Dictionary(parameters) { first, _ in first } }
            let extensions = rule("", run("reply", "provider") + run("final"))
            let text = """
                <document><section name="chatplan"><context name="default">\(extensions)</context></section></document>
                """
            guard let node = try? XMLDocument.parse(Array(text.utf8), named: "provider") else { return .notFound }
            return .document(node)
        }
    }
}

private let always = "field=\"to\" expression=\"^(.*)$\""

private func rule(_ condition: String, _ actions: String, _ attributes: String = "") -> String {
    "<extension name=\"e\" \(attributes)><condition \(condition)>\(actions)</condition></extension>"
}

private func run(_ application: String, _ data: String = "", _ attributes: String = "") -> String {
    "<action application=\"\(application)\" data=\"\(data)\" \(attributes)/>"
}
