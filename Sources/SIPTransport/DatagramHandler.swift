import Base
import NIOCore

/// Hands datagrams to the listener.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let listener: NIOSIPListener

    init(listener: NIOSIPListener) {
        self.listener = listener
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard envelope.data.readableBytes > 0, let remote = IPEndpoint(envelope.remoteAddress) else { return }
        listener.receivedDatagram(Array(envelope.data.readableBytesView), from: remote)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An unreachable peer's ICMP message; the transaction's own timers say what follows from it.
    }
}
