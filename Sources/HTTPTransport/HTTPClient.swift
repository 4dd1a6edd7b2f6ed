import Base
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends POSTs, each on a connection of its own, and waits for the answers (HTTP/1.1, RFC 9112).
public struct HTTPClient: Sendable {
    private let group: any EventLoopGroup
    private let tls: ClientTLS?

    /// A client that connects on these loops.
    ///
    /// - Parameter tls: What it needs for `https`; `nil` when it never goes there.
    public init(group: any EventLoopGroup, tls: ClientTLS?) {
        (self.group, self.tls) = (group, tls)
    }

    /// Sends a POST, and again to where servers redirect it.
    ///
    /// - Parameter timeout: How long connecting, sending and the answers may take together.
    /// - Returns: The status of the last answer, whose body is read to its end and thrown away.
    public func send(_ post: HTTPPost, timeout: Duration) async throws -> Int {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let isKnown = post.credentials != nil || tls?.hasIdentity == true
        var post = post
        for _ in 0...Redirection.limit {
            let answer = try await exchange(post, until: deadline)
            let next = try Redirection.next(after: answer, from: post.url, isKnown: isKnown)
            guard let next else { return answer.status }
            post.url = next
        }
        throw HTTPFault.tooManyRedirects
    }

    private func exchange(_ post: HTTPPost, until deadline: NIODeadline) async throws -> HTTPAnswer {
        let loop = group.next()
        let answer = loop.makePromise(of: HTTPAnswer.self)
        let timer = loop.scheduleTask(deadline: deadline) { answer.fail(HTTPFault.timedOut) }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(deadline - .now())
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if post.url.isEncrypted {
                        guard let tls else { throw HTTPFault.withoutTLS }
                        try pipeline.addHandler(tls.handler(for: post.url))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(PostHandler(post, answer: answer))
                }
            }
        let connecting = bootstrap.connect(host: post.url.host, port: post.url.port)
        connecting.whenFailure { answer.fail($0) }
        // Whatever ends the exchange, the deadline or an error among it, closes the connection.
        connecting.whenSuccess { channel in answer.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        answer.futureResult.whenComplete { _ in timer.cancel() }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            answer.fail(CancellationError())
        }
    }
}

extension ClientTLS {
    /// The handler for a connection to a server.
    fileprivate func handler(for url: HTTPURL) throws -> NIOSSLClientHandler {
        // An address is checked as one, and is no name to ask for (RFC 6066 §3).
        try NIOSSLClientHandler(context: context, serverHostname: IPAddress(url.host) == nil ? url.host : nil)
    }
}

/// What of an answer anybody wants to know.
struct HTTPAnswer: Sendable {
    var status: Int
    /// Where the server redirects to.
    var location: String?
}

/// One exchange: the request goes out when the connection is there, the answer's head is kept until its end.
final class PostHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// How much of an answer's body is read at most, in bytes.
    private static let bodyLimit = 1 << 20

    private let post: HTTPPost
    private let promise: EventLoopPromise<HTTPAnswer>
    private var answer: HTTPAnswer?
    private var bodyLength = 0

    init(_ post: HTTPPost, answer promise: EventLoopPromise<HTTPAnswer>) {
        (self.post, self.promise) = (post, promise)
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers = HTTPHeaders(post.sentHeaders)
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: post.url.target, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = context.channel.allocator.buffer(bytes: post.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return }
            answer = HTTPAnswer(status: Int(head.status.code), location: head.headers.first(name: "Location"))
        case .body(let part):
            bodyLength += part.readableBytes
            if bodyLength > Self.bodyLimit { promise.fail(HTTPFault.answerTooLong) }
        case .end: if let answer { promise.succeed(answer) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(HTTPFault.closedEarly)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A server that ends the connection without a word of goodbye in TLS: whether it was the answer's end is seen next.
        if case NIOSSLError.uncleanShutdown = error, answer != nil { return }
        promise.fail(error)
    }
}
