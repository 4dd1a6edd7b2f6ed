import Base
import Logging
import NIOCore
import NIOPosix
import SwitchCore
import Synchronization
import XMLConfig

/// The socket's side of the module: one thread that listens, keeps the clients and connects to applications.
// @unchecked: what changes is confined to the event loop, except for the group and the listener, which only the
// module's start and stop touch.
final class EventServer: @unchecked Sendable {
    /// How many connections there may be, those to applications of channels included.
    static let connectionLimit = 4096
    /// How many of them may be clients that have not said yet who they are.
    static let strangerLimit = 64
    /// How long it takes at most to reach the application of a channel.
    private static let connectTime = TimeAmount.seconds(5)
    /// How long it is until the port is tried again when it is taken.
    private static let bindInterval = TimeAmount.seconds(1)

    let softswitch: Switch
    let eventLoop: any EventLoop
    let events: EventHub
    let log: LogHub
    let patience: StrangerPatience
    var droppedCount = 0
    private let group: MultiThreadedEventLoopGroup
    private let configuration: EventSocketConfiguration
    private var clients: [ObjectIdentifier: ClientConnection] = [:]
    /// Those of them that are programs of channels, by the channel.
    private var programs: [String: [ObjectIdentifier: ClientConnection]] = [:]
    private var lastNumber = 0
    private let refusals = RefusalTally()
    private var listener: (any Channel)?
    private var isStopped = false
    private let takesWork = Mutex(true)

    init(_ configuration: EventSocketConfiguration, softswitch: Switch, patience: StrangerPatience) {
        (self.configuration, self.softswitch) = (configuration, softswitch)
        self.patience = patience
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        eventLoop = group.next()
        events = EventHub(softswitch, eventLoop: eventLoop)
        log = LogHub(softswitch, eventLoop: eventLoop)
    }

    var machineSettings: ConnectionMachine.Settings {
        let softswitch = softswitch
        var settings = ConnectionMachine.Settings(password: configuration.password) { softswitch.makeUUID() }
        settings.resolve = { softswitch.aliases.expand($0) }
        return settings
    }

    // MARK: - Life

    /// Begins to listen.
    ///
    /// - Returns: The port.
    func start() async throws -> Int {
        do {
            let channel = try await bind()
            try await eventLoop.submit { self.listener = channel }.get()
            return channel.localAddress?.port ?? configuration.port
        } catch  where !configuration.stopsOnBindError {
            softswitch.logger.error(
                "the event socket cannot listen, it is tried again",
                metadata: ["address": "\(configuration.address)", "port": "\(configuration.port)", "error": "\(error)"]
            )
            tryAgainLater()
            return configuration.port
        }
    }

    private func bind() async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: ClientConnection.waterMarks)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in self.accept(channel) }
            .bind(host: configuration.address, port: configuration.port)
            .get()
    }

    private func tryAgainLater() {
        eventLoop.scheduleTask(in: Self.bindInterval) {
            guard !self.isStopped else { return }
            Task {
                do {
                    let channel = try await self.bind()
                    self.eventLoop.execute { self.listener = channel }
                } catch {
                    self.tryAgainLater()
                }
            }
        }
    }

    /// Ends all connections with a notice, after everything that has happened was told.
    func stop() async {
        let closed = eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            self.isStopped = true
            self.events.deliver()
            self.log.deliver()
            let all = self.clients.values.compactMap { $0.closeFuture }
            for client in self.clients.values { client.close() }
            let listening = self.listener?.close() ?? self.eventLoop.makeSucceededVoidFuture()
            return EventLoopFuture.andAllComplete(all + [listening], on: self.eventLoop)
        }
        try? await closed.get()
        try? await eventLoop.submit {
            self.events.stop()
            self.log.stop()
        }.get()
        takesWork.withLock { $0 = false }
        try? await group.shutdownGracefully()
    }

    /// Does something on the event loop; nothing when that has ended, as for the answer of the command that ended it.
    func execute(_ work: @escaping @Sendable () -> Void) {
        takesWork.withLock { if $0 { eventLoop.execute(work) } }
    }

    // MARK: - Clients

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let address = channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) })?.unmapped,
            softswitch.accessLists.allow(address, in: configuration.accessLists), clients.count < Self.connectionLimit
        else {
            noteRefusal(of: channel)
            return channel.pipeline.addHandler(RudeRejection())
        }
        makeRoom()
        return channel.pipeline.addHandler(ClientConnection(.inbound, server: self))
    }

    /// Of many who have not said who they are, the one who has said nothing for longest makes room, so that those who say
    /// nothing keep nobody out; but not one who has just come: many programs may come at once.
    private func makeRoom() {
        let strangers = clients.values.filter(\.isStranger)
        guard strangers.count >= Self.strangerLimit, let oldest = strangers.min(by: { $0.number < $1.number }),
            let channel = oldest.channel,
            oldest.since + .nanoseconds(patience.courtesy.wholeNanoseconds) <= eventLoop.now
        else { return }
        noteRefusal(of: channel)
        oldest.close()
    }

    private func noteRefusal(of channel: any Channel) {
        guard let count = refusals.note() else { return }
        softswitch.logger.warning(
            "event clients were turned away",
            metadata: ["count": "\(count)", "last from": "\(channel.remoteAddress?.ipAddress ?? "")"]
        )
    }

    func add(_ client: ClientConnection) {
        lastNumber += 1
        client.number = lastNumber
        clients[ObjectIdentifier(client)] = client
        if let channel = client.controlledChannel { programs[channel, default: [:]][ObjectIdentifier(client)] = client }
    }

    /// A client is told when a channel is over, from now on.
    func attach(_ client: ClientConnection, to channel: String) {
        programs[channel, default: [:]][ObjectIdentifier(client)] = client
        guard let session = softswitch.sessions[channel] else { return client.channelEnded(name: "") }
        session.loop.execute {
            session.assumeIsolated { session in
                guard SocketApplication.watch(session, for: self) else {
                    return self.execute { client.close() }
                }
            }
        }
    }

    func remove(_ client: ClientConnection) {
        clients[ObjectIdentifier(client)] = nil
        if let channel = client.controlledChannel {
            programs[channel]?[ObjectIdentifier(client)] = nil
            if programs[channel]?.isEmpty == true { programs[channel] = nil }
        }
        events.setInterest(nil, of: client)
        log.setLevel(nil, of: client)
    }

    /// The channel is over; its programs are told.
    func channelEnded(_ channel: String, name: String) {
        for program in (programs[channel] ?? [:]).values { program.channelEnded(name: name) }
    }

    /// How many clients there are, and how many events they lost.
    func counts() async -> (clients: Int, dropped: Int) {
        let future = eventLoop.submit {
            let lost = self.events.droppedCount &+ self.log.droppedCount
            return (self.clients.count, self.droppedCount + Int(clamping: lost))
        }
        return (try? await future.get()) ?? (0, 0)
    }

    /// Serves the program's own console over one end of a stream, which it closes.
    func serveConsole(over descriptor: Int32) async throws {
        let client = ClientConnection(.console, server: self)
        _ = try await ClientBootstrap(group: group)
            .channelOption(.writeBufferWaterMark, value: ClientConnection.waterMarks)
            .channelInitializer { $0.pipeline.addHandler(client) }
            .withConnectedSocket(descriptor)
            .get()
    }

    // MARK: - Applications of channels

    /// Connects a channel to its application.
    func connect(
        host: String,
        port: Int,
        role: ConnectionMachine.Role,
        ended: @escaping @Sendable (_ resumesDialplan: Bool) -> Void
    ) async throws -> ClientConnection {
        let client = ClientConnection(role, server: self, ended: ended)
        _ = try await ClientBootstrap(group: group)
            .connectTimeout(Self.connectTime)
            .channelOption(.writeBufferWaterMark, value: ClientConnection.waterMarks)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { $0.pipeline.addHandler(client) }
            .connect(host: host, port: port)
            .get()
        return client
    }
}

/// Says to a peer that it is not wanted, and closes.
private final class RudeRejection: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer(bytes: Frame.rudeRejection)).whenComplete { _ in channel.close(promise: nil) }
    }
}
