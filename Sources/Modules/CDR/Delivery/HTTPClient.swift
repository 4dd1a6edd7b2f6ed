import NIOCore
import NIOHTTP1
import NIOPosix

/// A POST that is to be sent.
struct HTTPPost: Sendable {
    var host: String
    var port: Int
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}

/// Sends a POST on a connection of its own and waits for the answer (HTTP/1.1, RFC 9112).
struct HTTPClient: Sendable {
    let group: any EventLoopGroup

    /// Sends it.
    ///
    /// - Parameter timeout: How long connecting, sending and the whole answer may take together.
    /// - Returns: The status of the answer, whose body is read to its end and thrown away.
    func send(_ post: HTTPPost, timeout: Duration) async throws -> Int {
        let loop = group.next()
        let answer = loop.makePromise(of: Int.self)
        let limit = TimeAmount(timeout)
        let deadline = loop.scheduleTask(in: limit) { answer.fail(HTTPFault.timedOut) }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(PostHandler(post, answer: answer))
                }
            }
        let connecting = bootstrap.connect(host: post.host, port: post.port)
        connecting.whenFailure { answer.fail($0) }
        // Whatever ends the exchange, the deadline or an error among it, closes the connection.
        connecting.whenSuccess { channel in answer.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        answer.futureResult.whenComplete { _ in deadline.cancel() }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            answer.fail(CancellationError())
        }
    }
}

/// Why there was no answer.
enum HTTPFault: Error, CustomStringConvertible {
    case timedOut
    case closedEarly
    case answerTooLong

    var description: String {
        switch self {
        case .timedOut: "no answer in time"
        case .closedEarly: "the connection ended before the answer"
        case .answerTooLong: "the answer does not end"
        }
    }
}

/// One exchange: the request goes out when the connection is there, the answer's status is kept until its end.
private final class PostHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// How much of an answer's body is read at most, in bytes.
    private static let bodyLimit = 1 << 20

    private let post: HTTPPost
    private let answer: EventLoopPromise<Int>
    private var status: Int?
    private var bodyLength = 0

    init(_ post: HTTPPost, answer: EventLoopPromise<Int>) {
        (self.post, self.answer) = (post, answer)
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders(post.headers.map { ($0.name, $0.value) })
        headers.add(name: "Content-Length", value: String(post.body.count))
        headers.add(name: "Connection", value: "close")
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: post.target, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = context.channel.allocator.buffer(bytes: post.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if head.status.code >= 200 { status = Int(head.status.code) }
        case .body(let part):
            bodyLength += part.readableBytes
            if bodyLength > Self.bodyLimit { answer.fail(HTTPFault.answerTooLong) }
        case .end: if let status { answer.succeed(status) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(HTTPFault.closedEarly)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
    }
}
