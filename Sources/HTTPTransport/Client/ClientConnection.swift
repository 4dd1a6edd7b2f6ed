import Base
import NIOCore
import NIOHTTP1
import NIOSSL

/// One connection to a server: a request goes out, its answer is taken in, and another request may follow.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// An answer, and whether the connection is good for another request.
    struct Outcome: Sendable {
        let answer: HTTPAnswer
        let staysOpen: Bool
    }

    /// The connection ended before anything of an answer came: whoever had used it before may ask again elsewhere.
    struct Unanswered: Error {}

    /// How many bytes an answer may have, and whether other requests may follow.
    struct Terms: Sendable {
        var answerBytes: Int
        var staysOpen: Bool
        var expectsContinue: Bool
        var idleTime: TimeAmount
    }

    private struct Exchange {
        let request: ClientRequest
        let promise: EventLoopPromise<Outcome>
        var isSent = false
        var head: HTTPResponseHead?
        var body: [UInt8] = []
    }

    private let terms: Terms
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    /// Whether nothing has been asked yet, and what went wrong so far: certificates may be looked at before the first
    /// request is there.
    private var isNew = true
    private var fault: (any Error)?
    /// Set when the end was heard of, which is later than the channel knows: why it ended may still come.
    private var isClosed = false
    /// Runs while the server is asked if it wants the body, or while the connection carries nothing.
    private var timer: Scheduled<Void>?

    init(_ terms: Terms) {
        self.terms = terms
    }

    // MARK: - Requests

    /// Sends a request; its answer goes to the promise, and so does whatever keeps it from coming.
    func ask(_ request: ClientRequest, cookies: String?, answering promise: EventLoopPromise<Outcome>) {
        timer?.cancel()
        guard let context, !isClosed, exchange == nil, fault == nil else {
            return promise.fail(fault ?? Unanswered())
        }
        isNew = false
        exchange = Exchange(request: request, promise: promise)
        let waits =
            terms.expectsContinue && request.method == .post
            && request.body.count > HTTPClientSettings.expectationBytes
        var headers = HTTPHeaders(request.sentHeaders(cookies: cookies, staysOpen: terms.staysOpen))
        if waits { headers.add(name: "Expect", value: "100-continue") }
        let head = HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: request.method.rawValue),
            uri: request.url.target,
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head))).whenFailure { promise.fail($0) }
        guard waits else { return sendBody() }
        context.flush()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: HTTPClientSettings.expectationTime) {
            self.sendBody()
        }
    }

    private func sendBody() {
        timer?.cancel()
        guard let context, let exchange, !exchange.isSent else { return }
        self.exchange?.isSent = true
        if !exchange.request.body.isEmpty {
            let body = context.channel.allocator.buffer(bytes: exchange.request.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Waits for the next request, and ends the connection when none comes.
    private func rest() {
        guard let context else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: terms.idleTime) { context.close(promise: nil) }
    }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard exchange != nil else { return context.close(promise: nil) }
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code >= 200: exchange?.head = head
        case .head(let head): if head.status == .continue { sendBody() }
        case .body(let part): take(part)
        case .end: finish(context)
        }
    }

    private func take(_ part: ByteBuffer) {
        guard let exchange else { return }
        guard exchange.body.count + part.readableBytes <= terms.answerBytes else {
            return fail(HTTPFault.answerTooLong(terms.answerBytes))
        }
        self.exchange?.body += part.readableBytesView
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let exchange, let head = exchange.head else { return }
        self.exchange = nil
        timer?.cancel()
        let staysOpen = terms.staysOpen && head.isKeepAlive && exchange.isSent && context.channel.isActive
        let headers = head.headers.map { (name: $0.name, value: $0.value) }
        let answer = HTTPAnswer(
            status: Int(head.status.code),
            headers: headers,
            body: exchange.body,
            version: "HTTP/\(head.version.major).\(head.version.minor)",
            phrase: head.status.reasonPhrase
        )
        if staysOpen { rest() }
        exchange.promise.succeed(Outcome(answer: answer, staysOpen: staysOpen))
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        fail(exchange?.head == nil ? Unanswered() : HTTPFault.closedEarly)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A server that ends the connection without a word of goodbye in TLS: whether it was the answer's end is seen next.
        if case NIOSSLError.uncleanShutdown = error, exchange?.head != nil { return }
        if isNew { fault = fault ?? error }
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        exchange?.promise.fail(error)
        exchange = nil
    }
}

extension ClientConnection {
    /// A connection from outside of its event loop.
    struct Handle: Sendable {
        let channel: any Channel
        private let connection: NIOLoopBound<ClientConnection>

        /// Puts a connection on a channel, on its event loop.
        init(_ terms: Terms, on channel: any Channel) throws {
            // The decoder would keep to itself that the server wants the body.
            let decoder = HTTPResponseDecoder(informationalResponseStrategy: .forward)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPRequestEncoder())
            try pipeline.addHandler(ByteToMessageHandler(decoder))
            try pipeline.addHandler(NIOHTTPRequestHeadersValidator())
            let connection = ClientConnection(terms)
            try pipeline.addHandler(connection)
            self.channel = channel
            self.connection = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        }

        /// Sends a request.
        func ask(_ request: ClientRequest, cookies: String?, answering promise: EventLoopPromise<Outcome>) {
            channel.eventLoop.execute {
                connection.value.ask(request, cookies: cookies, answering: promise)
            }
        }

        /// Ends it.
        func close() {
            channel.close(promise: nil)
        }
    }
}
