import Base
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import XMLCurl

struct ModuleTests {
    @Test func hasItsPlaceAmongTheProvidersAcrossReloads() async throws {
        let server = TestWebServer([WebSwitch.domain(from: "web")])
        let web = try WebSwitch(WebSwitch.binding(try await server.listen()))
        try await web.module.start()
        let softswitch = web.softswitch
        // One that is bound later is asked later, also when the module has read its configuration anew.
        softswitch.xml.bind(Fixed(), named: "later", to: [.directory])
        try await web.module.reload()
        #expect(await web.source() == "web")
        #expect(web.count(.answered) == 1)
        await web.module.stop()
        #expect(await web.source() == "later")
        #expect(softswitch.commands["xml_curl"] == nil)
        #expect(softswitch.metrics["xml_curl_questions"] == nil)
        try await server.shutDown()
    }

    private struct Fixed: XMLProvider {
        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            let domain = XMLNode("domain", attributes: [(name: "name", value: value), (name: "from", value: "later")])
            let section = XMLNode("section", attributes: [(name: "name", value: "directory")], children: [domain])
            return .document(XMLNode("document", children: [section]))
        }
    }

    /// The server that a configuration comes from cannot say where it is.
    @Test func doesNotAskForItsOwnConfiguration() async throws {
        let server = TestWebServer()
        let web = try WebSwitch(WebSwitch.binding(try await server.listen(), sections: "configuration"))
        server.expect(WebSwitch.nothing, WebSwitch.nothing)
        try await web.module.start()
        #expect(await web.softswitch.xml.configuration(named: "XML_CURL.conf") != nil)
        #expect(await web.softswitch.xml.configuration(named: "other.conf") != nil)
        await web.module.stop()
        try await server.shutDown()
        var asked: [String] = []
        while let request = await server.next() {
            asked.append(FormFields(request.body)["key_value"] ?? "")
        }
        #expect(asked == ["acl.conf", "other.conf"])
    }

    @Test func showsWhatItDoes() async throws {
        let server = TestWebServer([WebSwitch.domain(from: "web"), WebSwitch.nothing])
        let port = try await server.listen()
        let web = try WebSwitch(WebSwitch.binding(port, path: "/xml?key=abc"))
        try await web.module.start()
        let softswitch = web.softswitch
        #expect(await softswitch.execute(command: "xml_curl debug_on") == "OK\n")
        #expect(await web.source() == "web")
        #expect(await softswitch.execute(command: "xml_curl debug_off") == "OK\n")
        #expect(await web.source() == "file")
        // The first answer is there to be read, the second is not.
        let kept = web.directory.names()
        #expect(kept.count == 1 && kept[0].hasSuffix(".tmp.xml"))
        #expect(web.directory.text(kept.first ?? "")?.contains("from=\"web\"") == true)
        #expect(
            await softswitch.execute(command: "xml_curl status") == """
                binding web
                  url       POST http://127.0.0.1:\(port)/xml
                  sections  directory|dialplan|languages
                  breaker   closed
                  now       in flight 0, waiting 0, idle connections 1
                  so far    answered 1, not_found 1, failed 0, refused 0, limited 0, malformed 0, busy 0, skipped 0, \
                abandoned 0
                1 bindings, debug is off

                """
        )
        #expect(await softswitch.execute(command: "xml_curl") == "-USAGE: xml_curl debug_on|debug_off|status\n")
        #expect(await softswitch.metrics["xml_curl_questions"]?.total() == 2)
        #expect(await softswitch.metrics["xml_curl_breaker_state"]?.total() == 0)
        await web.module.stop()
        try await server.shutDown()
    }

    @Test(
        arguments: [
            ([("ssl-cacert-file", "/nonexistent/ca.pem")], "/nonexistent/ca.pem"),
            ([("bind-local", "nowhere0")], "bind-local"), ([("timeout", "x")], "timeout"),
        ]
    ) func refusesWhatCannotWork(parameters: [(String, String)], wrong: String) async throws {
        let web = try WebSwitch(WebSwitch.binding(1, scheme: "https", parameters))
        let error = await #expect(throws: (any Error).self) { try await web.module.start() }
        #expect(error.map { "\($0)".contains(wrong) } == true)
        #expect(!web.softswitch.xml.hasProviders(for: .directory))
        await web.module.stop()
    }

    @Test(arguments: ["127.0.0.1", "lo", "if!lo"]) func bindsToWhatIsNamed(local: String) async throws {
        let server = TestWebServer([WebSwitch.domain(from: "web")])
        let web = try WebSwitch(WebSwitch.binding(try await server.listen(), [("bind-local", local)]))
        try await web.module.start()
        #expect(await web.source() == "web")
        await web.module.stop()
        try await server.shutDown()
    }

    @Test func readsAFile() async throws {
        let files = TemporaryDirectory()
        let path = files.write(
            "<document><section name=\"directory\"><domain name=\"a.example\" from=\"a file\"/></section></document>",
            to: "a.xml"
        )
        let web = try WebSwitch(
            "<binding name=\"f\"><param name=\"gateway-url\" value=\"file:\(path)\" bindings=\"directory\"/></binding>"
        )
        try await web.module.start()
        #expect(await web.source() == "a file")
        files.write("no document", to: "a.xml")
        #expect(await web.source() == "file")
        #expect(web.log.lines.contains { $0.contains(path) })
        await web.module.stop()
    }

    /// A server that is away is left alone, and asked again when it may be back.
    @Test func leavesAServerAloneThatFails() async throws {
        let web = try WebSwitch("")
        let port = ClosedPort()
        let server = TestWebServer([WebSwitch.domain(from: "web")])
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var gateway = Gateway(
            name: "web",
            url: .fixed(try HTTPURL("http://127.0.0.1:\(port.number)/")),
            sections: [.directory]
        )
        gateway.breakerFailures = 3
        let log = web.log
        let logger = Logger(label: "test") { _ in log }
        let clock = Clock()
        let provider = GatewayProvider(
            gateway,
            web.softswitch,
            client: HTTPClient(group: group, tls: nil),
            group: group,
            keeper: AnswerKeeper(directory: "/nonexistent", logger: logger),
            logger: logger,
            now: { clock.now.withLock { $0 } }
        )
        web.softswitch.xml.bind(provider, named: "web", to: [.directory])
        for _ in 1...5 { #expect(await web.source() == "file") }
        #expect(provider.status.counts == [.failed: 3, .skipped: 2])
        #expect(provider.status.breaker == .open(until: .zero + .seconds(10)))
        #expect(web.log.lines.count { $0.contains("3 failures in a row") } == 1)
        clock.now.withLock { $0 = .zero + .seconds(10) }
        #expect(await web.source() == "file")
        #expect(provider.status.breaker == .open(until: .zero + .seconds(20)))
        _ = try await server.listen(port: port.number)
        #expect(await web.source() == "file")
        clock.now.withLock { $0 = .zero + .seconds(20) }
        #expect(await web.source() == "web")
        #expect(provider.status.breaker == .closed(failures: 0))
        #expect(web.log.lines.count { $0.contains("answers again") } == 1)
        withExtendedLifetime(port) {}
        try await server.shutDown()
        try await group.shutdownGracefully()
    }

    /// A server that has heard enough of somebody is there for the others.
    @Test func leavesAServerAskedThatLimits() async throws {
        let server = TestWebServer(Array(repeating: .answer(429), count: 5))
        let web = try WebSwitch(WebSwitch.binding(try await server.listen(), [("breaker-failures", "2")]))
        try await web.module.start()
        for _ in 1...5 { #expect(await web.source() == "file") }
        let status = try #require(web.module.statuses.first)
        #expect(status.counts == [.limited: 5])
        #expect(status.breaker == .closed(failures: 0))
        #expect(web.log.lines.count { $0.contains("status 429") } == 1)
        await web.module.stop()
        try await server.shutDown()
    }

    private final class Clock: Sendable {
        let now = Mutex(MonotonicInstant.zero)
    }
}
