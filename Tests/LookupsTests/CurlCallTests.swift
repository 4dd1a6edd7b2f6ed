import Base
import SwitchCore
import TandemTesting
import Testing

@testable import Lookups

/// The application `curl` on a call.
struct CurlCallTests {
    private static let note = ("note", "${curl_response_code}|${curl_response_data}|${curl_method}")

    @Test(
        arguments: [
            ("", .page(200, [], "here"), "200|here|"), ("get", .page(404, [], "no"), "404|no|get"),
            ("post a%20b", .page(201, [], ""), "201||post"), ("", .close, "0||"),
            ("json", .close, #"0|{"exit_code":"52","status_code":"0","headers":[]}|"#),
            // What would be an expression does not get into a variable, and what was there is no answer to this.
            ("", .page(200, [], "${uuid}"), "200||"),
        ] as [(String, TestWebServer.Behaviour, String)]
    )
    func leavesVariables(words: String, behaviour: TestWebServer.Behaviour, expected: String) async throws {
        let server = TestWebServer([.page(200, [], "before"), behaviour])
        let port = try await server.listen()
        let url = "http://127.0.0.1:\(port)/x?key=kV3qz8Rw"
        let exchange = try LookupSwitch(
            extensions: LookupSwitch.extension(
                "1",
                [("curl", "\(url) post"), Self.note, ("curl", "\(url) \(words)"), Self.note]
            )
        )
        _ = try exchange.call("1")
        #expect(exchange.noted(2) == ["200|before|post", expected])
        let said = exchange.log.lines.filter { $0.hasPrefix("curl: ") }
        #expect(said.isEmpty == !expected.hasPrefix("0"))
        #expect(!said.contains { $0.contains("kV3qz8Rw") })
        try await server.shutDown()
    }

    /// The answer decides how the dialplan goes on.
    @Test func runsWhileTheDialplanHunts() async throws {
        let server = TestWebServer([.page(200, [], "sales")])
        let port = try await server.listen()
        let exchange = try LookupSwitch(
            extensions: """
                <extension name="a"><condition field="destination_number" expression="^1$">
                  <action application="curl" data="http://127.0.0.1:\(port)/" inline="true"/>
                </condition><condition field="${curl_response_data}" expression="^sales$">
                  <action application="note" data="found"/>
                </condition></extension>
                """
        )
        _ = try exchange.call("1")
        #expect(exchange.noted(1) == ["found"])
        try await server.shutDown()
    }

    @Test func goesOnAfterWordsThatMeanNothing() throws {
        let exchange = try LookupSwitch(
            extensions: LookupSwitch.extension("1", [("curl", ""), ("curl", "ftp://a/"), ("note", "after")])
        )
        _ = try exchange.call("1")
        #expect(exchange.noted(1) == ["after"])
        #expect(exchange.log.lines.contains { $0.hasPrefix("there is no URL") })
    }

    /// A call that ends does not wait for the server, and what is behind it in the extension does not run.
    @Test func endsWithTheCall() async throws {
        let server = TestWebServer([.hang])
        let port = try await server.listen()
        let exchange = try LookupSwitch(
            extensions: LookupSwitch.extension("1", [("curl", "http://127.0.0.1:\(port)/"), ("note", "after")])
        )
        let call = try exchange.call("1")
        #expect(await server.next()?.uri == "/")
        let softswitch = exchange.softswitch
        exchange.loop.run { await call.hangUp(.normalClearing) }
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.loop.runUntil { softswitch.sessions[call.id] == nil })
        #expect(exchange.noted(0) == [])
        try await server.shutDown()
    }

    @Test func leavesWithTheModule() async throws {
        let exchange = try LookupSwitch()
        #expect(exchange.softswitch.commands["curl"] != nil && exchange.softswitch.applications["curl"] != nil)
        #expect(await exchange.softswitch.modules.unload("mod_curl", from: exchange.softswitch))
        #expect(exchange.softswitch.commands["curl"] == nil && exchange.softswitch.applications["curl"] == nil)
    }
}
