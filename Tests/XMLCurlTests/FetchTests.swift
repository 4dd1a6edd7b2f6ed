import HTTPTransport
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import XMLCurl

/// Look-ups that web servers answer, well and badly.
struct FetchTests {
    /// Whatever the first of two servers does, the second is asked where FreeSWITCH asks it.
    @Test(
        arguments: [
            (WebSwitch.domain(from: "first"), "first", FetchOutcome.answered, nil),
            (WebSwitch.nothing, "second", .notFound, nil),
            (.answer(404), "second", .refused, "status 404 from http://127.0.0.1"),
            (.answer(503), "second", .refused, "status 503"),
            (.answer(429), "second", .limited, "status 429"),
            (.page(200, [], "<html><body/></html>"), "second", .malformed, "is <html>, expected <document>"),
            (.page(200, [], "Fatal error: nothing works"), "second", .malformed, "26 bytes that are no document"),
            (.page(200, [], "<document><section"), "second", .malformed, "no document"),
            (.page(200, [], ""), "second", .malformed, "0 bytes"),
            (.close, "second", .failed, "the connection ended before the answer"),
            (.page(200, [], String(repeating: " ", count: 3000)), "second", .failed, "more than 2048 bytes"),
            // A document with something else in it is an answer; the files have what it does not.
            (
                .page(200, [], "<document><section name=\"dialplan\"/></document>"), "file", .answered,
                "no section directory"
            ),
        ] as [(TestWebServer.Behaviour, String, FetchOutcome, String?)]
    ) func asksTheNext(
        behaviour: TestWebServer.Behaviour,
        source: String,
        outcome: FetchOutcome,
        logged: String?
    ) async throws {
        let (first, second) = (TestWebServer([behaviour]), TestWebServer([WebSwitch.domain(from: "second")]))
        let web = try WebSwitch(
            WebSwitch.binding(try await first.listen(), name: "one", [("response-max-bytes", "2048")])
                + WebSwitch.binding(try await second.listen(), name: "two")
        )
        try await web.module.start()
        #expect(await web.source() == source)
        #expect(web.module.statuses.first?.counts[outcome] ?? 0 > 0)
        if let logged {
            #expect(web.log.lines.contains { $0.contains(logged) && $0.contains("\"one\"") })
        }
        await web.module.stop()
        #expect(await web.source() == "file")
        try await first.shutDown()
        try await second.shutDown()
    }

    /// Nothing of a document is carried out; only where the operator wants it do global variables get their values.
    @Test(arguments: [(false, "$${secret_variable}"), (true, "global")])
    func takesDocumentsAsTheyAre(expands: Bool, expected: String) async throws {
        let server = TestWebServer()
        let web = try WebSwitch(
            WebSwitch.binding(try await server.listen(), [("expand-globals", "\(expands)")])
        )
        try await web.module.start()
        let file = web.directory.path + "/made"
        server.expect(
            WebSwitch.domain(
                from: "web",
                """

                <X-PRE-PROCESS cmd="exec" data="touch \(file)"/>
                <X-PRE-PROCESS cmd="exec-set" data="a=touch \(file)"/>
                <X-PRE-PROCESS cmd="include" data="/etc/hostname"/>
                <X-PRE-PROCESS cmd="set" data="secret_variable=other"/>
                <params><param name="p" value="$${secret_variable}"/></params>

                """
            )
        )
        let domain = await web.softswitch.directory.domain("a.example")
        let value = domain?.node.first("params")?.first("param")?[attribute: "value"]
        // A document may set what it reads itself, and nothing else.
        #expect(value == (expands ? "other" : expected))
        #expect(web.softswitch.xml.globals["secret_variable"] == "global")
        #expect(web.directory.names() == [])
        await web.module.stop()
        try await server.shutDown()
    }

    @Test func sendsAGetWithTheFieldsInTheQuery() async throws {
        let server = TestWebServer([WebSwitch.nothing])
        let web = try WebSwitch(
            WebSwitch.binding(
                try await server.listen(),
                path: "/x?key=1",
                [
                    ("method", "GET"), ("gateway-credentials", "me:secret"), ("enable-post-var", "domain"),
                    ("enable-post-var", "Event-Calling-Function"),
                ]
            )
        )
        try await web.module.start()
        #expect(await web.source() == "file")
        let request = await server.next()
        #expect(request?.method == "GET")
        #expect(
            request?.uri == "/x?key=1&hostname=pbx1&section=directory&tag_name=domain&key_name=name"
                + "&key_value=a.example&Event-Calling-Function=switch_xml_locate_domain&domain=a.example"
        )
        #expect(request?.body == "")
        #expect(request?.headers["authorization"] == "Basic bWU6c2VjcmV0")
        #expect(request?.headers["user-agent"] == "freeswitch-xml/1.0")
        #expect(!web.log.lines.contains { $0.contains("secret") })
        await web.module.stop()
        try await server.shutDown()
    }

    @Test func putsFieldsIntoTheURL() async throws {
        let server = TestWebServer([WebSwitch.domain(from: "web")])
        let web = try WebSwitch(
            WebSwitch.binding(
                try await server.listen(),
                path: "/${hostname}/${section}/${domain}",
                [("use-dynamic-url", "true")]
            )
        )
        try await web.module.start()
        #expect(await web.source() == "web")
        let request = await server.next()
        #expect(request?.uri == "/pbx1/directory/a.example")
        #expect(request?.method == "POST")
        #expect(request?.headers["content-type"] == "application/x-www-form-urlencoded")
        await web.module.stop()
        try await server.shutDown()
    }

    @Test func answersWhoAsksWhoItIs() async throws {
        let challenge = ("WWW-Authenticate", #"Digest realm="r", nonce="n", qop="auth""#)
        let server = TestWebServer([
            .page(401, [challenge], ""), WebSwitch.domain(from: "web"), .page(401, [challenge], ""),
        ])
        let web = try WebSwitch(
            WebSwitch.binding(
                try await server.listen(),
                [("gateway-credentials", "me:secret"), ("auth-scheme", "digest"), ("keep-alive", "1")]
            )
        )
        try await web.module.start()
        #expect(await web.source() == "web")
        #expect(await server.next()?.headers["authorization"] == nil)
        let second = await server.next()
        #expect(second?.headers["authorization"]?.hasPrefix("Digest username=\"me\", realm=\"r\"") == true)
        // On the same connection, and the question is the same.
        #expect(second?.connection == 1)
        #expect(second?.body.hasPrefix("hostname=pbx1&section=directory") == true)
        await web.module.stop()
        try await server.shutDown()
    }

    @Test func keepsConnectionsAndCookies() async throws {
        let cookie = ("Set-Cookie", "id=7; Path=/")
        let server = TestWebServer([
            .page(404, [cookie], ""), .page(404, [], ""), .page(404, [("Connection", "close")], ""),
        ])
        let port = try await server.listen()
        let file = TemporaryDirectory()
        let path = file.path + "/cookies"
        let parameters = [("cookie-file", path), ("keep-alive", "4"), ("breaker-failures", "0")]
        let web = try WebSwitch(WebSwitch.binding(port, parameters))
        try await web.module.start()
        var connections: [Int] = []
        var cookies: [String?] = []
        for _ in 1...4 {
            #expect(await web.source() == "file")
            let request = await server.next()
            connections.append(request?.connection ?? 0)
            cookies.append(request?.headers["cookie"])
        }
        #expect(connections == [1, 1, 1, 2])
        #expect(cookies == [nil, "id=7", "id=7", "id=7"])
        await web.module.stop()
        // Written by another thread; another run finds it.
        while file.text("cookies") == nil { await Task.yield() }
        let other = try WebSwitch(WebSwitch.binding(port, parameters))
        try await other.module.start()
        #expect(await other.source() == "file")
        #expect(await server.next()?.headers["cookie"] == "id=7")
        await other.module.stop()
        try await server.shutDown()
    }

    /// A connection that the server ended meanwhile costs nothing but another one.
    @Test func asksAgainWhenAKeptConnectionEnds() async throws {
        let server = TestWebServer([.answer(404), .close, WebSwitch.domain(from: "web")])
        let web = try WebSwitch(WebSwitch.binding(try await server.listen()))
        try await web.module.start()
        #expect(await web.source() == "file")
        #expect(await web.source() == "web")
        #expect(web.count(.failed) == 0)
        await web.module.stop()
        try await server.shutDown()
    }

    /// Certificates are checked: one that nobody has signed for this host is refused, with its authority it is accepted.
    @Test(
        arguments: [
            (TestCertificate.here, [], false), (.here, ["authority"], true), (.elsewhere, ["authority"], false),
            (.elsewhere, ["authority", "any host"], true), (.elsewhere, ["anybody"], true),
        ] as [(TestCertificate, [String], Bool)]
    ) func checksCertificates(certificate: TestCertificate, trust: [String], isGood: Bool) async throws {
        let server = try TestWebServer([WebSwitch.domain(from: "web")], showing: certificate)
        let files = TemporaryDirectory()
        let authority = files.write(TestCertificate.authority, to: "authority.pem")
        let parameters = trust.map { word in
            switch word {
            case "authority": ("ssl-cacert-file", authority)
            case "any host": ("enable-ssl-verifyhost", "false")
            default: ("enable-cacert-check", "false")
            }
        }
        let web = try WebSwitch(WebSwitch.binding(try await server.listen(), scheme: "https", parameters))
        try await web.module.start()
        #expect(await web.source() == (isGood ? "web" : "file"))
        #expect(web.count(.failed) == (isGood ? 0 : 1))
        if !isGood {
            let said = web.log.lines.joined(separator: "\n")
            #expect(said.contains("CERTIFICATE_VERIFY_FAILED") || said.contains("certificate"), "\(said)")
        }
        await web.module.stop()
        try await server.shutDown()
    }
}
