import Base
import DNSMessage
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import Lookups

/// The application, the commands and the dialplan, in a switch.
struct ENUMModuleTests {
    private static let zone: [(name: String, data: [RecordData])] = [
        ("4.3.2.1.e164.arpa", [Zone.sip("sip:a@x", 1, 1), Zone.sip("sip:b@x", 1, 1), Zone.sip("sip:c@x", 1, 2)]),
        ("5.e164.arpa", [Zone.rule(1, 1, "u", "E2U+pres", "!.!pres:a@x!")]),
        ("6.e164.arpa", [Zone.rule(1, 1, "u", "E2U+inside", "!.!x:9!")]),
        ("7.e164.arpa", [Zone.sip("sip:${system(true)}@x")]),
        ("4.3.2.1.256.freenum.org", [Zone.sip("sip:isn@x")]), ("1.other.example", [Zone.sip("sip:other@x")]),
    ]

    private static let set = #"<action application="set" data="found=${enum_route_count}:${enum_auto_route}"/>"#
    private static let park = #"<action application="park"/>"#

    private static func application(_ data: String) -> String {
        "<action application=\"enum\" data=\"\(data)\"/>"
    }

    // MARK: - The application

    @Test(
        arguments: [
            ("+1234", "3:sofia/out/a@x,sofia/out/b@x|sofia/out/c@x"),
            ("1234", "3:sofia/out/a@x,sofia/out/b@x|sofia/out/c@x"),
            ("1234*256", "1:sofia/out/isn@x"), ("1 other.example", "1:sofia/out/other@x"), ("5", "0:"), ("8", "0:"),
            ("7", "0:"), ("alice", "0:"), ("1 a..b", "0:"),
        ]
    )
    func setsVariables(_ data: String, _ expected: String) throws {
        let exchange = try ENUMSwitch(
            ENUMSwitch.extension("1", Self.application(data) + Self.set + Self.park),
            names: Zone(Self.zone)
        )
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        #expect(exchange.variable("found", of: call) == expected)
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }

    /// Each route has a variable of its own, and those of an earlier look-up are gone.
    @Test func setsOneVariableForEachRoute() throws {
        let again = Self.application("1234*256")
        let keep = #"<action application="set" data="before=${enum_route_1} ${enum_route_2} ${enum_route_3}"/>"#
        let exchange = try ENUMSwitch(
            ENUMSwitch.extension("1", Self.application("1234") + keep + again + Self.park),
            names: Zone(Self.zone)
        )
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        #expect(exchange.variable("before", of: call) == "sofia/out/a@x sofia/out/b@x sofia/out/c@x")
        #expect(exchange.variable("enum_route_1", of: call) == "sofia/out/isn@x")
        for name in ["enum_route_2", "enum_route_3"] { #expect(exchange.variable(name, of: call) == nil) }
    }

    @Test func runsInline() throws {
        let inline = #"<action application="enum" data="1234" inline="true"/>"#
        let next = "<condition field=\"${enum_route_count}\" expression=\"^3$\">\(Self.set)\(Self.park)</condition>"
        let exchange = try ENUMSwitch(ENUMSwitch.extension("1", inline, next), names: Zone(Self.zone))
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        #expect(exchange.variable("found", of: call)?.hasPrefix("3:") == true)
    }

    /// Rules that are left out, and servers that do not answer, are in the log; the call goes on.
    @Test func tellsTheLog() throws {
        let exchange = try ENUMSwitch(
            ENUMSwitch.extension(
                "1",
                Self.application("7") + Self.application("1 away.example") + Self.set + Self.park
            ),
            names: Away(Zone(Self.zone))
        )
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        #expect(exchange.variable("found", of: call) == "0:")
        #expect(exchange.log.lines.contains { $0.contains("rule=7.e164.arpa.: the result has characters") })
        #expect(exchange.log.lines.contains { $0.contains("the name servers did not answer in time") })
    }

    /// Names of one root have servers that are away.
    private struct Away: NameAsking {
        let names: Zone

        init(_ names: Zone) { self.names = names }

        func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage {
            guard !question.name.isEqualOrBelow(Zone.name("away.example")) else { throw .timedOut }
            return try await names.ask(question, plan)
        }
    }

    // MARK: - Who is asked

    private struct Servers: NameAsking {
        func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage {
            let servers = plan.servers.map { "\($0)".replacing(":", with: ".") }.joined(separator: "/")
            return Zone.message(id: 1, question, [ResourceRecord(question.name, ttl: 1, Zone.sip("sip:\(servers)"))])
        }
    }

    @Test func channelsAndGlobalVariablesNameServers() throws {
        let own = #"<action application="set" data="enum_nameserver=192.0.2.2, 192.0.2.3:54,x"/>"#
        let exchange = try ENUMSwitch(
            ENUMSwitch.extension("1", Self.application("1") + Self.set + Self.park)
                + ENUMSwitch.extension("2", own + Self.application("1") + Self.set + Self.park),
            names: Servers()
        )
        func found(_ number: String) throws -> String? {
            let call = try exchange.softswitch.callInside(number, on: exchange.loop)
            return exchange.variable("found", of: call)
        }
        #expect(try found("1") == "1:sofia/out/192.0.2.1.53")
        #expect(try found("2") == "1:sofia/out/192.0.2.2.53/192.0.2.3.54")
        exchange.softswitch.xml.globals["enum-server"] = "192.0.2.9"
        #expect(try found("1") == "1:sofia/out/192.0.2.9.53")
        #expect(try found("2") == "1:sofia/out/192.0.2.2.53/192.0.2.3.54")
    }

    // MARK: - The commands

    @Test func commandsAnswer() throws {
        let exchange = try ENUMSwitch(names: Zone(Self.zone))
        let line = String(repeating: "=", count: 78)
        let head = "Order\tPref\tService   \tRoute\n\(line)\n"
        let table: [(String, String)] = [
            (
                "enum 1234*256",
                "\nOffered Routes:\n\(head)100\t10\tE2U+sip   \tsofia/out/isn@x\n"
                    + "\nSupported Routes:\n\(head)100\t10\tE2U+sip   \tsofia/out/isn@x\n"
            ),
            ("enum 5", "\nOffered Routes:\n\(head)1\t1\tE2U+pres  \tpres:a@x\n\nSupported Routes:\n\(head)"),
            ("enum 8", "\nOffered Routes:\n\(head)\nSupported Routes:\n\(head)"),
            ("enum alice", "-ERR \(ENUMFault.notNumber)\n"), ("enum 1 a..b", "-ERR \(ENUMFault.wrongRoot)\n"),
            ("enum", "-USAGE: enum reload | <number> [<root>]\n"), ("enum reload", "+OK ENUM Reloaded.\n"),
            ("enum_auto 1234", "sofia/out/a@x,sofia/out/b@x|sofia/out/c@x"),
            ("enum_auto 1 other.example", "sofia/out/other@x"), ("enum_auto 5", "none"), ("enum_auto alice", "none"),
            ("enum_auto", "none"),
        ]
        for (command, answer) in table { #expect(exchange.command(command) == answer, "\(command)") }
    }

    /// Without servers of its own it asks those of the machine, which may change; without any, the machine itself.
    @Test func asksTheMachinesServers() throws {
        let directory = TemporaryDirectory()
        let file = "\(directory.path)/resolv.conf"
        let exchange = try ENUMSwitch(names: Servers(), settings: "", resolverFile: file)
        #expect(exchange.answer("enum_auto 1") == "sofia/out/127.0.0.1.53")
        directory.write("search example\nnameserver 192.0.2.7\nnameserver 192.0.2.8\n", to: "resolv.conf")
        #expect(exchange.answer("enum_auto 1") == "sofia/out/192.0.2.7.53/192.0.2.8.53")
    }

    private struct Changed: XMLProvider {
        let settings: String

        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            let configuration = ENUMSwitch.configuration("other.example", settings)
            let text = "<document><section name=\"configuration\">\(configuration)</section></document>"
            guard value == "enum.conf", let node = try? XMLDocument.parse(Array(text.utf8), named: "changed") else {
                return .notFound
            }
            return .document(node)
        }
    }

    /// A changed configuration counts when it is asked for, or with all others where that is configured.
    @Test func readsItsConfigurationAnew() throws {
        let exchange = try ENUMSwitch(names: Zone(Self.zone))
        let softswitch = exchange.softswitch
        let settings = ENUMSwitch.server + #"<param name="auto-reload" value="true"/>"#
        let binding = softswitch.xml.bind(Changed(settings: settings), named: "changed", to: [.configuration])
        exchange.loop.run { await softswitch.modules.reloadAll(softswitch) }
        #expect(exchange.command("enum_auto 1") == "none")
        #expect(exchange.command("enum reload") == "+OK ENUM Reloaded.\n")
        #expect(exchange.command("enum_auto 1") == "sofia/out/other@x")
        softswitch.xml.unbind(binding)
        exchange.loop.run { await softswitch.modules.reloadAll(softswitch) }
        #expect(exchange.command("enum_auto 1") == "none")
        // One that is wrong leaves what there was.
        softswitch.xml.bind(
            Changed(settings: "<param name=\"nameserver\" value=\"x\"/>"),
            named: "wrong",
            to: [.configuration]
        )
        #expect(exchange.command("enum reload").hasPrefix("-ERR "))
        #expect(exchange.command("enum_auto 1234*256") == "sofia/out/isn@x")
    }

    @Test func takesOutWhatItHas() throws {
        let exchange = try ENUMSwitch(names: Zone([]))
        let softswitch = exchange.softswitch
        #expect(softswitch.dialplans["enum"] != nil && softswitch.applications["enum"] != nil)
        let isUnloaded = exchange.loop.run { await softswitch.modules.unload("mod_enum", from: softswitch) }
        #expect(isUnloaded == true)
        #expect(softswitch.dialplans["enum"] == nil && softswitch.applications["enum"] == nil)
        #expect(softswitch.commands["enum"] == nil && softswitch.commands["enum_auto"] == nil)
    }

    // MARK: - The dialplan

    private static func transfer(_ target: String) -> String {
        ENUMSwitch.extension("1", "<action application=\"transfer\" data=\"\(target)\"/>")
    }

    /// It bridges to each of the routes, one after the other.
    @Test func bridgesToTheRoutes() throws {
        let exchange = try ENUMSwitch(ENUMSwitch.extension("1234", Self.park), names: Zone(Self.zone))
        let call = try exchange.softswitch.callInside("1234", on: exchange.loop)
        let engine = try #require(exchange.softswitch.dialplans["enum"])
        let found = exchange.loop.run { await engine.hunt(call, argument: nil) }
        let route = try #require(found ?? nil)
        #expect(route.extensionName == "1234")
        #expect(
            route.actions
                == ["a", "b", "c"].map { DialplanAction(application: "bridge", data: "sofia/out/\($0)@x") }
        )
        #expect(exchange.variable("hangup_after_bridge", of: call) == "true")
        let other = exchange.loop.run { await engine.hunt(call, argument: "other.example") }
        #expect(other == .some(nil))
    }

    @Test func callsGoThere() throws {
        let nine = ENUMSwitch.extension("9", #"<action application="answer"/>"# + Self.park)
        let exchange = try ENUMSwitch(Self.transfer("6 enum,XML") + nine, names: Zone(Self.zone))
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("current_application", of: call) == "bridge")
        #expect(exchange.variable("current_application_data", of: call) == "loopback/9/default")
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }

    /// Where it finds nothing, the next dialplan is asked.
    @Test(arguments: ["5", "8", "alice", "7"]) func theNextDialplanIsAsked(_ number: String) throws {
        let other = ENUMSwitch.extension(number, #"<action application="set" data="found=1"/>"# + Self.park)
        let exchange = try ENUMSwitch(Self.transfer("\(number) enum,XML") + other, names: Zone(Self.zone))
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        #expect(exchange.variable("found", of: call) == "1")
    }

    private struct Gone: NameAsking {
        func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage {
            throw .cancelled
        }
    }

    /// That a caller has hung up meanwhile is no error.
    @Test func callersMayGo() throws {
        let exchange = try ENUMSwitch(Self.transfer("1234 enum"), names: Gone())
        _ = try exchange.softswitch.callInside("1", on: exchange.loop)
        let levels = exchange.log.levels(of: "the dialplan enum: \(ENUMFault.nameServers(.cancelled))")
        #expect(!levels.contains("error"))
    }

    /// What follows the colon is the root.
    @Test func hasARootOfItsOwn() throws {
        let names = Zone(Self.zone)
        let exchange = try ENUMSwitch(Self.transfer("1234 enum:root.example"), names: names)
        let call = try exchange.softswitch.callInside("1", on: exchange.loop)
        #expect(names.asked == ["4.3.2.1.root.example."])
        #expect(exchange.variable("hangup_cause", of: call) == "NO_ROUTE_DESTINATION")
    }
}
