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
    /// Looks at what comes, before it is handed over.
    private let look: (@Sendable (ByteBuffer) -> Void)?

    private init(_ look: (@Sendable (ByteBuffer) -> Void)? = nil) {
        self.look = look
    }

    /// Two handlers, for one connection each.
    ///
    /// - Parameter look: Gets what comes from the second one.
    static func pair(_ look: (@Sendable (ByteBuffer) -> Void)? = nil) -> (GlueHandler, GlueHandler) {
        let (first, second) = (GlueHandler(), GlueHandler(look))
        (first.partner, second.partner) = (second, first)
        return (first, second)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        (self.context, partner) = (nil, nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let look { look(unwrapInboundIn(data)) }
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
