import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A web server on loopback that takes requests, and behaves as badly as a test wants.
public final class TestWebServer: Sendable {
    /// What it does with a request.
    public enum Behaviour: Sendable {
        /// It answers with a status.
        case answer(Int)
        /// It answers with a status and a Location.
        case redirect(Int, String)
        /// It answers with a status, headers and a body.
        case page(Int, [(String, String)], String)
        /// It begins an answer, and sends more of it byte by byte, without end.
        case drip
        /// It never answers.
        case hang
        /// It ends the connection in place of an answer.
        case close
    }

    /// A request as it came.
    public struct Request: Sendable {
        /// `GET`, `POST`.
        public let method: String
        /// The path and query.
        public let uri: String
        /// The headers, their names in lower case.
        public let headers: [String: String]
        /// The body.
        public let body: String
        /// Which of the server's connections it came on, counted from one.
        public let connection: Int
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let tls: NIOSSLContext?
    private let behaviours: Mutex<[Behaviour]>
    private let pages = Mutex<[String: Behaviour]>([:])
    private let connections = Mutex(0)
    private let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    /// A server that treats its requests so, one after the other, and answers later ones with 200.
    public convenience init(_ behaviours: [Behaviour] = []) {
        self.init(behaviours, tls: nil)
    }

    /// A server that shows this certificate and, when it is told to, wants one of the test authority in return.
    public convenience init(
        _ behaviours: [Behaviour] = [],
        showing own: TestCertificate,
        asksForCertificates: Bool = false
    ) throws {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(own.certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(own.key.utf8), format: .pem))
        )
        if asksForCertificates {
            configuration.certificateVerification = .noHostnameVerification
            let authority = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificate.authority.utf8))
            configuration.trustRoots = .certificates(authority)
        }
        self.init(behaviours, tls: try NIOSSLContext(configuration: configuration))
    }

    private init(_ behaviours: [Behaviour], tls: NIOSSLContext?) {
        self.tls = tls
        self.behaviours = Mutex(behaviours)
        (requests, continuation) = AsyncStream.makeStream(of: Request.self)
    }

    /// Begins to listen; at a free port when it is 0, else at one that a ``ClosedPort`` keeps.
    ///
    /// - Returns: The port.
    public func listen(port: Int = 0) async throws -> Int {
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: port == 0 ? 0 : 1)
            .childChannelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(RequestHandler(self))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        return server.localAddress?.port ?? 0
    }

    /// Ends.
    public func shutDown() async throws {
        continuation.finish()
        try await group.shutdownGracefully()
    }

    /// The next request, whenever it comes.
    public func next() async -> Request? {
        var iterator = requests.makeAsyncIterator()
        return await iterator.next()
    }

    /// Treats what comes next so.
    public func expect(_ more: Behaviour...) {
        behaviours.withLock { $0 += more }
    }

    /// Treats each request for a path so, in whatever order they come.
    public func serve(_ path: String, _ behaviour: Behaviour) {
        pages.withLock { $0[path] = behaviour }
    }

    fileprivate func countConnection() -> Int {
        connections.withLock { count in
            count += 1
            return count
        }
    }

    fileprivate func take(_ request: Request) -> Behaviour {
        continuation.yield(request)
        if let page = pages.withLock({ $0[request.uri] }) { return page }
        return behaviours.withLock { $0.isEmpty ? .answer(200) : $0.removeFirst() }
    }
}

private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: TestWebServer
    private let connection: Int
    private var head: HTTPRequestHead?
    private var body = ""
    private var dripping: Scheduled<Void>?

    init(_ server: TestWebServer) {
        self.server = server
        connection = server.countConnection()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let part): body += String(buffer: part)
        case .end:
            guard let head else { return }
            let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
            let request = TestWebServer.Request(
                method: head.method.rawValue,
                uri: head.uri,
                headers: headers,
                body: body,
                connection: connection
            )
            switch server.take(request) {
            case .hang: return
            case .close: context.close(promise: nil)
            case .answer(let status): answer(status, [:], "ok", context)
            case .redirect(let status, let location): answer(status, ["Location": location], "ok", context)
            case .page(let status, let headers, let body): answer(status, HTTPHeaders(headers), body, context)
            case .drip: drip(context)
            }
        }
    }

    private func answer(_ status: Int, _ headers: HTTPHeaders, _ body: String, _ context: ChannelHandlerContext) {
        var headers = headers
        headers.add(name: "Content-Length", value: String(body.utf8.count))
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: status),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func drip(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok))), promise: nil)
        dripOn(context)
    }

    private func dripOn(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: " ")))), promise: nil)
        dripping = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.dripOn(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        dripping?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that does not trust this server, or is not trusted.
        context.close(promise: nil)
    }
}
