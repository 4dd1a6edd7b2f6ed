public import Base
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Listens for clients of HTTP/1.1, on threads of its own: neither calls nor media wait for one.
public final class HTTPServer: Sendable {
    private struct Connection: Sendable {
        let channel: any Channel
        let isAllowed: Bool
    }

    private struct State: Sendable {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: Connection] = [:]
        var isStopping = false
        var tls: ServerTLS?
    }

    /// A connection that is closed without a word.
    private struct TooManyConnections: Error {}

    private let service: HTTPService
    private let refusal: HTTPPage
    private let isAllowed: @Sendable (IPAddress) -> Bool
    private let group: MultiThreadedEventLoopGroup
    private let state: Mutex<State>

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - threads: How many threads its connections are spread over.
    ///   - tls: The certificate to show; `nil` where nothing is encrypted.
    ///   - refusal: What those get who are not allowed.
    ///   - isAllowed: Whether somebody at an address gets answers.
    public init(
        _ service: HTTPService,
        threads: Int = 1,
        tls: ServerTLS? = nil,
        refusal: HTTPPage,
        isAllowed: @escaping @Sendable (IPAddress) -> Bool
    ) {
        (self.service, self.refusal, self.isAllowed) = (service, refusal, isAllowed)
        state = Mutex(State(tls: tls))
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    /// Shows new connections another certificate.
    public func renew(_ tls: ServerTLS) {
        state.withLock { $0.tls = tls }
    }

    /// The port that is listened on, once it is.
    public var port: Int? { state.withLock { $0.listener?.localAddress?.port } }

    /// Begins to listen.
    public func start(address: String, port: Int) async throws {
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(host: address, port: port)
            .get()
        state.withLock { $0.listener = listener }
    }

    private static let backlog: Int32 = 64

    /// Closes all connections.
    public func stop() async {
        let (listener, connections) = state.withLock { state in
            state.isStopping = true
            return (state.listener, state.connections.values.map(\.channel))
        }
        try? await listener?.close()
        for channel in connections { channel.close(promise: nil) }
        try? await group.shutdownGracefully()
    }

    private func accept(_ channel: any Channel) throws {
        let address = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }?.unmapped
        let isAllowed = address.map { self.isAllowed($0) } ?? false
        let id = ObjectIdentifier(channel)
        let (isTaken, tls) = state.withLock { state in
            let limit = isAllowed ? service.limits.connections : service.limits.refusals
            guard !state.isStopping, state.connections.values.count(where: { $0.isAllowed == isAllowed }) < limit
            else { return (false, nil as ServerTLS?) }
            state.connections[id] = Connection(channel: channel, isAllowed: isAllowed)
            return (true, state.tls)
        }
        guard isTaken else { throw TooManyConnections() }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.connections[id] = nil } }
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context)) }
        try HTTPConnection.addHandlers(
            for: service,
            remote: address,
            refusal: isAllowed ? nil : refusal,
            to: channel
        )
    }
}
