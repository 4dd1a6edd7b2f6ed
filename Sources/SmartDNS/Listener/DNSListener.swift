public import Base
import DNSMessage
import NIOCore
import NIOPosix
import Synchronization

/// The listener of our own: questions over UDP and TCP.
public final class DNSListener: Sendable {
    /// How many connections there may be at once.
    static let maximumConnections = 512
    /// How many of them one address may have.
    static let maximumConnectionsOfOne = 32
    /// How much of the answers may wait for a connection before no more questions are read from it, in bytes.
    private static let unsent = ChannelOptions.Types.WriteBufferWaterMark(low: 16 << 10, high: 64 << 10)
    private static let backlog: Int32 = 128

    private let desk: SteeringDesk
    private let settings: SmartDNSConfiguration
    /// How long a connection may say nothing, take nothing, or take for a question.
    private let idleTime: TimeAmount
    private let secrets: [DNSCookieSecret]
    private let group: MultiThreadedEventLoopGroup
    private let channels = Mutex<[any Channel]>([])
    private let datagrams = Mutex<[DatagramListener]>([])
    private let connections = Mutex(Connections())

    private struct Connections {
        var count = 0
        var ofAddress: [IPAddress: Int] = [:]

        mutating func take(_ address: IPAddress) -> Bool {
            guard count < DNSListener.maximumConnections,
                ofAddress[address, default: 0] < DNSListener.maximumConnectionsOfOne
            else { return false }
            count += 1
            ofAddress[address, default: 0] += 1
            return true
        }

        mutating func giveBack(_ address: IPAddress) {
            count -= 1
            let left = ofAddress[address, default: 1] - 1
            ofAddress[address] = left > 0 ? left : nil
        }
    }

    /// A listener that does not listen yet.
    ///
    /// - Parameter idleTime: How long a connection may say nothing, take nothing, or take for a question.
    public init(
        _ desk: SteeringDesk,
        _ settings: SmartDNSConfiguration,
        threads: Int = 1,
        idleTime: Duration = .seconds(10)
    ) {
        (self.desk, self.settings) = (desk, settings)
        self.idleTime = .nanoseconds(Int64(idleTime / .nanoseconds(1)))
        var generator = SystemRandomNumberGenerator()
        secrets = settings.cookieSecrets.isEmpty ? [DNSCookieSecret(using: &generator)] : settings.cookieSecrets
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    /// Where it listens, once it does.
    public var endpoints: [IPEndpoint] {
        channels.withLock { channels in
            channels.compactMap { channel in
                guard let address = channel.localAddress, let text = address.ipAddress, let ip = IPAddress(text),
                    let port = address.port
                else { return nil }
                return IPEndpoint(ip, port: UInt16(truncatingIfNeeded: port))
            }
        }
    }

    /// Begins to listen.
    public func start() async throws {
        let hasV4 = settings.addresses.contains { $0.family == .v4 }
        for address in settings.addresses {
            let host = "\(address)"
            let isV6Only = hasV4 && address.family == .v6
            let datagrams = try DatagramListener(address, port: settings.port, isV6Only: isV6Only)
            datagrams.start { Answering(self.desk, self.makeResponder()) }
            self.datagrams.withLock { $0.append(datagrams) }
            let port = Int(datagrams.endpoint.port)
            var bootstrap = ServerBootstrap(group: group)
            if isV6Only {
                let option = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
                bootstrap = bootstrap.serverChannelOption(option, value: 1)
            }
            let listener =
                try await bootstrap
                .serverChannelOption(.backlog, value: Self.backlog)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: Self.unsent)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
                }
                .bind(host: host, port: port).get()
            channels.withLock { $0.append(listener) }
        }
    }

    private func makeResponder() -> Responder {
        var generator = SystemRandomNumberGenerator()
        return Responder(settings, secrets: secrets, seed: generator.next())
    }

    private struct TooManyConnections: Error {}

    private func accept(_ channel: any Channel) throws {
        guard let address = channel.remoteAddress?.base, connections.withLock({ $0.take(address) }) else {
            throw TooManyConnections()
        }
        channel.closeFuture.whenComplete { _ in self.connections.withLock { $0.giveBack(address) } }
        // Who takes no answers is not read from, and is idle then.
        try channel.pipeline.syncOperations.addHandlers([
            IdleStateHandler(readTimeout: idleTime), BackPressureHandler(),
            ConnectionHandler(desk, makeResponder(), limit: idleTime),
        ])
    }

    /// Ends listening.
    public func stop() async {
        for listener in datagrams.withLock({ $0 }) { await listener.stop() }
        for channel in channels.withLock({ $0 }) { try? await channel.close() }
        try? await group.shutdownGracefully()
    }
}

extension SocketAddress {
    /// The address without the port.
    fileprivate var base: IPAddress? {
        guard case .v4 = self else { return ipAddress.flatMap { IPAddress($0) }?.unmapped }
        return withSockAddr { pointer, size in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            // The family and the port come before the address.
            return bytes.count < 8 ? nil : IPAddress(v4: bytes[4..<8].reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}

extension Responder.Asker {
    fileprivate init(_ address: IPAddress, isConnected: Bool, chance: UInt64) {
        self.init(
            address: address,
            isConnected: isConnected,
            now: .now,
            unixTime: UInt32(truncatingIfNeeded: Int64(MachineClock.wall.seconds)),
            chance: chance
        )
    }
}

/// Questions on a connection, each after its length (RFC 1035 §4.2.2).
private final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var answering: Answering
    private var pending = ByteBuffer()
    /// Ends a connection whose question does not come to its end.
    private var deadline: Scheduled<Void>?
    private let limit: TimeAmount
    private var generator = SystemRandomNumberGenerator()

    init(_ desk: SteeringDesk, _ responder: Responder, limit: TimeAmount) {
        answering = Answering(desk, responder)
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        guard let address = context.remoteAddress?.base else {
            context.close(promise: nil)
            return
        }
        while let length = pending.getInteger(at: pending.readerIndex, as: UInt16.self),
            pending.readableBytes >= Int(length) + 2
        {
            pending.moveReaderIndex(forwardBy: 2)
            let question = pending.readBytes(length: Int(length)) ?? []
            answer(question, address, context)
        }
        pending.discardReadBytes()
        watch(context)
        context.flush()
    }

    private func watch(_ context: ChannelHandlerContext) {
        guard pending.readableBytes > 0 else {
            deadline?.cancel()
            deadline = nil
            return
        }
        guard deadline == nil else { return }
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { deadline?.cancel() }

    private func answer(_ question: [UInt8], _ address: IPAddress, _ context: ChannelHandlerContext) {
        let answers = answering.answers(
            to: question,
            from: Responder.Asker(address, isConnected: true, chance: generator.next())
        )
        for answer in answers {
            var output = context.channel.allocator.buffer(capacity: answer.count + 2)
            output.writeInteger(UInt16(truncatingIfNeeded: answer.count))
            output.writeBytes(answer)
            context.write(wrapOutboundOut(output), promise: nil)
        }
    }

    // Also when it has been idle for long.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
