import NIOCore

/// Lets so many bytes of a request through; the next are dropped, and who reads is told once.
final class RequestLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// There was more than the limit.
    struct Exceeded: Sendable {}

    private let limit: Int
    private var left: Int

    /// - Parameter limit: How many bytes a request may have: line, headers and everything after them.
    init(_ limit: Int) {
        (self.limit, left) = (limit, limit)
    }

    /// Another request may come.
    func beginRequest() { left = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard left >= 0 else { return }
        left -= bytes.readableBytes
        if left >= 0 {
            context.fireChannelRead(data)
        } else {
            context.fireUserInboundEventTriggered(Exceeded())
        }
    }
}
