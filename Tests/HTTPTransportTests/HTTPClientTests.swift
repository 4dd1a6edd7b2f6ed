import HTTPTransport
import NIOCore
import NIOPosix
import TandemTesting
import Testing

/// POSTs to a server that redirects, and to servers with certificates.
struct HTTPClientTests {
    private let directory = TemporaryDirectory()

    /// The settings of a client that trusts the test authority alone.
    private var trusting: ClientTLSSettings {
        var settings = ClientTLSSettings()
        settings.authorities = directory.write(TestCertificate.authority, to: "authority.pem")
        return settings
    }

    private static func send(
        to url: String,
        _ settings: ClientTLSSettings = ClientTLSSettings(),
        credentials: String? = nil
    ) async throws -> Int {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = HTTPClient(group: group, tls: try ClientTLS(settings))
        let post = ClientRequest(postTo: try HTTPURL(url), credentials: credentials, body: Array("<cdr/>".utf8))
        let result = await Task { try await client.send(post, timeout: .seconds(20)).status }.result
        try await group.shutdownGracefully()
        return try result.get()
    }

    @Test func sendsAgainToWhereItIsRedirected() async throws {
        let server = TestWebServer([.redirect(301, "/b"), .redirect(307, "c?d"), .answer(204)])
        let port = try await server.listen()
        #expect(try await Self.send(to: "http://127.0.0.1:\(port)/a?x", credentials: "me:secret") == 204)
        for uri in ["/a?x", "/b", "/c?d"] {
            let request = await server.next()
            #expect(request?.uri == uri)
            #expect(request?.body == "<cdr/>")
            #expect(request?.headers["authorization"] == "Basic bWU6c2VjcmV0")
        }
        try await server.shutDown()
    }

    /// A client with two connections to keep, on a loop of its own.
    private static func keeping(
        answerBytes: Int = 1 << 20,
        _ work: (HTTPClient) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var settings = HTTPClientSettings()
        settings.idleConnections = 2
        settings.idleTime = .seconds(600)
        settings.answerBytes = answerBytes
        do {
            try await work(HTTPClient(group: group, tls: nil, settings: settings))
        } catch {
            Issue.record(error)
        }
        try await group.shutdownGracefully()
    }

    @Test func usesConnectionsAgain() async throws {
        let (server, other) = (TestWebServer(), TestWebServer())
        let url = try HTTPURL("http://127.0.0.1:\(try await server.listen())/")
        let otherURL = try HTTPURL("http://127.0.0.1:\(try await other.listen())/")
        try await Self.keeping { client in
            // Where there is one to a server, it is taken, and nothing goes to another server on it.
            for (url, server) in [(url, server), (otherURL, other), (url, server), (otherURL, other)] {
                let answer = try await client.send(ClientRequest(get: url), timeout: .seconds(20))
                #expect(answer.body == Array("ok".utf8))
                #expect(await server.next()?.connection == 1)
            }
            #expect(client.idleConnections == 2)
            // At the same time there have to be more; too many are not kept.
            async let one = client.send(ClientRequest(get: url), timeout: .seconds(20))
            async let two = client.send(ClientRequest(get: url), timeout: .seconds(20))
            async let three = client.send(ClientRequest(get: url), timeout: .seconds(20))
            let statuses = try await [one.status, two.status, three.status]
            #expect(statuses == [200, 200, 200])
            #expect(client.idleConnections == 2)
            client.close()
            #expect(client.idleConnections == 0)
        }
        try await server.shutDown()
        try await other.shutDown()
    }

    /// A server that never ends its answer, or never begins it, is left at the deadline; its connection goes.
    @Test(arguments: [TestWebServer.Behaviour.drip, .hang]) func leavesAtTheDeadline(
        behaviour: TestWebServer.Behaviour
    ) async throws {
        let server = TestWebServer([behaviour])
        let url = try HTTPURL("http://127.0.0.1:\(try await server.listen())/")
        try await Self.keeping { client in
            await #expect(throws: HTTPFault.timedOut) {
                try await client.send(ClientRequest(get: url), timeout: .milliseconds(100))
            }
            #expect(client.idleConnections == 0)
            let answer = try await client.send(ClientRequest(get: url), timeout: .seconds(20))
            #expect(answer.status == 200)
        }
        try await server.shutDown()
    }

    /// Nobody is asked twice who has begun to answer, or who was not asked before.
    @Test func asksOnceOnANewConnection() async throws {
        let server = TestWebServer([.close, .answer(200)])
        let url = try HTTPURL("http://127.0.0.1:\(try await server.listen())/")
        try await Self.keeping { client in
            await #expect(throws: HTTPFault.closedEarly) {
                try await client.send(ClientRequest(get: url), timeout: .seconds(20))
            }
            let answer = try await client.send(ClientRequest(get: url), timeout: .seconds(20))
            #expect(answer.status == 200)
        }
        try await server.shutDown()
    }

    @Test func saysWhyThereIsNoConnection() async throws {
        let port = ClosedPort()
        let url = try HTTPURL("http://127.0.0.1:\(port.number)/")
        try await Self.keeping { client in
            let fault = await #expect(throws: HTTPFault.self) {
                try await client.send(ClientRequest(get: url), timeout: .seconds(20))
            }
            #expect(fault?.description == "no connection: Connection refused")
        }
        withExtendedLifetime(port) {}
    }

    @Test func takesNoLongAnswer() async throws {
        let server = TestWebServer([.page(200, [], "12345"), .page(200, [], "123456")])
        let url = try HTTPURL("http://127.0.0.1:\(try await server.listen())/")
        try await Self.keeping(answerBytes: 5) { client in
            let answer = try await client.send(ClientRequest(get: url), timeout: .seconds(20))
            #expect(answer.body.count == 5)
            await #expect(throws: HTTPFault.answerTooLong(5)) {
                try await client.send(ClientRequest(get: url), timeout: .seconds(20))
            }
        }
        try await server.shutDown()
    }

    @Test func endsWhenNobodyWaits() async throws {
        let server = TestWebServer([.hang])
        let url = try HTTPURL("http://127.0.0.1:\(try await server.listen())/")
        try await Self.keeping { client in
            let request = Task { try await client.send(ClientRequest(get: url), timeout: .seconds(600)) }
            _ = await server.next()
            request.cancel()
            await #expect(throws: CancellationError.self) { try await request.value }
        }
        try await server.shutDown()
    }

    @Test func doesNotTellOthersItsPassword() async throws {
        let (server, other) = (TestWebServer(), TestWebServer())
        let (port, otherPort) = (try await server.listen(), try await other.listen())
        for credentials in ["me:secret", nil] {
            server.expect(.redirect(302, "http://127.0.0.1:\(otherPort)/there"))
            let url = "http://127.0.0.1:\(port)/here"
            if credentials == nil {
                #expect(try await Self.send(to: url) == 200)
            } else {
                await #expect(throws: HTTPFault.redirectedElsewhere) {
                    try await Self.send(to: url, credentials: credentials)
                }
            }
            #expect(await server.next()?.uri == "/here")
        }
        // The other has heard of the second only.
        let request = await other.next()
        #expect(request?.uri == "/there")
        #expect(request?.headers["authorization"] == nil)
        try await server.shutDown()
        try await other.shutDown()
    }

    @Test func doesNotGoRoundInCircles() async throws {
        let server = TestWebServer(Array(repeating: .redirect(308, "/"), count: 100))
        let port = try await server.listen()
        await #expect(throws: HTTPFault.tooManyRedirects) { try await Self.send(to: "http://127.0.0.1:\(port)/") }
        var count = 0
        try await server.shutDown()
        while await server.next() != nil { count += 1 }
        #expect(count == 6)
    }

    /// Whose certificates are good enough, by how much is checked.
    @Test(arguments: [
        (TestCertificate.here, "127.0.0.1", ClientTLSSettings.Verification.host, true),
        (.here, "localhost", .host, true),
        (.elsewhere, "127.0.0.1", .host, false), (.elsewhere, "localhost", .host, false),
        (.elsewhere, "127.0.0.1", .authority, true), (.elsewhere, "127.0.0.1", .none, true),
    ])
    func checksCertificates(
        certificate: TestCertificate,
        host: String,
        verification: ClientTLSSettings.Verification,
        isGood: Bool
    ) async throws {
        let server = try TestWebServer(showing: certificate)
        let url = "https://\(host):\(try await server.listen())/"
        var settings = trusting
        settings.verification = verification
        try await Self.expect(isGood, from: url, settings)
        try await server.shutDown()
    }

    /// The test authority is none that the system trusts.
    @Test(arguments: [
        (ClientTLSSettings.Verification.host, false), (.authority, false), (.none, true),
    ])
    func trustsNobodyElse(verification: ClientTLSSettings.Verification, isGood: Bool) async throws {
        let server = try TestWebServer(showing: .here)
        var settings = ClientTLSSettings()
        settings.verification = verification
        try await Self.expect(isGood, from: "https://127.0.0.1:\(try await server.listen())/", settings)
        try await server.shutDown()
    }

    @Test(arguments: [(TestCertificate.client.key, nil), (TestCertificate.encryptedClientKey, "secret")])
    func showsItsCertificate(key: String, password: String?) async throws {
        let server = try TestWebServer(showing: .here, asksForCertificates: true)
        let url = "https://127.0.0.1:\(try await server.listen())/"
        var settings = trusting
        try await Self.expect(false, from: url, settings)
        settings.identity = ClientTLSSettings.Identity(
            certificate: directory.write(TestCertificate.client.certificate, to: "client.pem"),
            key: directory.write(key, to: "client.key"),
            password: password
        )
        settings.oldestVersion = .tls13
        try await Self.expect(true, from: url, settings)
        try await server.shutDown()
    }

    private static func expect(_ isGood: Bool, from url: String, _ settings: ClientTLSSettings) async throws {
        if isGood {
            #expect(try await send(to: url, settings) == 200)
        } else {
            await #expect(throws: (any Error).self) { try await send(to: url, settings) }
        }
    }

    @Test func namesTheFileThatCannotBeRead() {
        let path = directory.write("nothing", to: "empty.pem")
        var settings = ClientTLSSettings()
        settings.authorities = path
        let fault = #expect(throws: TLSFault.self) { try ClientTLS(settings) }
        #expect(fault?.description.contains(path) == true)
        settings.authorities = nil
        settings.identity = ClientTLSSettings.Identity(certificate: "/nonexistent.pem", key: path)
        let other = #expect(throws: TLSFault.self) { try ClientTLS(settings) }
        #expect(other?.description.contains("/nonexistent.pem") == true)
    }
}
