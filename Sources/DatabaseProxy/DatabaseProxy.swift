import Base
import Database
public import DatabaseBalancer
import NIOCore
import NIOPosix
import Synchronization

/// Takes connections of other programs, and hands each to a node of a balancer that can be trusted.
///
/// What goes to and fro is handed on as it is, so that everything works that the servers can do, encryption too. A connection
/// whose node loses trust is closed: its client connects again, and gets another node. So is one whose node is left for
/// another one, because that is the writer or because of an order, when it is between two transactions.
public final class DatabaseProxy: Sendable {
    private struct State: Sendable {
        var listeners: [any Channel] = []
        var pairs: [ObjectIdentifier: Pair] = [:]
        var clients = 0
    }

    /// A client's connection that has a node.
    private struct Pair: Sendable {
        let node: Balancer.TakenNode
        let front: any Channel
    }

    private let balancer: Balancer
    private let group: MultiThreadedEventLoopGroup
    private let clientLimit: Int
    private let state = Mutex(State())

    /// How long it may take to connect to a node.
    private static let connecting = TimeAmount.seconds(1)
    /// How long a client of PostgreSQL may take to say what it wants, whenever it is its turn; who says nothing would keep
    /// a place for ever.
    private static let openingTime = TimeAmount.seconds(5)
    /// How many nodes are tried for one connection.
    private static let attempts = 8

    /// A proxy that does not listen yet.
    ///
    /// - Parameters:
    ///   - clients: How many connections there may be at once.
    ///   - threads: How many threads they are spread over.
    public init(_ balancer: Balancer, clients: Int, threads: Int) {
        self.balancer = balancer
        clientLimit = clients
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(threads, 1))
        balancer.watchNodes { [weak self] event in self?.follow(event) }
    }

    /// Begins to listen for those who write, or only read.
    ///
    /// - Returns: The port.
    public func listen(address: String, port: Int, for use: Balancer.Use) async throws -> Int {
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel, use) }
            }
            .bind(host: address, port: port)
            .get()
        state.withLock { $0.listeners.append(listener) }
        return listener.localAddress?.port ?? port
    }

    /// How many connections there are.
    public var connections: Int { state.withLock { $0.pairs.count } }

    /// Closes everything.
    public func stop() async {
        let (listeners, fronts) = state.withLock { ($0.listeners, $0.pairs.values.map(\.front)) }
        for listener in listeners { try? await listener.close() }
        for front in fronts { front.close(promise: nil) }
        try? await group.shutdownGracefully()
    }

    // MARK: - What becomes of nodes

    private func follow(_ event: Balancer.NodeEvent) {
        switch event {
        case .lost(let node): for pair in pairs(on: node) { pair.front.close(promise: nil) }
        case .left(let node):
            for pair in pairs(on: node) where !balancer.keeps(pair.node) {
                let keeps: @Sendable () -> Bool = { [balancer] in balancer.keeps(pair.node) }
                pair.front.eventLoop.execute { Self.handler(of: pair.front)?.leave(unless: keeps) }
            }
        case .overdue(let node):
            for pair in pairs(on: node) where pair.node.use == .writing && !balancer.keeps(pair.node) {
                pair.front.eventLoop.execute { Self.handler(of: pair.front)?.end() }
            }
        }
    }

    private func pairs(on node: Int) -> [Pair] {
        state.withLock { $0.pairs.values.filter { $0.node.index == node } }
    }

    /// The client's end of a connection; `nil` when it has gone, or has only just got its node.
    private static func handler(of front: any Channel) -> GlueHandler? {
        try? front.pipeline.syncOperations.handler(type: GlueHandler.self)
    }

    // MARK: - One connection

    private struct TooMany: Error {}

    private func accept(_ front: any Channel, _ use: Balancer.Use) throws {
        let isTaken = state.withLock { state in
            guard state.clients < clientLimit else { return false }
            state.clients += 1
            return true
        }
        guard isTaken else { throw TooMany() }
        front.closeFuture.whenComplete { _ in self.state.withLock { $0.clients -= 1 } }
        let opening = OpeningHandler(front.allocator)
        try front.pipeline.syncOperations.addHandler(opening)
        let bound = NIOLoopBound(opening, eventLoop: front.eventLoop)
        guard balancer.dialect == .postgreSQL else {
            return begin(front, bound, use, front.allocator.buffer(capacity: 0))
        }
        answerPostgreSQL(front, bound, use)
    }

    /// Its client speaks first, and may only want to stop a statement.
    private func answerPostgreSQL(_ front: any Channel, _ opening: NIOLoopBound<OpeningHandler>, _ use: Balancer.Use) {
        opening.value.next(front.eventLoop, within: Self.openingTime).whenComplete { result in
            switch result {
            case .failure: front.close(promise: nil)
            case .success((.cancel, let message)):
                // The client names a process, and only its node knows that.
                for address in self.balancer.endpoints { self.send(message, to: address, on: front.eventLoop) }
                front.close(promise: nil)
            case .success((_, let message)): self.begin(front, opening, use, message)
            }
        }
    }

    private func send(_ message: ByteBuffer, to address: (host: String, port: Int), on loop: any EventLoop) {
        ClientBootstrap(group: loop).connectTimeout(Self.connecting).connect(host: address.host, port: address.port)
            .whenSuccess { channel in
                channel.writeAndFlush(message).whenComplete { _ in channel.close(promise: nil) }
            }
    }

    private func begin(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ use: Balancer.Use,
        _ message: ByteBuffer
    ) {
        Task {
            var failure = "too many nodes have failed"
            for _ in 0..<Self.attempts {
                do throws(DatabaseError) {
                    let node = try await balancer.takeNode(for: use)
                    if await connect(front, opening, node, message) { return }
                } catch {
                    failure = "\(error)"
                    break
                }
            }
            refuse(front, opening, message, failure)
        }
    }

    /// Connects a client to a node.
    ///
    /// - Returns: Whether the node could be reached.
    private func connect(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ node: Balancer.TakenNode,
        _ message: ByteBuffer
    ) async -> Bool {
        let back: any Channel
        do {
            back = try await ClientBootstrap(group: front.eventLoop)
                .connectTimeout(Self.connecting)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.autoRead, value: false)
                .connect(host: node.host, port: node.port)
                .get()
        } catch {
            balancer.giveBack(node, failure: "\(node.host) port \(node.port): \(error)")
            return false
        }
        back.closeFuture.whenComplete { _ in self.balancer.giveBack(node, failure: nil) }
        let id = ObjectIdentifier(front)
        state.withLock { $0.pairs[id] = Pair(node: node, front: front) }
        front.closeFuture.whenComplete { _ in
            self.state.withLock { $0.pairs[id] = nil }
            back.close(promise: nil)
        }
        // It may have been given up while this one connected; nobody was told of this connection then.
        if !balancer.keeps(node) { front.close(promise: nil) }
        let notReady = watch(for: node)
        front.eventLoop.execute {
            let balancer = self.balancer
            Self.glue(front, opening.value, back, message, Conversation(balancer.dialect), notReady)
            // Who was told that the node is left may not have found this connection.
            if !balancer.keeps(node) { Self.handler(of: front)?.leave { balancer.keeps(node) } }
        }
        return true
    }

    /// Hears of a node of Galera that says of itself that it is not ready, before the next check does.
    ///
    /// It gets nothing new until it has been checked, which is done at once, and the client that has the error gets
    /// another node: its connection ends.
    private func watch(for node: Balancer.TakenNode) -> GlueHandler.NotReady {
        { [balancer] in balancer.doubt(node, "it says that it is not ready (1047)") }
    }

    private static func glue(
        _ front: any Channel,
        _ opening: OpeningHandler,
        _ back: any Channel,
        _ message: ByteBuffer,
        _ conversation: Conversation,
        _ notReady: @escaping GlueHandler.NotReady
    ) {
        let (client, server) = GlueHandler.pair(conversation, notReady)
        do {
            try front.pipeline.syncOperations.addHandler(client)
            try back.pipeline.syncOperations.addHandler(server)
        } catch {
            front.close(promise: nil)
            return
        }
        var message = message
        var rest = opening.takeRest()
        message.writeBuffer(&rest)
        front.pipeline.syncOperations.removeHandler(opening, promise: nil)
        if message.readableBytes > 0 {
            conversation.heard(client: message.readableBytesView)
            back.writeAndFlush(message, promise: nil)
        }
        back.setOption(.autoRead, value: true).whenComplete { _ in back.read() }
    }

    // MARK: - Nobody to connect to

    private func refuse(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ message: ByteBuffer,
        _ text: String
    ) {
        front.eventLoop.execute {
            guard self.balancer.dialect == .postgreSQL else {
                return Self.farewell(front, RefusalPacket.mariaDB(text))
            }
            guard PostgreSQLOpening(message.readableBytesView) == .encryption else {
                return Self.farewell(front, RefusalPacket.postgreSQL(text))
            }
            // Not encrypted, then: the client goes on, or leaves when it insists.
            front.writeAndFlush(front.allocator.buffer(string: "N"), promise: nil)
            opening.value.next(front.eventLoop, within: Self.openingTime).whenComplete { result in
                guard case .success((let next, _)) = result, next == .startup else { return front.close(promise: nil) }
                Self.farewell(front, RefusalPacket.postgreSQL(text))
            }
        }
    }

    private static func farewell(_ front: any Channel, _ packet: [UInt8]) {
        front.writeAndFlush(front.allocator.buffer(bytes: packet)).whenComplete { _ in front.close(promise: nil) }
    }
}
