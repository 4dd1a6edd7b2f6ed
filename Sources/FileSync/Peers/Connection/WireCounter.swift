import NIOCore
import Synchronization

/// Bytes to and from a peer, since the start.
public final class ByteCounters: Sendable {
    private let sentBytes = Atomic<Int>(0)
    private let receivedBytes = Atomic<Int>(0)

    init() {}

    /// Bytes that went there.
    public var sent: Int { sentBytes.load(ordering: .relaxed) }
    /// Bytes that came from there.
    public var received: Int { receivedBytes.load(ordering: .relaxed) }

    func addSent(_ count: Int) { sentBytes.add(count, ordering: .relaxed) }
    func addReceived(_ count: Int) { receivedBytes.add(count, ordering: .relaxed) }
}

/// Counts what goes over the socket, outside of TLS: all of it.
final class WireCounter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private var early = (sent: 0, received: 0)
    /// Whose bytes they are, once that is known.
    var counters: ByteCounters? {
        didSet {
            counters?.addSent(early.sent)
            counters?.addReceived(early.received)
            early = (0, 0)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        if let counters { counters.addReceived(count) } else { early.received += count }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let count = unwrapOutboundIn(data).readableBytes
        if let counters { counters.addSent(count) } else { early.sent += count }
        context.write(data, promise: promise)
    }
}
