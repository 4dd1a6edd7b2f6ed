import Base
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import CDR

/// Documents of calls through a switch: which there are, where, and what is in them.
struct DocumentCallTests {
    private static let extensions = [
        ("5000", #"<action application="answer"/><action application="hangup"/>"#),
        ("5001", #"<action application="set" data="x=a &lt;b&gt; &quot;c&quot;/d,e"/><action application="answer"/>"#),
        ("5002", #"<action application="bridge" data="loopback/5000/default"/>"#),
        (
            "5003",
            #"<action application="set" data="copy_xml_cdr=true"/>"#
                + #"<action application="bridge" data="loopback/5000/default"/>"#
        ),
        (
            "5004",
            #"<action application="multiset" data="continue_on_fail=true failed_xml_cdr_prefix=failed"/>"#
                + #"<action application="bridge" data="loopback/5999/default"/><action application="sleep" data="1"/>"#
        ),
        ("5005", #"<action application="transfer" data="5000 XML default"/>"#),
        (
            "5006",
            #"<action application="push" data="list=one"/><action application="push" data="list=two words"/>"#
        ),
        (
            "5007",
            #"<action application="execute_extension" data="5008"/><action application="execute_extension" data="5009"/>"#
                + #"<action application="set" data="never=reached"/>"#
        ),
        ("5008", #"<action application="set" data="a=b"/><action application="execute_extension" data="5006"/>"#),
        (
            "5010",
            #"<action application="set" data="copy_json_cdr=true"/>"#
                + #"<action application="bridge" data="loopback/5000/default"/>"#
        ),
        ("5009", #"<action application="hangup"/><action application="set" data="never=reached"/>"#),
    ]

    private static func configuration(_ name: String, _ settings: [String: String]) -> String {
        let parameters = settings.map { #"<param name="\#($0.key)" value="\#($0.value)"/>"# }
        return #"<configuration name="\#(name).conf"><settings>\#(parameters.joined())</settings></configuration>"#
    }

    private static func run(
        _ name: String,
        _ settings: [String: String],
        _ number: String,
        variables: [(String, String)] = []
    ) async throws -> (directory: TemporaryDirectory, id: String) {
        let exchange = try await RecordedSwitch(
            "mod_\(name)",
            configuration(name, settings),
            extensions: extensions
        )
        let id = try await exchange.call(number, variables: variables)
        try await exchange.stop()
        return (exchange.directory, id)
    }

    /// The last event of a channel that asks for it has the document.
    @Test(arguments: [("xml_cdr", "true", true), ("xml_cdr", "false", false), ("json_cdr", "true", false)])
    func lastEventHasTheDocument(_ name: String, _ value: String, _ expected: Bool) async throws {
        let exchange = try await RecordedSwitch(
            "mod_\(name)",
            Self.configuration(name, [:]),
            extensions: [
                (
                    "5000",
                    #"<action application="set" data="hangup_complete_with_xml=\#(value)"/>"#
                        + #"<action application="hangup"/>"#
                )
            ]
        )
        let subscription = exchange.softswitch.events.subscribe(to: [.channelHangupComplete]) {}
        let id = try await exchange.call("5000")
        let event = subscription.takeAll().first { $0["Unique-ID"] == id }
        try await exchange.stop()
        #expect(event != nil)
        #expect((event?.body?.contains("<cdr core-uuid=") == true) == expected)
        #expect((event?.body == nil) == !expected)
    }

    @Test(
        arguments: [
            (["log-dir": ""], "5000", [], 2, 0), (["log-dir": "", "prefix-a-leg": "true"], "5000", [], 0, 2),
            // A called leg, made by the channel that bridges, and three that nobody's channel has made.
            (["log-dir": "", "prefix-a-leg": "true"], "5002", [], 1, 3),
            (["log-dir": "", "prefix-a-leg": "true", "log-b-leg": "false"], "5002", [], 0, 3),
            (["log-dir": ""], "5000", [("process_cdr", "false")], 0, 0),
            (["log-dir": "", "prefix-a-leg": "true"], "5000", [("process_cdr", "b_only")], 0, 0),
            (["log-dir": "", "prefix-a-leg": "true"], "5000", [("process_cdr", "a_only")], 0, 2),
            (["log-dir": ""], "5000", [("skip_cdr_causes", "USER_BUSY,NORMAL_CLEARING")], 0, 0),
            (["log-dir": ""], "5000", [("skip_cdr_causes", "USER_BUSY")], 2, 0), ([:], "5000", [], 0, 0),
            (["log-dir": "", "durable": "true"], "5000", [], 2, 0),
        ] as [([String: String], String, [(String, String)], Int, Int)]
    )
    func writesFiles(
        settings: [String: String],
        number: String,
        variables: [(String, String)],
        plain: Int,
        prefixed: Int
    ) async throws {
        for (name, suffix) in [("xml_cdr", ".cdr.xml"), ("json_cdr", ".cdr.json")] {
            let (directory, _) = try await Self.run(name, settings, number, variables: variables)
            let names = directory.names("log/\(name)")
            #expect(names.allSatisfy { $0.hasSuffix(suffix) })
            #expect(names.count { !$0.hasPrefix("a_") } == plain, "\(name)")
            #expect(names.count { $0.hasPrefix("a_") } == prefixed, "\(name)")
        }
    }

    @Test func writesWhereItIsTold() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": "here/and there"], "5000")
        #expect(directory.names("log/here/and there").contains("\(id).cdr.xml"))
        let own = TemporaryDirectory()
        _ = try await Self.run("xml_cdr", ["log-dir": ""], "5000", variables: [("xml_cdr_base", own.path)])
        #expect(own.names().count == 2)
        let (rotated, _) = try await Self.run("xml_cdr", ["log-dir": "", "rotate": "true"], "5000")
        let stamps = rotated.names("log/xml_cdr")
        #expect(stamps.count == 1)
        #expect(stamps.first?.wholeMatch(of: /\d{4}(-\d\d){5}/) != nil)
    }

    @Test func encodesValues() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5001")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        #expect(text.contains("<x>a%20%3Cb%3E%20%22c%22/d,e</x>"))
        #expect(text.contains(#"app_data="x=a &lt;b&gt; &quot;c&quot;/d,e""#))
    }

    @Test func repeatsTheElementsOfArrays() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5006")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        #expect(text.contains("    <list>one</list>\n    <list>two%20words</list>\n"))
    }

    @Test func tellsTheWayThroughTheDialplan() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5005")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        let cdr = try XMLDocument.parse(Array(text.utf8), named: "cdr")
        let flows = cdr.children(named: "callflow").map { flow in
            (
                flow[attribute: "profile_index"], flow.first("extension")?[attribute: "name"],
                flow.first("extension")?[attribute: "current_app"],
                flow.first("caller_profile")?.first("destination_number")?.text,
                flow.first("caller_profile")?.first("rdnis")?.text
            )
        }
        #expect(flows.count == 2)
        // The newest comes first.
        #expect(flows.first ?? ("", "", "", "", "") == ("2", "5000", "hangup", "5000", "5005"))
        #expect(flows.last ?? ("", "", "", "", "") == ("1", "5005", "transfer", "5005", ""))
        let executed = cdr.first("app_log")?.children(named: "application").map { $0[attribute: "app_name"] }
        #expect(executed == ["transfer", "answer", "hangup"])
        let times = cdr.children(named: "callflow").map { $0.first("times")?.first("transfer_time")?.text != "0" }
        #expect(times == [false, true])
    }

    /// Where each extension stopped, and which were inside of another; those inside of these too are beside them.
    @Test func tellsHowFarItCame() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5007")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        let cdr = try XMLDocument.parse(Array(text.utf8), named: "cdr")
        let outer = try #require(cdr.first("callflow")?.first("extension"))
        let inner = outer.first("sub_extensions").map { Array($0.children(named: "extension")) } ?? []
        let lasts = ([outer] + inner).map { found in
            let actions = Array(found.children(named: "application"))
            let last = actions.indices.filter { actions[$0][attribute: "last_executed"] == "true" }
            return [
                found[attribute: "number"] ?? "", found[attribute: "current_app"] ?? "",
                last.map(String.init).joined(separator: ","), String(actions.count),
            ].joined(separator: " ")
        }
        #expect(
            lasts == [
                "5007 execute_extension 1 3", "5008 execute_extension 1 2", "5006 push 1 2", "5009 hangup 0 2",
            ]
        )
    }

    /// Whom a channel called, the last one first, whether or not they came.
    @Test(arguments: [("5004", 1, 0), ("5002", 1, 1), ("5000", 0, 0)])
    func tellsWhoWasCalled(number: String, called: Int, bridged: Int) async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], number)
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        let cdr = try XMLDocument.parse(Array(text.utf8), named: "cdr")
        let profile = cdr.first("callflow")?.first("caller_profile")
        func uuids(_ list: String) -> [String?] {
            profile?.first(list)?.children(named: "\(list)_caller_profile").map { $0.first("uuid")?.text } ?? []
        }
        #expect(uuids("origination").count == called)
        #expect(uuids("originatee").count == bridged)
        #expect(!uuids("origination").contains(id))
    }

    @Test func tellsWhoWasBridged() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5002")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        let cdr = try XMLDocument.parse(Array(text.utf8), named: "cdr")
        let variables = try #require(cdr.first("variables"))
        let partner = try #require(variables.first("bridge_uuid")?.text)
        for name in ["last_bridge_to", "signal_bond"] { #expect(variables.first(name)?.text == partner) }
        #expect(variables.first("bridge_to") == nil)
        #expect(variables.first("last_app")?.text == "bridge")
        #expect(variables.first("last_arg")?.text == "loopback/5000/default")
        #expect(variables.first("hangup_cause")?.text == "NORMAL_CLEARING")
        let profile = cdr.first("callflow")?.first("caller_profile")
        #expect(profile?.first("originatee")?.first("originatee_caller_profile")?.first("uuid")?.text == partner)
        #expect(profile?.first("originator") == nil)
        // And the called leg tells who called it.
        let called = try #require(directory.text("log/xml_cdr/\(partner).cdr.xml"))
        let other = try XMLDocument.parse(Array(called.utf8), named: "cdr").first("callflow")?.first("caller_profile")
        #expect(other?.first("originator")?.first("originator_caller_profile")?.first("uuid")?.text == id)
    }

    @Test func givesACopyToTheCallingLeg() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5003")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        let variables = try XMLDocument.parse(Array(text.utf8), named: "cdr").first("variables")
        let copy = PercentEncoding.decode(variables?.first("b_leg_cdr")?.text ?? "")
        let called = try XMLDocument.parse(Array(copy.utf8), named: "copy")
        #expect(called.first("variables")?.first("uuid")?.text == variables?.first("bridge_uuid")?.text)
        #expect(called.first("variables")?.first("end_epoch") != nil)
    }

    @Test func givesACopyInJSON() async throws {
        let (directory, id) = try await Self.run("json_cdr", ["log-dir": ""], "5010")
        let text = try #require(directory.text("log/json_cdr/\(id).cdr.json"))
        let variables = JSONValue(parsing: text.utf8)?["variables"]
        let copy = PercentEncoding.decode(variables?["b_leg_cdr"]?.text ?? "")
        let called = JSONValue(parsing: copy.utf8)?["variables"]
        #expect(called?["uuid"]?.text != nil && called?["uuid"] == variables?["bridge_uuid"])
        #expect(called?["end_epoch"]?.text != nil)
    }

    @Test func collectsLegsThatFailed() async throws {
        let (directory, id) = try await Self.run("xml_cdr", ["log-dir": ""], "5004")
        let text = try #require(directory.text("log/xml_cdr/\(id).cdr.xml"))
        let variables = try XMLDocument.parse(Array(text.utf8), named: "cdr").first("variables")
        let copy = PercentEncoding.decode(variables?.first("failed_1")?.text ?? "")
        let called = try XMLDocument.parse(Array(copy.utf8), named: "copy")
        #expect(called.first("variables")?.first("hangup_cause")?.text == "NO_ROUTE_DESTINATION")
        #expect(variables?.first("failed_2") == nil)
    }

    @Test func postsAndLeavesNothingBehind() async throws {
        let collector = TestWebServer()
        let url = "http://127.0.0.1:\(try await collector.listen())/cdr"
        for isDurable in ["true", "false"] {
            let settings = ["url": url, "log-dir": "", "encode": "textxml", "durable": isDurable]
            let exchange = try await RecordedSwitch(
                "mod_xml_cdr",
                Self.configuration("xml_cdr", settings),
                extensions: Self.extensions
            )
            try await exchange.call("5000")
            for _ in 0..<2 {
                let request = try #require(await collector.next())
                let cdr = try XMLDocument.parse(Array(request.body.utf8), named: "cdr")
                let id = try #require(cdr.first("variables")?.first("uuid")?.text)
                #expect(request.uri == "/cdr?uuid=\(id)")
            }
            let unsent = try #require(exchange.softswitch.metrics["xml_cdr_unsent"])
            while await unsent.total() != 0 { await Task.yield() }
            try await exchange.stop()
            #expect(exchange.directory.names("log/xml_cdr") == ["unsent"])
            #expect(exchange.directory.names("log/xml_cdr/unsent") == [])
        }
        try await collector.shutDown()
    }

    /// An encrypted collector whose authority is known takes records; a wrong file keeps the module from starting.
    @Test func postsEncrypted() async throws {
        let certificates = TemporaryDirectory()
        let authority = certificates.write(TestCertificate.authority, to: "authority.pem")
        let collector = try TestWebServer(showing: .here)
        var settings = ["url": "https://127.0.0.1:\(try await collector.listen())/cdr", "ssl-cacert-file": authority]
        let configuration = Self.configuration("xml_cdr", settings)
        let exchange = try await RecordedSwitch("mod_xml_cdr", configuration, extensions: Self.extensions)
        try await exchange.call("5000")
        for _ in 0..<2 { #expect(await collector.next()?.uri.hasPrefix("/cdr?uuid=") == true) }
        while await exchange.softswitch.metrics["xml_cdr_unsent"]?.total() != 0 { await Task.yield() }
        try await exchange.stop()
        #expect(exchange.directory.names("log/xml_cdr/unsent") == [])
        settings["ssl-cacert-file"] = certificates.path + "/none.pem"
        await #expect(throws: (any Error).self) {
            try await RecordedSwitch(
                "mod_xml_cdr",
                Self.configuration("xml_cdr", settings),
                extensions: Self.extensions
            )
        }
        try await collector.shutDown()
    }

    /// With `durable`, nothing that has ended is only in memory: the record is in the spool although nobody takes it.
    @Test func keepsTheRecordWhenNobodyTakesIt() async throws {
        let port = ClosedPort()
        let settings = ["url": "http://127.0.0.1:\(port.number)/", "durable": "true", "resend-interval": "300"]
        let exchange = try await RecordedSwitch(
            "mod_xml_cdr",
            Self.configuration("xml_cdr", settings),
            extensions: Self.extensions
        )
        let id = try await exchange.call("5000")
        #expect(exchange.directory.names("log/xml_cdr/unsent").contains("\(id).cdr.xml"))
        try await exchange.stop()
        #expect(exchange.directory.names("log/xml_cdr/unsent").count == 2)
        withExtendedLifetime(port) {}
    }

    @Test func countsWhatItDrops() async throws {
        let settings = ["log-dir": "/proc/no-such-place"]
        let exchange = try await RecordedSwitch(
            "mod_xml_cdr",
            Self.configuration("xml_cdr", settings),
            extensions: Self.extensions
        )
        try await exchange.call("5000")
        let queued = try #require(exchange.softswitch.metrics["xml_cdr_queued"])
        while await queued.total() != 0 { await Task.yield() }
        #expect(await exchange.softswitch.metrics["xml_cdr_dropped"]?.total() == 2)
        try await exchange.stop()
    }
}
