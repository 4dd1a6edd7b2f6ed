import Base
import HTTPTransport
import NIOCore
import NIOPosix
import Synchronization
import TandemTesting
import Testing

/// A server on loopback, with our own client.
struct HTTPServerTests {
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, tls: nil)

    private static func limits(connections: Int = 32) -> HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.connections = connections
        limits.requestBytes = 1 << 16
        limits.requests = 10
        // However busy the machine is.
        limits.requestTime = .seconds(600)
        return limits
    }

    /// Answers whether the body is what was expected, and lets in who is let in.
    private static func server(
        expecting body: String,
        isOpen: Bool = true,
        limits: HTTPServerLimits = limits()
    ) async throws -> (HTTPServer, HTTPURL) {
        let service = HTTPService(methods: ["GET", "POST"], limits: limits) { request in
            let isRight = String(decoding: request.body, as: UTF8.self) == body && request.remote?.isLoopback == true
            return HTTPPage(isRight && request.query == "b=c" ? .ok : .badRequest, "said")
        }
        let server = HTTPServer(service, refusal: HTTPPage(.forbidden, "not you")) { _ in isOpen }
        try await server.start(address: "127.0.0.1", port: 0)
        return (server, try HTTPURL("http://127.0.0.1:\(server.port ?? 0)/a?b=c"))
    }

    @Test(
        arguments: [
            ("a=b", 200), ("a=c", 400),
            // Far more than may be sent, and than the sockets hold: the answer comes, and nobody waits for ever.
            (String(repeating: "a", count: 10 << 20), 413),
        ]
    ) func answers(body: String, status: Int) async throws {
        let (server, url) = try await Self.server(expecting: "a=b")
        let got = try await client.send(ClientRequest(postTo: url, body: Array(body.utf8)), timeout: .seconds(600))
        #expect(got.status == status)
        await server.stop()
    }

    /// Whoever is not let in is told at once, which this client takes only when it has asked by then.
    @Test(.timeLimit(.minutes(5))) func whoIsNotLetInIsRefused() async throws {
        let (server, url) = try await Self.server(expecting: "a=b", isOpen: false)
        var status: Int?
        while status == nil {
            try Task.checkCancellation()
            let request = ClientRequest(postTo: url, body: Array("a=b".utf8))
            status = try? await client.send(request, timeout: .seconds(600)).status
        }
        #expect(status == 403)
        await server.stop()
    }

    /// What is read as a certificate changes while the server runs: who connects afterwards sees the other one.
    @Test func showsACertificate() async throws {
        let directory = TemporaryDirectory()
        let service = HTTPService(methods: ["GET"], limits: Self.limits()) { _ in HTTPPage(.ok, "said") }
        let tls = try Self.tls(.here, in: directory)
        let server = HTTPServer(service, tls: tls, refusal: HTTPPage(.forbidden, "not you")) { _ in true }
        try await server.start(address: "127.0.0.1", port: 0)
        let url = try HTTPURL("https://127.0.0.1:\(server.port ?? 0)/")
        var settings = ClientTLSSettings()
        settings.authorities = directory.write(TestCertificate.authority, to: "authority.pem")
        let asker = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, tls: try ClientTLS(settings))
        #expect(try await asker.send(ClientRequest(get: url), timeout: .seconds(600)).status == 200)
        server.renew(try Self.tls(.elsewhere, in: directory))
        await #expect(throws: (any Error).self) {
            try await asker.send(ClientRequest(get: url), timeout: .seconds(600))
        }
        // Nothing in the clear either.
        let clear = try HTTPURL("http://127.0.0.1:\(server.port ?? 0)/")
        await #expect(throws: (any Error).self) {
            try await client.send(ClientRequest(get: clear), timeout: .seconds(600))
        }
        await server.stop()
    }

    private static func tls(_ shown: TestCertificate, in directory: TemporaryDirectory) throws -> ServerTLS {
        try ServerTLS(
            certificate: directory.write(shown.certificate, to: "server.pem"),
            key: directory.write(shown.key, to: "server.key")
        )
    }

    @Test func namesTheCertificateThatCannotBeUsed() {
        let directory = TemporaryDirectory()
        let here = directory.write(TestCertificate.here.certificate, to: "here.pem")
        let empty = directory.write("", to: "empty.pem")
        let other = directory.write(TestCertificate.elsewhere.key, to: "other.key")
        for (certificate, key, named) in [
            ("/nonexistent.pem", other, "/nonexistent.pem"), (empty, other, empty), (here, empty, empty),
            (here, other, "the certificates"),
        ] {
            let fault = #expect(throws: TLSFault.self) { try ServerTLS(certificate: certificate, key: key) }
            #expect(fault?.description.hasPrefix(named) == true, "\(fault?.description ?? "")")
        }
    }

    @Test func closesBeyondItsConnections() async throws {
        let (server, url) = try await Self.server(expecting: "a", limits: Self.limits(connections: 0))
        await #expect(throws: (any Error).self) {
            try await client.send(ClientRequest(postTo: url, body: Array("a".utf8)), timeout: .seconds(600))
        }
        await server.stop()
    }

    @Test func endsWithClientsConnected() async throws {
        let (server, url) = try await Self.server(expecting: "a")
        let socket = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: url.host, port: url.port).get()
        await server.stop()
        try await socket.closeFuture.get()
        await #expect(throws: (any Error).self) {
            try await client.send(ClientRequest(postTo: url, body: []), timeout: .seconds(600))
        }
    }

    @Test(
        arguments: [
            ("/", "/", ""), ("/a?b=c", "/a", "b=c"), ("/a?b?c#d", "/a", "b?c"), ("?", "/", ""), ("", "/", ""),
            ("http://a/b?c", "/b", "c"), ("http://a", "/", ""), ("/?x=http://a/b", "/", "x=http://a/b"),
        ]
    ) func splitsTargets(target: String, path: String, query: String) {
        let request = HTTPRequest("GET", target)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(
        arguments: [
            ("", []), ("a=b", ["a", "b"]), ("a=b&a=c+d%2B", ["a", "b", "a", "c d+"]), ("&&a&=&", ["a", "", "", ""]),
            ("a=b=c&%zz=%C3%BC", ["a", "b=c", "%zz", "ü"]),
        ]
    ) func readsForms(text: String, fields: [String]) {
        let form = FormFields(text)
        #expect(form.all.flatMap { [$0.name, $0.value] } == fields)
        #expect(form["a"] == (fields.firstIndex(of: "a").map { fields[$0 + 1] }))
    }

    @Test func readsFormsToALimit() {
        let form = FormFields(String(repeating: "a=b&", count: FormFields.countLimit + 10))
        #expect(form.all.count == FormFields.countLimit)
        #expect(form.all.last?.value == "b")
    }
}
