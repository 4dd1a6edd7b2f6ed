import Base
import NIOCore
import NIOPosix
import SIP
import Synchronization

/// One profile's sockets: a UDP socket, a TCP listener, and the connections to and from peers.
///
/// The tables are touched on the loop only.
// @unchecked: everything mutable is confined to `loop`; `endpoint` is written once before the listener is handed out.
final class NIOSIPListener: SIPListener, @unchecked Sendable {
    /// How many peers' socket addresses are remembered.
    private static let addressCacheLimit = 4096
    /// How many octets of datagrams may wait for the network; what is beyond is lost, as datagrams may be.
    private static let unsentDatagramBytes = 4 << 20

    private let loop: NIOLoop
    private let receiver: any SIPReceiver
    private(set) var endpoint = IPEndpoint(.anyV4, port: 0)
    private var datagrams: (any Channel)?
    private var acceptor: (any Channel)?
    private let limits: StreamLimits
    private var connections: ConnectionTable
    /// Whether a time is set at which connections that are not used are looked for.
    private var isSweepSet = false
    private var addressCache: [IPEndpoint: SocketAddress] = [:]

    init(loop: NIOLoop, receiver: any SIPReceiver, limits: StreamLimits) {
        (self.loop, self.receiver, self.limits) = (loop, receiver, limits)
        connections = ConnectionTable(limits)
    }

    // MARK: Opening and closing

    func open(_ wanted: IPEndpoint, kinds: Set<SIPTransportKind>) async throws {
        var bound = wanted
        if kinds.contains(.udp) {
            let channel = try await bindDatagrams(wanted).get()
            if let address = channel.localAddress, let actual = IPEndpoint(address) { bound.port = actual.port }
            endpoint = bound
            datagrams = channel
        }
        if kinds.contains(.tcp) {
            let channel = try await bindStreams(bound).get()
            if let address = channel.localAddress, let actual = IPEndpoint(address) { bound.port = actual.port }
            endpoint = bound
            acceptor = channel
        }
    }

    private func bindDatagrams(_ wanted: IPEndpoint) throws -> EventLoopFuture<any Channel> {
        let address = try wanted.socketAddress
        return DatagramBootstrap(group: loop.eventLoop)
            .channelOption(.datagramVectorReadMessageCount, value: 32)
            // One read takes all that is there: asking again, to hear that there is no more, costs a system call.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32 * 65_536))
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: Self.unsentDatagramBytes / 2, high: Self.unsentDatagramBytes)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(listener: self))
                }
            }
            .bind(to: address)
    }

    private func bindStreams(_ wanted: IPEndpoint) throws -> EventLoopFuture<any Channel> {
        let address = try wanted.socketAddress
        return ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let connection = self.adopt(channel) else {
                        channel.close(promise: nil)
                        return
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(to: address)
    }

    func close() async {
        let channels = await withCheckedContinuation { continuation in
            loop.execute {
                let open = self.connections.removeAll().compactMap(\.channel)
                continuation.resume(returning: [self.datagrams, self.acceptor].compactMap { $0 } + open)
            }
        }
        for channel in channels { try? await channel.close().get() }
    }

    // MARK: Sending

    func send(_ bytes: [UInt8], over flow: SIPFlow) {
        guard flow.transport == .udp else {
            guard let connection = connections[flow.connection] else {
                receiver.closed(flow)
                return
            }
            connection.send(bytes)
            return
        }
        guard let datagrams, datagrams.isActive, datagrams.isWritable, let address = address(of: flow.remote) else {
            return
        }
        let buffer = datagrams.allocator.buffer(bytes: bytes)
        let envelope = AddressedEnvelope(remoteAddress: address, data: buffer)
        datagrams.writeAndFlush(envelope, promise: nil)
    }

    private func address(of remote: IPEndpoint) -> SocketAddress? {
        if let known = addressCache[remote] { return known }
        if addressCache.count >= Self.addressCacheLimit { addressCache.removeAll(keepingCapacity: true) }
        guard let address = try? remote.socketAddress else { return nil }
        addressCache[remote] = address
        return address
    }

    func flow(to remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow? {
        switch kind {
        case .udp:
            return datagrams == nil ? nil : SIPFlow(transport: .udp, local: endpoint, remote: remote)
        case .tcp:
            return connections.connection(to: remote)?.flow ?? connect(to: remote)
        case .tls, .ws, .wss:
            return nil
        }
    }

    func isOpen(_ flow: SIPFlow) -> Bool {
        flow.transport == .udp ? datagrams != nil : connections[flow.connection] != nil
    }

    // MARK: Connections

    private func connect(to remote: IPEndpoint) -> SIPFlow? {
        guard connections.hasRoom(for: remote.address), let target = try? remote.socketAddress,
            let source = try? IPEndpoint(endpoint.address, port: 0).socketAddress
        else { return nil }
        let connection = makeConnection(remote, isAccepted: false)
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .connectTimeout(.seconds(10))
            .bind(to: source)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(to: target)
            .whenFailure { _ in self.ended(connection) }
        return connection.flow
    }

    private func adopt(_ channel: any Channel) -> StreamConnection? {
        guard let address = channel.remoteAddress, let remote = IPEndpoint(address),
            connections.hasRoom(for: remote.address)
        else { return nil }
        return makeConnection(remote, isAccepted: true)
    }

    private func makeConnection(_ remote: IPEndpoint, isAccepted: Bool) -> StreamConnection {
        let flow = SIPFlow(
            transport: .tcp,
            local: endpoint,
            remote: remote,
            connection: connections.nextNumber()
        )
        let connection = StreamConnection(
            flow: flow,
            listener: self,
            limits: limits,
            patience: StreamPatience(limits, isAccepted: isAccepted, at: loop.now)
        )
        connections.add(connection)
        setSweep()
        return connection
    }

    /// The time, for connections.
    var now: MonotonicInstant { loop.now }

    func measureConnections() async -> [ConnectionMeasure] {
        await withCheckedContinuation { continuation in
            loop.execute { self.measureConnections { continuation.resume(returning: $0) } }
        }
    }

    private func measureConnections(_ reply: @escaping @Sendable ([ConnectionMeasure]) -> Void) {
        let measures = connections.takeTurns(Self.measureLimit).map { $0.measure() }
        EventLoopFuture.whenAllSucceed(measures, on: loop.eventLoop).whenComplete { result in
            reply((try? result.get())?.compactMap { $0 } ?? [])
        }
    }

    /// The measure of a connection that is not up.
    var nothing: EventLoopFuture<ConnectionMeasure?> { loop.eventLoop.makeSucceededFuture(nil) }

    /// How many connections are measured at a time: each costs a system call on the loop that calls live on.
    private static let measureLimit = 1000

    /// Looks at all connections now and then, as long as there are any.
    private func setSweep() {
        guard !isSweepSet, !connections.isEmpty else { return }
        isSweepSet = true
        _ = loop.schedule(at: loop.now + limits.messageTime / 4) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        isSweepSet = false
        for connection in connections.all { connection.closeIfUnused() }
        setSweep()
    }

    func ended(_ connection: StreamConnection) {
        guard connections.remove(connection) else { return }
        receiver.closed(connection.flow)
    }

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        receiver.received(bytes, over: flow)
    }

    func receivedDatagram(_ bytes: [UInt8], from remote: IPEndpoint) {
        receiver.received(bytes, over: SIPFlow(transport: .udp, local: endpoint, remote: remote))
    }
}
