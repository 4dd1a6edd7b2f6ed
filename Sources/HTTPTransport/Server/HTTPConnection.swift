import Base
import NIOCore
import NIOHTTP1

/// One connection: takes requests, one after the other, and answers each (RFC 9112 §9.3).
///
/// A request that comes before the one before it is answered is not taken: the connection ends then, and its client asks
/// anew (RFC 9112 §9.3.2). So there is never more than one request, and one limit of time and one of bytes bound
/// everything that a connection costs.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        case reading
        case answering
        /// The answer is on its way, and another request may follow.
        case writing
        case closing
    }

    private let service: HTTPService
    private let remote: IPAddress?
    private let refusal: HTTPPage?
    private let limit: RequestLimit
    private var requestsLeft: Int
    private var phase = Phase.reading
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var begin = NIODeadline.now()
    private var timer: Scheduled<Void>?
    /// Makes the answer, until it is there or nobody waits for it any more.
    private var work: Task<Void, Never>?

    private init(_ service: HTTPService, remote: IPAddress?, refusal: HTTPPage?, limit: RequestLimit) {
        (self.service, self.remote, self.refusal, self.limit) = (service, remote, refusal, limit)
        requestsLeft = service.limits.requests
    }

    /// Puts a connection on a channel, on its event loop.
    ///
    /// - Parameter refusal: What the client gets at once, in the place of an answer.
    static func addHandlers(
        for service: HTTPService,
        remote: IPAddress? = nil,
        refusal: HTTPPage? = nil,
        to channel: any Channel
    ) throws {
        let limit = RequestLimit(service.limits.requestBytes)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(limit)
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTPConnection(service, remote: remote, refusal: refusal, limit: limit))
    }

    // MARK: - The channel

    func channelActive(context: ChannelHandlerContext) {
        startTimer(service.limits.requestTime, context)
        if let refusal { send(refusal, context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        work?.cancel()
        phase = .closing
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .reading else {
            // What comes too early is not taken, so there is nothing to wait for after the answer.
            if phase == .answering { requestsLeft = 0 }
            if phase == .writing { context.close(promise: nil) }
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head): take(head, context)
        case .body(let part): body += part.readableBytesView
        case .end: if let head { answer(head, context) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is RequestLimit.Exceeded else { return context.fireUserInboundEventTriggered(event) }
        guard phase == .reading else { return }
        let sentence = "the request has more than \(service.limits.requestBytes) bytes"
        send(HTTPPage(head == nil ? .requestHeaderFieldsTooLarge : .contentTooLarge, sentence), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        // Nothing can follow it, whatever the answer before it is.
        requestsLeft = 0
        if phase == .reading { send(HTTPPage(.badRequest, "this is not a request of HTTP/1.1"), context) }
    }

    // MARK: - The request

    private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        begin = .now()
        if let page = refusal(for: head) { return send(page, context) }
        // RFC 9110 §10.1.1
        if head.headers["expect"].contains(where: { $0.equalsIgnoringASCIICase("100-continue") }) {
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
    }

    /// Why a request gets nothing, as far as its head shows.
    private func refusal(for head: HTTPRequestHead) -> HTTPPage? {
        guard head.version.major == 1 else { return HTTPPage(.httpVersionNotSupported, "this is for HTTP/1.1") }
        // RFC 9112 §3.2
        if head.version.minor > 0, head.headers["host"].count != 1 {
            return HTTPPage(.badRequest, "a request of HTTP/1.1 has one Host")
        }
        let methods = service.methods
        guard methods.contains(head.method.rawValue) else {
            let list = methods.formatted
            var page = HTTPPage(.methodNotAllowed, "\(list) are possible here, \(head.method.rawValue) is not")
            page.headers = [("Allow", methods.joined(separator: ", "))]
            return page
        }
        return nil
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        phase = .answering
        startTimer(service.limits.requestTime, context)
        let request = HTTPRequest(
            head.method.rawValue,
            head.uri,
            headers: head.headers.map { ($0.name, $0.value) },
            body: body,
            from: remote
        )
        body = []
        let promise = context.eventLoop.makePromise(of: HTTPPage.self)
        work = promise.completeWithTask { [service] in await service.answer(request) }
        promise.futureResult.assumeIsolated().whenSuccess { page in
            if self.phase == .answering { self.send(page, context) }
        }
    }

    // MARK: - The answer

    /// Whether another request may follow an answer.
    private var goesOn: Bool {
        phase == .answering && requestsLeft > 1 && head?.isKeepAlive == true
    }

    private func send(_ page: HTTPPage, _ context: ChannelHandlerContext) {
        guard phase != .closing else { return }
        work?.cancel()
        work = nil
        let goesOn = goesOn
        let content = context.channel.allocator.buffer(string: page.text)
        note(page, content.readableBytes)
        var headers: HTTPHeaders = [
            "Content-Type": page.contentType, "Content-Length": String(content.readableBytes),
        ]
        if !goesOn { headers.add(name: "Connection", value: "close") }
        for (name, value) in page.headers { headers.add(name: name, value: value) }
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: page.status.rawValue),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if self.head?.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(content))), promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        self.head = nil
        startTimer(service.limits.lingerTime, context)
        if goesOn {
            phase = .writing
            // Who does not read answers gets no others.
            written.futureResult.assumeIsolated().whenSuccess { self.readNext(context) }
        } else {
            phase = .closing
            // What the client still sends is read and dropped until it closes: a reset would take the answer from it.
            context.close(mode: .output, promise: nil)
        }
    }

    private func readNext(_ context: ChannelHandlerContext) {
        guard phase == .writing else { return }
        phase = .reading
        requestsLeft -= 1
        limit.beginRequest()
        startTimer(service.limits.requestTime, context)
    }

    private func note(_ page: HTTPPage, _ length: Int) {
        service.note?(
            HTTPExchange(
                remote: remote,
                method: head?.method.rawValue ?? "-",
                target: head?.uri ?? "-",
                status: page.status.rawValue,
                length: length,
                time: .nanoseconds((NIODeadline.now() - begin).nanoseconds)
            )
        )
    }

    private func startTimer(_ time: Duration, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { self.timeIsOver(context) }
    }

    private func timeIsOver(_ context: ChannelHandlerContext) {
        switch phase {
        // After an answer nobody need ask again.
        case .reading where head == nil && requestsLeft < service.limits.requests: context.close(promise: nil)
        case .reading: send(HTTPPage(.requestTimeout, "the request took too long"), context)
        case .answering: send(HTTPPage(.serviceUnavailable, "it took too long to find the answer"), context)
        case .writing, .closing: context.close(promise: nil)
        }
    }
}

extension [String] {
    /// The words as a list in a sentence.
    fileprivate var formatted: String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " and " + (last ?? "")
    }
}
