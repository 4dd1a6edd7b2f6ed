import Base
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Listens for scrapers, on a thread of its own: neither calls nor media wait for one.
// @unchecked: what changes is confined to the event loop, except for the listener and its port, which only the module's
// start and stop touch.
final class MetricsServer: @unchecked Sendable {
    /// How many connections there may be of those who get answers.
    static let connectionLimit = 32
    /// How many there may be of those who are told that they get none.
    static let refusalLimit = 8

    private struct Connection {
        let channel: any Channel
        let isAllowed: Bool
    }

    /// A connection that is closed without a word.
    private struct TooManyConnections: Error {}

    private let settings: PrometheusConfiguration
    private let logger: Logger
    private let isAllowed: @Sendable (IPAddress) -> Bool
    private let answer: MetricsConnection.Answering
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private var listener: (any Channel)?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var refusals = RefusalTally()

    /// - Parameters:
    ///   - isAllowed: Whether somebody at an address gets answers.
    ///   - answer: Answers a request.
    init(
        _ settings: PrometheusConfiguration,
        logger: Logger,
        isAllowed: @escaping @Sendable (IPAddress) -> Bool,
        answer: @escaping MetricsConnection.Answering
    ) {
        (self.settings, self.logger, self.isAllowed, self.answer) = (settings, logger, isAllowed, answer)
    }

    /// The port that is listened on, once it is.
    var port: Int? { listener?.localAddress?.port }

    /// Begins to listen.
    func start() async throws {
        listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(host: settings.address, port: settings.port)
            .get()
    }

    /// Closes all connections.
    func stop() async {
        try? await listener?.close()
        try? await group.next().submit {
            for connection in self.connections.values { connection.channel.close(promise: nil) }
        }.get()
        try? await group.shutdownGracefully()
    }

    private func accept(_ channel: any Channel) throws {
        let address = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }?.unmapped
        let isAllowed = address.map { self.isAllowed($0) } ?? false
        let limit = isAllowed ? Self.connectionLimit : Self.refusalLimit
        guard connections.values.count(where: { $0.isAllowed == isAllowed }) < limit else {
            throw TooManyConnections()
        }
        if !isAllowed, let count = refusals.note(at: .now) {
            logger.warning(
                "requests for metrics were refused",
                metadata: ["count": "\(count)", "last from": "\(channel.remoteAddress?.ipAddress ?? "")"]
            )
        }
        let connection = MetricsConnection(refusal: isAllowed ? nil : Self.refusal, answer: answer)
        try MetricsConnection.addHandlers(connection, to: channel)
        let id = ObjectIdentifier(channel)
        connections[id] = Connection(channel: channel, isAllowed: isAllowed)
        channel.closeFuture.whenComplete { _ in self.connections[id] = nil }
    }

    private static let refusal = Page(
        .forbidden,
        "apply-inbound-acl in prometheus.conf does not allow this address"
    )
}
