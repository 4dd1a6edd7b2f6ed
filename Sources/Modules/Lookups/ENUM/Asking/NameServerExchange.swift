import DNSMessage
import NIOCore

/// A question that is on its way.
struct AskedQuestion: Sendable {
    /// Its number.
    let id: UInt16
    /// What is asked.
    let question: DNSQuestion
    /// The whole message.
    let bytes: [UInt8]

    /// The message in some bytes, when it answers this question and no other.
    func answer(in bytes: [UInt8]) -> DNSMessage? {
        guard let message = try? DNSMessage(parsing: bytes), message.id == id,
            message.flags & DNSMessage.Flag.response != 0, message.questions == [question]
        else { return nil }
        return message
    }
}

/// One question over UDP: what does not answer it is passed over.
final class DatagramExchange: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = ByteBuffer

    private let asked: AskedQuestion
    private let answer: EventLoopPromise<DNSMessage>

    init(_ asked: AskedQuestion, _ answer: EventLoopPromise<DNSMessage>) {
        (self.asked, self.answer) = (asked, answer)
    }

    func channelActive(context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(bytes: asked.bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
        if let message = asked.answer(in: bytes) { answer.succeed(message) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(NameServerFault.unreachable)
    }
}

/// One question over TCP; messages come after their length (RFC 1035 §4.2.2).
final class StreamExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let asked: AskedQuestion
    private let answer: EventLoopPromise<DNSMessage>
    private var pending = ByteBuffer()

    init(_ asked: AskedQuestion, _ answer: EventLoopPromise<DNSMessage>) {
        (self.asked, self.answer) = (asked, answer)
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: asked.bytes.count + 2)
        buffer.writeInteger(UInt16(truncatingIfNeeded: asked.bytes.count))
        buffer.writeBytes(asked.bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        // One message is waited for, and its length has 16 bits: what is kept has a limit.
        guard let length = pending.getInteger(at: pending.readerIndex, as: UInt16.self),
            pending.readableBytes >= Int(length) + 2
        else { return }
        pending.moveReaderIndex(forwardBy: 2)
        guard let message = asked.answer(in: pending.readBytes(length: Int(length)) ?? []) else {
            answer.fail(NameServerFault.malformed)
            return
        }
        answer.succeed(message)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(NameServerFault.unreachable)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(NameServerFault.unreachable)
    }
}
