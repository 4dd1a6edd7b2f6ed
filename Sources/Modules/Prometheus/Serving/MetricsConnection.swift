import NIOCore
import NIOHTTP1

/// One connection: takes one request, answers it and closes (RFC 9112 §9.6).
///
/// A scraper comes a few times a minute. With one request for each connection there is no request in the answer's way,
/// and one limit of time and one of bytes bound everything that a connection costs.
final class MetricsConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Answers a request for a path.
    typealias Answering = @Sendable (_ path: String) async -> Page

    private enum Phase {
        case reading
        case collecting
        case answered
    }

    /// How long a request, and then its answer, may take to be complete.
    static let requestTime = TimeAmount.seconds(10)
    /// How long a client may take to read the answer and to close.
    static let lingerTime = TimeAmount.seconds(5)

    private let refusal: Page?
    private let answer: Answering
    private var phase = Phase.reading
    private var head: HTTPRequestHead?
    private var timer: Scheduled<Void>?
    /// Makes the answer, until it is there or nobody waits for it any more.
    private var work: Task<Void, Never>?

    /// - Parameter refusal: What the client gets at once, in the place of an answer.
    init(refusal: Page?, answer: @escaping Answering) {
        (self.refusal, self.answer) = (refusal, answer)
    }

    /// Puts a connection on a channel, on its event loop.
    static func addHandlers(_ connection: MetricsConnection, to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(RequestLimit())
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(connection)
    }

    // MARK: - The channel

    func channelActive(context: ChannelHandlerContext) {
        startTimer(Self.requestTime, context)
        if let refusal { send(refusal, context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        work?.cancel()
        phase = .answered
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .reading else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            if let page = refusal(for: head) { send(page, context) }
        case .body: break
        case .end: if let head { collect(head, context) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is RequestLimit.Exceeded else { return context.fireUserInboundEventTriggered(event) }
        let sentence = "the request has more than \(RequestLimit.limit) bytes"
        send(Page(head == nil ? .requestHeaderFieldsTooLarge : .payloadTooLarge, sentence), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        send(Page(.badRequest, "this is not a request of HTTP/1.1"), context)
    }

    // MARK: - The request

    /// Why a request gets nothing, as far as its head shows.
    private func refusal(for head: HTTPRequestHead) -> Page? {
        guard head.version.major == 1 else { return Page(.httpVersionNotSupported, "this is for HTTP/1.1") }
        // RFC 9112 §3.2
        if head.version.minor > 0, head.headers["host"].count != 1 {
            return Page(.badRequest, "a request of HTTP/1.1 has one Host")
        }
        guard head.method == .GET || head.method == .HEAD else {
            return Page(.methodNotAllowed, "GET and HEAD are possible here, \(head.method.rawValue) is not")
        }
        return nil
    }

    private func collect(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        phase = .collecting
        let path = Self.path(of: head.uri)
        let promise = context.eventLoop.makePromise(of: Page.self)
        work = promise.completeWithTask { [answer] in await answer(path) }
        promise.futureResult.assumeIsolated().whenSuccess { page in
            if self.phase == .collecting { self.send(page, context) }
        }
    }

    /// The path without what follows it, and without the authority that a proxy's form begins with (RFC 9112 §3.2.2).
    static func path(of target: String) -> String {
        var path = target.prefix { $0 != "?" && $0 != "#" }
        if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        return path.isEmpty ? "/" : String(path)
    }

    // MARK: - The answer

    private func send(_ page: Page, _ context: ChannelHandlerContext) {
        guard phase != .answered else { return }
        phase = .answered
        work?.cancel()
        let body = context.channel.allocator.buffer(string: page.text)
        var headers: HTTPHeaders = [
            "Content-Type": page.contentType, "Content-Length": String(body.readableBytes), "Connection": "close",
        ]
        if page.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let head = HTTPResponseHead(version: .http1_1, status: page.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if self.head?.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // What the client still sends is read and dropped until it closes: a reset would take the answer from it.
        context.close(mode: .output, promise: nil)
        startTimer(Self.lingerTime, context)
    }

    private func startTimer(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.timeIsOver(context) }
    }

    private func timeIsOver(_ context: ChannelHandlerContext) {
        switch phase {
        case .reading: send(Page(.requestTimeout, "the request took too long"), context)
        case .collecting: send(Page(.serviceUnavailable, "the switch took too long to answer"), context)
        case .answered: context.close(promise: nil)
        }
    }
}
