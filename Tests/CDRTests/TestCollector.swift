import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web server on loopback that takes records, and behaves as badly as a test wants.
final class TestCollector: Sendable {
    /// What it does with a request.
    enum Behaviour: Sendable {
        case answer(Int)
        /// It never answers.
        case hang
        /// It ends the connection in place of an answer.
        case close
    }

    /// A request as it came.
    struct Request: Sendable {
        let uri: String
        let headers: [String: String]
        let body: String
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let behaviours: Mutex<[Behaviour]>
    private let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    /// A server that treats its requests so, one after the other, and answers later ones with 200.
    init(_ behaviours: [Behaviour] = []) {
        self.behaviours = Mutex(behaviours)
        (requests, continuation) = AsyncStream.makeStream(of: Request.self)
    }

    /// Begins to listen; at a free port when it is 0, else at one that a ``ClosedPort`` keeps.
    ///
    /// - Returns: The port.
    func listen(port: Int = 0) async throws -> Int {
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: port == 0 ? 0 : 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        return server.localAddress?.port ?? 0
    }

    func shutDown() async throws {
        continuation.finish()
        try await group.shutdownGracefully()
    }

    /// The next request, whenever it comes.
    func next() async -> Request? {
        var iterator = requests.makeAsyncIterator()
        return await iterator.next()
    }

    fileprivate func take(_ request: Request) -> Behaviour {
        continuation.yield(request)
        return behaviours.withLock { $0.isEmpty ? .answer(200) : $0.removeFirst() }
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let collector: TestCollector
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ collector: TestCollector) {
        self.collector = collector
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part): body += String(buffer: part)
        case .end:
            guard let head else { return }
            let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
            let request = TestCollector.Request(uri: head.uri, headers: headers, body: body)
            switch collector.take(request) {
            case .hang: return
            case .close: context.close(promise: nil)
            case .answer(let status):
                let head = HTTPResponseHead(
                    version: .http1_1,
                    status: HTTPResponseStatus(statusCode: status),
                    headers: ["Content-Length": "2"]
                )
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "ok")))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
