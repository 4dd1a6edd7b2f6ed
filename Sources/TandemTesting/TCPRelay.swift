import NIOCore
import NIOPosix
import Synchronization

/// Stands between a client and a server on loopback, so that a test can take the server away and bring it back.
public final class TCPRelay: Sendable {
    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var mark: String?
        var isHolding = false
        /// What waits to go to the server; without bytes, its end.
        var held: [(server: any Channel, bytes: ByteBuffer?)] = []
        var isFrozen = false
    }

    private let target: Int
    private let state = Mutex(State())
    /// Where clients connect.
    public let port: Int

    /// A relay to a port on 127.0.0.1, which takes connections from now on.
    public init(to target: Int) async throws {
        self.target = target
        let probe = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        port = probe.localAddress?.port ?? 0
        try await probe.close()
        try await start()
    }

    /// Takes connections again.
    public func start() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [weak self] client in
                self?.connect(client) ?? client.close()
            }
            .bind(host: "127.0.0.1", port: port).get()
        state.withLock { $0.listener = listener }
    }

    /// Ends all connections and takes no more.
    public func stop() async throws {
        let old = state.withLock { state in
            defer { state = State() }
            return state
        }
        try await old.listener?.close()
        for connection in old.connections.values { try? await connection.close() }
    }

    // MARK: - Holding

    /// Holds what clients send from the piece on that has a text in it, which is sent when ``release()`` says so, whether
    /// or not the client has gone by then.
    public func hold(at text: String) { state.withLock { $0.mark = text } }

    /// Whether it holds something.
    public var isHolding: Bool { state.withLock { $0.isHolding } }

    /// Sends what was held, and holds no more.
    public func release() {
        let held = state.withLock { state in
            defer { (state.held, state.isHolding, state.mark) = ([], false, nil) }
            return state.held
        }
        Self.send(held[...])
    }

    /// One piece after the other, in the order in which they came, whichever connections they are of.
    private static func send(_ held: ArraySlice<(server: any Channel, bytes: ByteBuffer?)>) {
        guard let (server, bytes) = held.first else { return }
        let sent = bytes.map { server.writeAndFlush($0) } ?? server.close()
        sent.whenComplete { _ in send(held.dropFirst()) }
    }

    /// Whether something that a client sent, or its end, is held.
    private func holds(_ bytes: ByteBuffer?, for server: any Channel) -> Bool {
        state.withLock { state in
            if let mark = state.mark, let bytes, String(buffer: bytes).contains(mark) { state.isHolding = true }
            if state.isHolding { state.held.append((server, bytes)) }
            return state.isHolding
        }
    }

    /// Takes connections, and nothing that comes on them, nor on those that are there: the server hangs.
    public func freeze() { hang(true) }

    /// Goes on with what has come meanwhile.
    public func thaw() { hang(false) }

    private func hang(_ isFrozen: Bool) {
        let connections = state.withLock { state in
            state.isFrozen = isFrozen
            return Array(state.connections.values)
        }
        for connection in connections {
            connection.setOption(.autoRead, value: !isFrozen).whenComplete { _ in if !isFrozen { connection.read() } }
        }
    }

    private func connect(_ client: any Channel) -> EventLoopFuture<Void> {
        state.withLock { $0.connections[ObjectIdentifier(client)] = client }
        return ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: target)
            .flatMapThrowing { server in
                try client.pipeline.syncOperations.addHandler(Half(server, of: self))
                try server.pipeline.syncOperations.addHandler(Half(client))
                let isFrozen = self.state.withLock { state in
                    state.connections[ObjectIdentifier(server)] = server
                    return state.isFrozen
                }
                guard !isFrozen else { return }
                for channel in [client, server] { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
            }
    }

    /// What comes in at one side goes out at the other.
    private final class Half: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let other: any Channel

        /// The relay, which may hold what the client sends.
        private let relay: TCPRelay?

        init(_ other: any Channel, of relay: TCPRelay? = nil) {
            (self.other, self.relay) = (other, relay)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if relay?.holds(bytes, for: other) != true { other.writeAndFlush(bytes, promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            if relay?.holds(nil, for: other) != true { other.close(promise: nil) }
            context.fireChannelInactive()
        }
    }
}
