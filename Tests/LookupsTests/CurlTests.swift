import Base
import HTTPTransport
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import Lookups

/// The command `curl`, and a web server.
struct CurlTests {
    /// What is printed, whatever the status is.
    @Test(
        arguments: [
            (.page(200, [], "hello"), "hello"), (.page(404, [], "no"), "no"), (.page(204, [], ""), ""),
            (.page(200, [], "a\u{0}b"), "a"), (.page(200, [], "12345678"), "12345678"),
            (.page(200, [], "123456789"), "-ERR the answer has more than 8 bytes\n"),
            (.close, "-ERR the connection ended before the answer\n"),
            (.redirect(301, "//"), "-ERR redirected to what is no URL\n"),
        ] as [(TestWebServer.Behaviour, String)]
    )
    func prints(behaviour: TestWebServer.Behaviour, answer: String) async throws {
        let server = TestWebServer([behaviour])
        let port = try await server.listen()
        let exchange = try LookupSwitch(curl: #"<param name="max-bytes" value="8"/>"#)
        #expect(await exchange.command("curl http://127.0.0.1:\(port)/") == answer)
        try await server.shutDown()
    }

    @Test func printsHeaders() async throws {
        let server = TestWebServer([.page(404, [("X-A", "b")], "no")])
        let port = try await server.listen()
        let exchange = try LookupSwitch()
        let answer = await exchange.command("curl http://127.0.0.1:\(port)/ headers")
        #expect(answer.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(answer.contains("\r\nX-A: b\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n\nno"))
        try await server.shutDown()
    }

    @Test func printsJSON() async throws {
        let server = TestWebServer([.page(201, [("X-A", "b")], "say \"hi\"\n"), .page(200, [], "")])
        let port = try await server.listen()
        let exchange = try LookupSwitch()
        let answer = await exchange.command("curl http://127.0.0.1:\(port)/ json post x")
        let body = #""body":"say \"hi\"\u000a""#
        let line = #""version":"HTTP/1.1","phrase":"Created""#
        let header = #""headers":[{"key":"X-A","value":"b"}"#
        #expect(answer.hasPrefix(#"{"exit_code":"0","status_code":"201",\#(body),\#(line),\#(header)"#))
        #expect(JSONValue(parsing: answer.utf8)?["body"]?.text == "say \"hi\"\n")
        let empty = await exchange.command("curl http://127.0.0.1:\(port)/ json")
        #expect(empty.hasPrefix(#"{"exit_code":"0","status_code":"200","version":"HTTP/1.1","phrase":"OK","#))
        try await server.shutDown()
    }

    @Test func saysWhyThereIsNoAnswer() async throws {
        let port = ClosedPort()
        let exchange = try LookupSwitch()
        for (words, answer) in [
            ("http://127.0.0.1:\(port.number)/", "-ERR no connection: Connection refused\n"),
            ("http://127.0.0.1:\(port.number)/ headers", "-ERR no connection: Connection refused\n"),
            ("http://127.0.0.1:\(port.number)/ json", #"{"exit_code":"7","status_code":"0","headers":[]}"#),
            ("ftp://a/", "-ERR the URL is not what was expected: \(HTTPURL.Fault.malformed)\n"),
            ("http://a/ proxy http://b/", "-ERR proxies are not in this version\n"),
            ("", "-ERR\ncurl \(CurlRequest.syntax)\n"),
        ] {
            #expect(await exchange.command("curl \(words)") == answer, "\(words)")
        }
        withExtendedLifetime(port) {}
    }

    @Test(
        arguments: [
            ("", "GET", "", nil, nil), ("head", "HEAD", "", nil, nil),
            ("post a%3Db%26c", "POST", "a=b&c", "application/x-www-form-urlencoded", "5"),
            ("content-type text/x put 'a b'", "PUT", "a b", "text/x", "3"),
            ("delete", "DELETE", "", "application/x-www-form-urlencoded", "0"),
            ("patch x append_headers Content-Type:text/y", "PATCH", "x", "text/y", "1"),
        ] as [(String, String, String, String?, String?)]
    )
    func sends(words: String, method: String, body: String, type: String?, length: String?) async throws {
        let server = TestWebServer([.page(200, [], "")])
        let port = try await server.listen()
        let exchange = try LookupSwitch()
        let url = "http://me:secret@127.0.0.1:\(port)/a?b=c"
        let answer = await exchange.command("curl \(url) append_headers X-A:1 \(words)")
        #expect(answer == "")
        let request = await server.next()
        #expect(request?.method == method && request?.uri == "/a?b=c" && request?.body == body)
        #expect(request?.headers["content-type"] == type && request?.headers["content-length"] == length)
        #expect(request?.headers["user-agent"] == "freeswitch-curl/1.0" && request?.headers["accept"] == "*/*")
        #expect(request?.headers["x-a"] == "1" && request?.headers["authorization"] == "Basic bWU6c2VjcmV0")
        try await server.shutDown()
    }

    /// Where it is sent on, it arrives as it was; what says who it is goes to nobody else.
    @Test func isRedirected() async throws {
        let (server, other) = (TestWebServer(), TestWebServer([.page(200, [], "there")]))
        let (port, otherPort) = (try await server.listen(), try await other.listen())
        let exchange = try LookupSwitch()
        server.expect(.redirect(302, "/b"), .page(200, [], "here"))
        #expect(await exchange.command("curl http://127.0.0.1:\(port)/a post x") == "here")
        #expect(await server.next()?.uri == "/a")
        let second = await server.next()
        #expect(second?.method == "POST" && second?.uri == "/b" && second?.body == "x")
        let away = TestWebServer.Behaviour.redirect(302, "http://127.0.0.1:\(otherPort)/")
        server.expect(away, away)
        let secret = "append_headers 'Authorization: Bearer x'"
        #expect(
            await exchange.command("curl http://127.0.0.1:\(port)/ \(secret)")
                == "-ERR redirected to another host, which is not followed with credentials\n"
        )
        #expect(await exchange.command("curl http://127.0.0.1:\(port)/") == "there")
        try await server.shutDown()
        try await other.shutDown()
    }

    /// A server that never ends its answer, or never begins it, is left at the deadline, and others may be asked then.
    @Test(arguments: [TestWebServer.Behaviour.drip, .hang])
    func leavesAtTheDeadline(behaviour: TestWebServer.Behaviour) async throws {
        let server = TestWebServer()
        // The deadline may come before the request does.
        server.serve("/endless", behaviour)
        server.serve("/good", .page(200, [], "late"))
        let port = try await server.listen()
        let exchange = try LookupSwitch()
        let requests = Turnstile(limit: 1)
        var configuration = CurlConfiguration()
        configuration.timeout = .milliseconds(100)
        let client = try CurlClient(configuration, exchange.softswitch, requests: requests)
        #expect(await client.answer("http://127.0.0.1:\(port)/endless") == "-ERR no answer in time\n")
        #expect(await client.answer("http://127.0.0.1:\(port)/good timeout 60") == "late")
        #expect(requests.enter())
        #expect(await client.answer("http://127.0.0.1:\(port)/") == "-ERR \(CurlClient.Busy())\n")
        try await server.shutDown()
    }

    /// Certificates are checked, where nobody says otherwise; those of an operator's own authority are good.
    @Test(
        arguments: [
            (false, "", "", false), (true, "", "", true), (false, "", "insecure", true), (false, "false", "", true),
            (false, "false", "secure", false), (true, "true", "secure", true),
        ]
    )
    func checksCertificates(hasAuthority: Bool, setting: String, word: String, isGood: Bool) async throws {
        let server = try TestWebServer([.page(200, [], "good")], showing: TestCertificate.here)
        let port = try await server.listen()
        let parameter = setting.isEmpty ? "" : "<param name=\"validate-certs\" value=\"\(setting)\"/>"
        let exchange = try LookupSwitch(curl: parameter, certificates: hasAuthority)
        let answer = await exchange.command("curl https://127.0.0.1:\(port)/ timeout 60 \(word)")
        #expect(isGood ? answer == "good" : answer.hasPrefix("-ERR"), "\(answer)")
        try await server.shutDown()
    }
}
