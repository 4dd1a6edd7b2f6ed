import Base
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Takes commands on a socket of this machine: a line each, answered by a line of JSON.
final class ControlSocket: Sendable {
    /// How many connections there may be at once.
    static let mostConnections = 64
    /// How long a command may be, in bytes.
    static let longestCommand = 8192

    let path: String
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let answer: @Sendable (String) async -> ControlAnswer
    private let listener = Mutex<(any Channel)?>(nil)
    private let turnstile = Turnstile(limit: mostConnections)

    /// A socket that does not listen yet.
    init(path: String, answer: @escaping @Sendable (String) async -> ControlAnswer) {
        (self.path, self.answer) = (path, answer)
    }

    private struct TooManyConnections: Error {}

    /// Begins to listen; a socket that somebody left behind is taken away.
    func start() async throws {
        try LocalDirectory.make(above: path)
        try LocalSocket.removeLeftOver(path)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard self.turnstile.enter() else { throw TooManyConnections() }
                    channel.closeFuture.whenComplete { _ in self.turnstile.leave() }
                    try channel.pipeline.syncOperations.addHandler(ControlHandler(self.answer))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        chmod(path, 0o660)
        listener.withLock { $0 = channel }
    }

    /// Ends listening, and all connections.
    func stop() async {
        let listener = listener.withLock { $0 }
        try? await listener?.close()
        try? await group.shutdownGracefully()
        // What another process has there stays.
        if listener != nil { unlink(path) }
    }
}

/// One connection: commands one after the other.
private final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: @Sendable (String) async -> ControlAnswer
    private var line: [UInt8] = []
    private var isBusy = false

    init(_ answer: @escaping @Sendable (String) async -> ControlAnswer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        line += unwrapInboundIn(data).readableBytesView
        guard line.count <= ControlSocket.longestCommand else { return context.close(promise: nil) }
        take(context)
    }

    private func take(_ context: ChannelHandlerContext) {
        guard !isBusy, let end = line.firstIndex(of: UInt8(ascii: "\n")) else { return }
        isBusy = true
        let command = String(decoding: line[..<end], as: UTF8.self)
        line.removeFirst(end + 1)
        let answered = context.eventLoop.makePromise(of: ControlAnswer.self)
        answered.completeWithTask { [answer] in await answer(command) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        answered.futureResult.assumeIsolated().whenSuccess { answer in
            self.isBusy = false
            self.send(answer, bound.value)
            self.take(bound.value)
        }
    }

    private func send(_ answer: ControlAnswer, _ context: ChannelHandlerContext) {
        let text = JSONText.object(json: [("ok", "\(answer.isDone)"), ("text", JSONText.quoted(answer.text))]) + "\n"
        var buffer = context.channel.allocator.buffer(capacity: text.utf8.count)
        buffer.writeString(text)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
