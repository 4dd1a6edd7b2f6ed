import NIOCore

/// The beginning of a client's connection: what it says first is kept until there is a node that gets it.
final class OpeningHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a client has said first.
    typealias Word = (PostgreSQLOpening, ByteBuffer)

    private var received: ByteBuffer
    private var waiting: EventLoopPromise<Word>?
    private var begin: ((OpeningHandler) -> Void)?
    private var hasEnded = false

    /// The client has gone, says nothing, or does not speak PostgreSQL.
    struct Gone: Error {}

    /// - Parameter begin: Is called when there is a connection: before that, nothing can be said on it.
    init(_ allocator: ByteBufferAllocator, _ begin: @escaping (OpeningHandler) -> Void = { _ in }) {
        received = allocator.buffer(capacity: 256)
        self.begin = begin
    }

    /// The client's next whole message, once it has come.
    ///
    /// - Parameter time: How long it may take.
    func next(_ loop: any EventLoop, within time: TimeAmount) -> EventLoopFuture<Word> {
        let promise = loop.makePromise(of: Word.self)
        waiting = promise
        let bound = NIOLoopBound(self, eventLoop: loop)
        let deadline = loop.scheduleTask(in: time) { bound.value.giveUp() }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        look()
        return promise.futureResult
    }

    private func giveUp() {
        waiting?.fail(Gone())
        waiting = nil
    }

    /// What has come and nobody has taken.
    func takeRest() -> ByteBuffer {
        defer { received.clear() }
        return received
    }

    private func look() {
        guard let promise = waiting else { return }
        let opening = PostgreSQLOpening(received.readableBytesView)
        switch opening {
        case .incomplete:
            guard hasEnded else { return }
            promise.fail(Gone())
        case .foreign: promise.fail(Gone())
        case .encryption, .cancel, .startup:
            promise.succeed((opening, received))
            received.clear()
        }
        waiting = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        let begin = begin
        self.begin = nil
        begin?(self)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard received.readableBytes + bytes.readableBytes <= PostgreSQLOpening.lengthLimit else {
            return context.close(promise: nil)
        }
        received.writeBuffer(&bytes)
        look()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        look()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
