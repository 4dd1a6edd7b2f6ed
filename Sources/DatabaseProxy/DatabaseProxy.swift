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
    struct State: Sendable {
        var listeners: [any Channel] = []
        /// The connections of clients.
        var fronts: [ObjectIdentifier: any Channel] = [:]
        /// How many of them are too many, and are told so.
        var turnedAway = 0
        /// Those that have a node.
        var pairs: [ObjectIdentifier: Pair] = [:]
        /// Who looks for a node for a client.
        var searches: [ObjectIdentifier: Task<Void, Never>] = [:]
        var isStopped = false
    }

    /// A client's connection that has a node.
    struct Pair: Sendable {
        let node: Balancer.TakenNode
        let front: any Channel
    }

    let balancer: Balancer
    private let group: MultiThreadedEventLoopGroup
    let clientLimit: Int
    let state = Mutex(State())

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
            .noticingSilence()
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel, use) }
            }
            .bind(host: address, port: port)
            .get()
        state.withLock { $0.listeners.append(listener) }
        return listener.localAddress?.port ?? port
    }

    /// How many connections there are that have a node.
    public var connections: Int { state.withLock { $0.pairs.count } }

    /// How many clients there are, with a node or without.
    var clients: Int { state.withLock { $0.fronts.count } }

    /// Closes everything.
    public func stop() async {
        let listeners = state.withLock { state in
            state.isStopped = true
            return state.listeners
        }
        for listener in listeners { try? await listener.close() }
        let (fronts, searches) = state.withLock { (Array($0.fronts.values), Array($0.searches.values)) }
        for front in fronts { front.close(promise: nil) }
        // They use the threads, which are gone afterwards.
        for search in searches {
            search.cancel()
            await search.value
        }
        try? await group.shutdownGracefully()
    }

    // MARK: - What becomes of nodes

    private func follow(_ event: Balancer.NodeEvent) {
        let pairs = pairs(for: event)
        balancer.note(pairs.count, connectionsFor: event)
        for pair in pairs { pair.front.eventLoop.execute { self.follow(event, pair) } }
    }

    /// Does to a connection what has to be done, on its loop.
    private func follow(_ event: Balancer.NodeEvent, _ pair: Pair) {
        // The client may have got another node in the meantime.
        guard state.withLock({ $0.pairs[ObjectIdentifier(pair.front)]?.node == pair.node }) else { return }
        switch event {
        case .lost: pair.front.close(promise: nil)
        case .left: leave(pair)
        case .overdue: Self.handler(of: pair.front)?.end()
        }
    }

    /// The connections that have to go.
    private func pairs(for event: Balancer.NodeEvent) -> [Pair] {
        switch event {
        case .lost(let node): pairs(on: node)
        case .left(let node): pairs(on: node).filter { !balancer.keeps($0.node) }
        case .overdue(let node): pairs(on: node).filter { $0.node.use == .writing && !balancer.keeps($0.node) }
        }
    }

    private func pairs(on node: Int) -> [Pair] {
        state.withLock { state in state.isStopped ? [] : state.pairs.values.filter { $0.node.index == node } }
    }

    /// Has a connection end when it is between two transactions, unless it may stay by then.
    private func leave(_ pair: Pair) {
        Self.handler(of: pair.front)?.leave { [balancer] in
            balancer.keeps(pair.node)
        } then: { [balancer] in
            balancer.noteDeparture(from: pair.node)
        }
    }

    /// The client's end of a connection; `nil` when it has gone.
    private static func handler(of front: any Channel) -> GlueHandler? {
        try? front.pipeline.syncOperations.handler(type: GlueHandler.self)
    }
}
