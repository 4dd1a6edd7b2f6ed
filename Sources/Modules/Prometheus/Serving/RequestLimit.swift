import NIOCore

/// Lets so many bytes of a connection through; the next are dropped, and who reads is told once.
final class RequestLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// There was more than the limit.
    struct Exceeded: Sendable {}

    /// How many bytes a request may have: line, headers and everything after them.
    static let limit = 8192

    private var left = RequestLimit.limit

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
