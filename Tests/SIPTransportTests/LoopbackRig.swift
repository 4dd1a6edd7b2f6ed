import Base
import NIOCore
import NIOPosix
import SIP
import SIPTransport
import Testing

/// What a listener hears, as a sequence.
///
/// The machine's other programs may send to the same port, so that only messages with this run's branch count.
final class Inbox: SIPReceiver {
    enum Event: Sendable {
        case message(String, SIPFlow)
        case closed(SIPFlow)
        case refused(String)
    }

    /// The branch of all messages of the tests; nobody else can know it.
    static let branch = "z9hG4bK\(UInt64.random(in: .min ... .max))"

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init() {
        (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1_000))
    }

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains(Self.branch) else { return }
        continuation.yield(.message(text, flow))
    }

    func closed(_ flow: SIPFlow) { continuation.yield(.closed(flow)) }

    func refused(_ flow: SIPFlow, because reason: String) { continuation.yield(.refused(reason)) }

    /// Nothing comes any more: what has come is there still.
    func end() { continuation.finish() }

    /// Why the next connection with TLS came to nothing.
    func reason() async -> String? {
        for await case .refused(let reason) in events { return reason }
        return nil
    }

    /// The next message; the test's time limit ends a wait for one that never comes.
    func message() async -> (text: String, flow: SIPFlow)? {
        for await case .message(let text, let flow) in events { return (text, flow) }
        return nil
    }

    /// The next connection that ends, or that one's end.
    func closedFlow(_ expected: SIPFlow? = nil) async -> SIPFlow? {
        for await case .closed(let flow) in events where expected == nil || flow == expected { return flow }
        return nil
    }
}

/// A listener on a real socket of this machine.
struct Station {
    let inbox = Inbox()
    let loop: NIOLoop
    let listener: any SIPListener

    init(
        _ address: IPAddress,
        kinds: Set<SIPTransportKind> = [.udp, .tcp],
        secured: SecuredEndpoint? = nil,
        limits: StreamLimits = StreamLimits()
    ) async throws {
        loop = NIOLoop(MultiThreadedEventLoopGroup.singleton.next())
        let transport = NIOSIPTransport(resolverThreads: .singleton, limits: limits)
        listener = try await transport.listen(
            on: IPEndpoint(address, port: 0),
            kinds: kinds,
            secured: secured,
            loop: loop,
            receiver: inbox
        )
    }

    var endpoint: IPEndpoint { listener.endpoint }

    /// Does something with the listener where it belongs.
    func perform<Value: Sendable>(_ work: @escaping @Sendable (any SIPListener) -> Value) async throws -> Value {
        let listener = listener
        return try await loop.eventLoop.submit { work(listener) }.get()
    }

    func send(_ text: String, over flow: SIPFlow) async throws {
        try await perform { $0.send(Array(text.utf8), over: flow) }
    }
}

/// A plain TCP client that notes what it reads, or does not read at all.
struct Client {
    // @unchecked: confined to its channel's event loop.
    private final class Reader: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        let received: AsyncStream<String>.Continuation

        init(_ received: AsyncStream<String>.Continuation) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.yield(String(decoding: Array(unwrapInboundIn(data).readableBytesView), as: UTF8.self))
        }
    }

    let channel: any Channel
    let received: AsyncStream<String>

    init(to endpoint: IPEndpoint, reads: Bool = true) async throws {
        let (received, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1_000))
        self.received = received
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(continuation))
                }
            }
            .connect(host: "\(endpoint.address)", port: Int(endpoint.port))
            .get()
    }

    func write(_ text: String) async throws {
        try await channel.writeAndFlush(channel.allocator.buffer(string: text))
    }
}
