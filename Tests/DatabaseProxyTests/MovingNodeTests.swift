import Base
import NIOCore
import NIOPosix
import TandemTesting
import Testing

@testable import DatabaseBalancer
@testable import DatabaseProxy

/// What becomes of a client whose node is left while it is connected to.
struct MovingNodeTests {
    /// A server that says its name, in a packet that ends the attempts of the checks.
    private final class Namer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let name: String

        init(_ name: String) {
            self.name = name
        }

        func channelActive(context: ChannelHandlerContext) {
            let bytes = context.channel.allocator.buffer(bytes: RefusalPacket.mariaDB(name))
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    private static func server(_ name: String) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Namer(name))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    /// What happens to the node that the client has just got.
    enum Change: CaseIterable, Sendable {
        case anotherWriter
        case drain
        case maintenance
    }

    /// The checks of two servers have ended, and there are no more of them.
    private static func balancer(_ servers: [any Channel]) async throws -> Balancer {
        var settings = BalancerSettings(name: "moving")
        (settings.deadline, settings.checkInterval) = (.seconds(600), .seconds(600))
        settings.isForConnections = true
        settings.nodes = servers.enumerated().map { number, server in
            let port = server.localAddress?.port ?? 0
            var node = NodeSettings(
                name: "\(number)",
                dataSource: "mariadb://Server=127.0.0.1;Port=\(port);Database=x;Uid=x;"
            )
            node.priority = number
            return node
        }
        let balancer = try Balancer(settings, directory: "") { _, _ in }
        try await waitUntil("the checks have ended") {
            balancer.snapshot.machine.nodes.allSatisfy { $0.checkBegan == nil && $0.trust.name == "down" }
        }
        return balancer
    }

    /// Nothing has been said to it or to the node: it gets the next one, and does not notice.
    @Test(arguments: Change.allCases)
    func aClientGetsTheNextNode(_ change: Change) async throws {
        var servers: [any Channel] = []
        for name in ["old", "new"] { servers.append(try await Self.server(name)) }
        let balancer = try await Self.balancer(servers)
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let client = RawConnection(port: try await proxy.listen(address: "127.0.0.1", port: 0, for: .writing))
        try await waitUntil("it waits") { balancer.status.waiting == 1 }
        // It gets the old one, and before it is connected that is not the writer any more.
        var first: Int?
        balancer.handle { machine in
            for index in machine.nodes.indices {
                machine.nodes[index].facts = HealthFacts()
                machine.nodes[index].trust = .trusted(since: .now, grows: false)
            }
            let actions = machine.tick(.now)
            first = machine.nodes.firstIndex { $0.inUse == 1 }
            let more: [BalancerMachine.Action] =
                switch change {
                case .anotherWriter: machine.order(writer: 1, .now) ?? []
                case .drain: machine.order(0, .drain, .now)
                case .maintenance: machine.order(0, .maintenance, .now)
                }
            return actions + more
        }
        #expect(first == 0)
        let greeting = RefusalPacket.mariaDB("new")
        var heard: [UInt8] = []
        try await waitUntil("it hears something, or has been closed") {
            heard += client.heardByNow()
            return heard.count >= greeting.count || proxy.clients == 0
        }
        #expect(heard == greeting)
        try await waitUntil("the old one is free") { balancer.status.nodes.map(\.inUse) == [0, 1] }
        #expect(balancer.status.nodes.map(\.connectionsLeft) == [0, 0])
        #expect(balancer.status.nodes.map(\.connectionsEnded) == [0, 0])
        client.go()
        try await waitUntil("the new one is free") { balancer.status.nodes.map(\.inUse) == [0, 0] }
        await proxy.stop()
        await balancer.close()
        for server in servers { try await server.close() }
    }
}
