import Base
import NIOCore
import SIP

/// One connection, with TLS or without: cuts the stream into messages and queues what is sent before it is up.
// @unchecked: confined to its listener's loop, which is the channel's event loop.
final class StreamConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    let flow: SIPFlow
    /// Whose certificate the peer has to show; `nil` where it is that of its address, or where the peer has connected.
    let host: String?
    /// Whether the peer has connected, so that nobody has looked whether it is the one who is meant.
    let isAccepted: Bool
    private(set) var channel: (any Channel)?
    private let listener: NIOSIPListener
    private let limits: StreamLimits
    private var patience: StreamPatience
    private var framer = SIPStreamFramer()
    private var waiting: [[UInt8]] = []
    private var waitingCount = 0
    private var sent = SentSegments()

    init(
        flow: SIPFlow,
        host: String?,
        isAccepted: Bool,
        listener: NIOSIPListener,
        limits: StreamLimits,
        patience: StreamPatience
    ) {
        (self.flow, self.host, self.isAccepted) = (flow, host, isAccepted)
        (self.listener, self.limits, self.patience) = (listener, limits, patience)
    }

    /// Closes the connection of a peer that has had its time.
    func closeIfUnused() {
        if patience.isOver(at: listener.now) { channel?.close(promise: nil) }
    }

    /// What the kernel knows of the path, when it was used since the last time.
    func measure() -> EventLoopFuture<ConnectionMeasure?> {
        guard let channel, let provider = channel as? any SocketOptionProvider else {
            return listener.nothing
        }
        let words: EventLoopFuture<SIMD64<UInt32>> = provider.unsafeGetSocketOption(
            level: .tcp,
            name: .tcp_info
        )
        return words.map { self.sent.measure($0, self.flow.remote.address) }.recover { _ in nil }
    }

    func send(_ bytes: [UInt8]) {
        guard let channel else {
            waitingCount += bytes.count
            if waitingCount <= limits.unsentBytes { waiting.append(bytes) }
            return
        }
        guard channel.isWritable || waitingCount < limits.unsentBytes else {
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
        var frames = 0
        do {
            while let frame = try framer.next() {
                frames += 1
                switch frame {
                case .message(let bytes): listener.received(bytes, over: flow)
                case .ping: send([0x0D, 0x0A])
                case .pong: break
                }
            }
            patience.received(frames: frames, isMidMessage: framer.isMidMessage, at: listener.now)
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
        if flow.transport == .tls { listener.refused(flow, error) }
        context.close(promise: nil)
    }
}
