import Base
import NIOCore
import NIOPosix
import NIOSSL
import SIP
import Synchronization

/// One profile's sockets: a UDP socket, listeners for TCP and TLS, and the connections to and from peers.
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
    private var acceptors: [any Channel] = []
    private var secured: SecuredEndpoint?
    private(set) var securedPort: UInt16?
    /// The names by which peers were connected to that showed a certificate.
    private var names: [IPEndpoint: String] = [:]
    private let limits: StreamLimits
    private var connections: ConnectionTable
    /// Whether a time is set at which connections that are not used are looked for.
    private var isSweepSet = false
    private var addressCache: [IPEndpoint: SocketAddress] = [:]

    init(loop: NIOLoop, receiver: any SIPReceiver, limits: StreamLimits, secured: SecuredEndpoint?) {
        (self.loop, self.receiver, self.limits, self.secured) = (loop, receiver, limits, secured)
        connections = ConnectionTable(limits)
    }

    // MARK: Opening and closing

    func open(_ wanted: IPEndpoint, kinds: Set<SIPTransportKind>) async throws {
        var bound = wanted
        endpoint = wanted
        if kinds.contains(.udp) {
            let channel = try await bindDatagrams(wanted).get()
            if let address = channel.localAddress, let actual = IPEndpoint(address) { bound.port = actual.port }
            endpoint = bound
            datagrams = channel
        }
        if kinds.contains(.tcp) {
            let channel = try await bindStreams(bound, over: .tcp).get()
            if let address = channel.localAddress, let actual = IPEndpoint(address) { bound.port = actual.port }
            endpoint = bound
            acceptors.append(channel)
        }
        if kinds.contains(.tls), let secured {
            let channel = try await bindStreams(IPEndpoint(wanted.address, port: secured.port), over: .tls).get()
            securedPort = channel.localAddress.flatMap { IPEndpoint($0)?.port } ?? secured.port
            acceptors.append(channel)
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

    private func bindStreams(_ wanted: IPEndpoint, over kind: SIPTransportKind) throws -> EventLoopFuture<any Channel> {
        let address = try wanted.socketAddress
        return ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let connection = self.adopt(channel, over: kind) else {
                        channel.close(promise: nil)
                        return
                    }
                    if kind == .tls, let secured = self.secured {
                        let handler = NIOSSLServerHandler(context: secured.security.server)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(to: address)
    }

    func secure(_ security: StreamSecurity) { secured?.security = security }

    func close() async {
        let channels = await withCheckedContinuation { continuation in
            loop.execute {
                let open = self.connections.removeAll().compactMap(\.channel)
                continuation.resume(returning: [self.datagrams].compactMap { $0 } + self.acceptors + open)
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

    func flow(to remote: IPEndpoint, over kind: SIPTransportKind, host: String?) -> SIPFlow? {
        switch kind {
        case .udp:
            return datagrams == nil ? nil : SIPFlow(transport: .udp, local: endpoint, remote: remote)
        case .tcp:
            return connections.connection(to: remote, over: .tcp)?.flow ?? connect(to: remote, over: .tcp, host: nil)
        case .tls:
            guard secured != nil else { return nil }
            let wanted = host ?? names[remote]
            // One that the peer has made would do for anybody who can send from there.
            let known = connections.connection(to: remote, over: .tls, isAccepted: false)
            if let known, known.host == wanted { return known.flow }
            return connect(to: remote, over: .tls, host: wanted)
        case .ws, .wss:
            return nil
        }
    }

    func flow(heardFrom remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow? {
        switch kind {
        case .udp: flow(to: remote, over: .udp)
        case .tls: connections.connection(to: remote, over: .tls, isAccepted: true)?.flow
        case .tcp, .ws, .wss: connections.connection(to: remote, over: kind)?.flow
        }
    }

    func isOpen(_ flow: SIPFlow) -> Bool {
        flow.transport == .udp ? datagrams != nil : connections[flow.connection] != nil
    }

    // MARK: Connections

    private func connect(to remote: IPEndpoint, over kind: SIPTransportKind, host: String?) -> SIPFlow? {
        guard connections.hasRoom(for: remote.address), let target = try? remote.socketAddress,
            let source = try? IPEndpoint(endpoint.address, port: 0).socketAddress
        else { return nil }
        let connection = makeConnection(remote, over: kind, host: host, isAccepted: false)
        if kind == .tls, let host { remember(host, of: remote) }
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .connectTimeout(.seconds(10))
            .bind(to: source)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if kind == .tls, let secured = self.secured {
                        let handler = try NIOSSLClientHandler(context: secured.security.client, serverHostname: host)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(to: target)
            .whenFailure { _ in self.ended(connection) }
        return connection.flow
    }

    private func remember(_ host: String, of remote: IPEndpoint) {
        if names.count >= Self.addressCacheLimit { names.removeAll(keepingCapacity: true) }
        names[remote] = host
    }

    private func adopt(_ channel: any Channel, over kind: SIPTransportKind) -> StreamConnection? {
        guard let address = channel.remoteAddress, let remote = IPEndpoint(address),
            connections.hasRoom(for: remote.address)
        else { return nil }
        return makeConnection(remote, over: kind, host: nil, isAccepted: true)
    }

    private func makeConnection(
        _ remote: IPEndpoint,
        over kind: SIPTransportKind,
        host: String?,
        isAccepted: Bool
    ) -> StreamConnection {
        var local = endpoint
        if kind == .tls, let securedPort { local.port = securedPort }
        let flow = SIPFlow(
            transport: kind,
            local: local,
            remote: remote,
            connection: connections.nextNumber()
        )
        let connection = StreamConnection(
            flow: flow,
            host: host,
            isAccepted: isAccepted,
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

    func refused(_ flow: SIPFlow, _ error: any Error) {
        // Peers end connections without a word of TLS's; that is no news.
        if let error = error as? NIOSSLError, case .uncleanShutdown = error { return }
        receiver.refused(flow, because: "\(error)")
    }

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        receiver.received(bytes, over: flow)
    }

    func receivedDatagram(_ bytes: [UInt8], from remote: IPEndpoint) {
        receiver.received(bytes, over: SIPFlow(transport: .udp, local: endpoint, remote: remote))
    }
}
