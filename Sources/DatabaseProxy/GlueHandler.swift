import NIOCore

/// One end of two connections whose bytes are handed over, both on one loop.
///
/// An end is read only as long as the other one takes what comes, so that nothing piles up.
final class GlueHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: GlueHandler?
    private var context: ChannelHandlerContext?
    private var waitsToRead = false
    private let isLast: IsLast?

    /// Looks at what comes, and says whether it is the last that is handed over.
    typealias IsLast = @Sendable (ByteBuffer) -> Bool

    private init(_ isLast: IsLast? = nil) {
        self.isLast = isLast
    }

    /// Two handlers, for one connection each.
    ///
    /// - Parameter isLast: Gets what comes from the second one.
    static func pair(_ isLast: IsLast? = nil) -> (GlueHandler, GlueHandler) {
        let (first, second) = (GlueHandler(), GlueHandler(isLast))
        (first.partner, second.partner) = (second, first)
        return (first, second)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        (self.context, partner) = (nil, nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let isLast, isLast(unwrapInboundIn(data)), let other = partner?.context {
            // Both ends go: this one when the other has gone.
            let bound = NIOLoopBound(other, eventLoop: other.eventLoop)
            other.writeAndFlush(data).whenComplete { _ in bound.value.close(promise: nil) }
            return
        }
        partner?.context?.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.context?.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readWhatWaits() }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if partner?.context?.channel.isWritable ?? true { context.read() } else { waitsToRead = true }
    }

    private func readWhatWaits() {
        guard waitsToRead else { return }
        waitsToRead = false
        context?.read()
    }
}
