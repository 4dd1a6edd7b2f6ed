import Base
import NIOCore
import SIP

/// One TCP connection: cuts the stream into messages and queues what is sent before it is up.
// @unchecked: confined to its listener's loop, which is the channel's event loop.
final class StreamConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    /// How many octets may wait to be sent to a peer that does not read; then the connection is closed.
    private static let sendLimit = 1 << 20

    let flow: SIPFlow
    private(set) var channel: (any Channel)?
    private let listener: NIOSIPListener
    private var framer = SIPStreamFramer()
    private var waiting: [[UInt8]] = []
    private var waitingCount = 0

    init(flow: SIPFlow, listener: NIOSIPListener) {
        (self.flow, self.listener) = (flow, listener)
    }

    func send(_ bytes: [UInt8]) {
        guard let channel else {
            waitingCount += bytes.count
            if waitingCount <= Self.sendLimit { waiting.append(bytes) }
            return
        }
        guard channel.isWritable || waitingCount < Self.sendLimit else {
            channel.close(promise: nil)
            return
        }
        waitingCount = channel.isWritable ? 0 : waitingCount + bytes.count
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        for bytes in waiting { send(bytes) }
        (waiting, waitingCount) = ([], 0)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        framer.append(Array(unwrapInboundIn(data).readableBytesView))
        do {
            while let frame = try framer.next() {
                switch frame {
                case .message(let bytes): listener.received(bytes, over: flow)
                case .ping: send([0x0D, 0x0A])
                case .pong: break
                }
            }
        } catch {
            // The stream cannot be followed any more (RFC 3261 §18.3).
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        channel = nil
        listener.ended(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
