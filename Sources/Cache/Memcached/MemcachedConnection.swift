import Base
import NIOCore

/// One connection to a server: commands go out as they come, replies come back in the same order.
final class MemcachedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        let reply: EventLoopPromise<MemcachedReply>
        let deadline: NIODeadline
    }

    private let limits: MemcachedLimits
    private let wire: WireProtocol
    /// Told once, when the connection cannot be used any more; the fault is absent when nobody waited.
    private let ended: (MemcachedFault?) -> Void
    private var reader: any MemcachedReplyReading
    private var waiting = CircularBuffer<Waiting>()
    private var timer: Scheduled<Void>?
    private var unsentBytes = 0
    private var context: ChannelHandlerContext?
    private var isOver = false

    init(_ limits: MemcachedLimits, _ wire: WireProtocol, ended: @escaping (MemcachedFault?) -> Void) {
        (self.limits, self.wire, self.ended) = (limits, wire, ended)
        reader = wire.reader
    }

    // MARK: - Commands

    func send(_ command: MemcachedCommand, _ reply: EventLoopPromise<MemcachedReply>) {
        guard let context, !isOver else { return reply.fail(MemcachedFault.closed) }
        let bytes = wire.bytes(of: command)
        guard waiting.count < limits.commands, unsentBytes + bytes.count <= limits.unsentBytes else {
            return reply.fail(MemcachedFault.full)
        }
        unsentBytes += bytes.count
        waiting.append(Waiting(reply: reply, deadline: .now() + TimeAmount(limits.operationTime)))
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.unsentBytes -= bytes.count }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: sent)
        if timer == nil { watch(context) }
    }

    /// Waits for the oldest command's time to be over; those behind it have more.
    private func watch(_ context: ChannelHandlerContext) {
        guard let first = waiting.first else { return timer = nil }
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: first.deadline) {
            guard let first = self.waiting.first, first.deadline <= .now() else { return self.watch(context) }
            self.finish(.timedOut)
        }
    }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.take(unwrapInboundIn(data).readableBytesView)
        do throws(ReplyReader.Fault) {
            while !isOver, let reply = try reader.next() {
                // A server speaks only when it is asked, or to say that it takes nobody in.
                guard let first = waiting.popFirst() else { return finish(.malformed) }
                first.reply.succeed(reply)
            }
            if waiting.isEmpty {
                timer?.cancel()
                timer = nil
            }
        } catch {
            finish(.malformed)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.closed)
    }

    /// Ends it, as if the server had.
    func end(_ fault: MemcachedFault) { finish(fault) }

    /// Ends the connection: what a late reply would belong to is not known any more.
    private func finish(_ fault: MemcachedFault) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        let lost = waiting
        waiting = []
        context?.close(promise: nil)
        ended(lost.isEmpty && fault == .closed ? nil : fault)
        for entry in lost { entry.reply.fail(fault) }
    }
}
