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
    private let side: Side
    private let conversation: Conversation
    private let notReady: NotReady?

    /// Whom an end is connected to.
    private enum Side {
        case client
        case server
    }

    /// What a client is told whose node is left for another one.
    private static let reason = "this server is left for another one: connect again"

    /// Hears that the server has said that it is not ready.
    typealias NotReady = @Sendable () -> Void

    private init(_ side: Side, _ conversation: Conversation, _ notReady: NotReady?) {
        (self.side, self.conversation, self.notReady) = (side, conversation, notReady)
    }

    /// Two handlers, for the connection of the client and for that to the server.
    ///
    /// - Parameter notReady: Is called when the server says that it is not ready; the client is told, and nothing more.
    static func pair(
        _ conversation: Conversation,
        _ notReady: NotReady? = nil
    ) -> (client: GlueHandler, server: GlueHandler) {
        let (client, server) = (GlueHandler(.client, conversation, nil), GlueHandler(.server, conversation, notReady))
        (client.partner, server.partner) = (server, client)
        return (client, server)
    }

    // MARK: - Another node instead

    /// Ends the connection as soon as it is between two transactions, unless it may stay by then.
    ///
    /// It is asked of the client's end.
    ///
    /// - Parameter note: Is told when it goes.
    func leave(unless mayStay: @escaping @Sendable () -> Bool, then note: @escaping @Sendable () -> Void = {}) {
        conversation.departure = Conversation.Departure(mayStay: mayStay, note: note)
        leaveWhenIdle()
    }

    private func leaveWhenIdle() {
        guard let context, let departure = conversation.departure, conversation.isIdle else { return }
        conversation.departure = nil
        guard !conversation.hasEnded, !departure.mayStay() else { return }
        departure.note()
        // The client may still be reading its last answer.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(farewell(context))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    /// Ends the connection, whatever it is doing, and tells the client why where that is possible.
    ///
    /// It is asked of the client's end. What the client does not take at once is lost: nobody waits for it here.
    func end() {
        guard let context else { return }
        if !conversation.hasEnded { context.writeAndFlush(wrapOutboundOut(farewell(context)), promise: nil) }
        context.close(promise: nil)
    }

    /// What the client is told at the end; nothing is handed on any more.
    private func farewell(_ context: ChannelHandlerContext) -> ByteBuffer {
        conversation.hasEnded = true
        return context.channel.allocator.buffer(bytes: conversation.farewell(Self.reason) ?? [])
    }

    // MARK: - What comes and goes

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        (self.context, partner) = (nil, nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !conversation.hasEnded else { return }
        let bytes = unwrapInboundIn(data).readableBytesView
        switch side {
        case .client: conversation.heard(client: bytes)
        case .server: conversation.heard(server: bytes)
        }
        guard side == .server, conversation.saysNotReady, let other = partner?.context else {
            partner?.context?.write(data, promise: nil)
            return
        }
        conversation.hasEnded = true
        notReady?()
        // Both ends go: this one when the other has gone.
        let bound = NIOLoopBound(other, eventLoop: other.eventLoop)
        other.writeAndFlush(data).whenComplete { _ in bound.value.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        context.fireChannelReadComplete()
        switch side {
        case .client: leaveWhenIdle()
        case .server: partner?.leaveWhenIdle()
        }
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
