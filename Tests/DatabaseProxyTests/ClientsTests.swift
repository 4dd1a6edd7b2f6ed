import Database
import DatabaseBalancer
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TandemTesting
import Testing

@testable import DatabaseProxy

/// What becomes of clients for whom there is no node, or no place, and of those that go.
struct ClientsTests {
    /// A proxy whose only node is not there.
    private struct Rig {
        let balancer: Balancer
        let proxy: DatabaseProxy
        let port: Int

        init(_ dialect: SQLDialect, clients: Int = 10) async throws {
            var settings = BalancerSettings(name: "none")
            // Clients wait for a node as long as the test lasts.
            settings.deadline = .seconds(600)
            settings.isForConnections = true
            let name =
                dialect == .postgreSQL
                ? "pgsql://host=127.0.0.1 port=1 dbname=x user=x"
                : "mariadb://Server=127.0.0.1;Port=1;Database=x;Uid=x;"
            settings.nodes = [NodeSettings(name: "node", dataSource: name)]
            balancer = try Balancer(settings, directory: "") { _, _ in }
            proxy = DatabaseProxy(balancer, clients: clients, threads: 1)
            port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .writing)
        }

        func stop() async {
            await proxy.stop()
            await balancer.close()
        }
    }

    private static let startup: [UInt8] = [0, 0, 0, 9, 0, 3, 0, 0, 0]

    /// Who has gone waits no longer: neither are others refused for its sake, nor has it a node before they have.
    @Test(arguments: [SQLDialect.mariaDB, .postgreSQL])
    func whoHasGoneDoesNotWait(_ dialect: SQLDialect) async throws {
        let rig = try await Rig(dialect)
        let client = RawConnection(port: rig.port)
        if dialect == .postgreSQL { client.say(Self.startup) }
        try await waitUntil("it waits") { rig.balancer.status.waiting == 1 }
        client.go()
        try await waitUntil("nobody waits") { rig.balancer.status.waiting == 0 && rig.proxy.clients == 0 }
        // It was not refused, since nobody is there to be told.
        #expect(rig.balancer.status.refused == 0)
        await rig.stop()
    }

    /// The proxy ends when nothing of it is left to be done.
    @Test func theEndIsTheEndOfThoseWhoWait() async throws {
        let rig = try await Rig(.mariaDB)
        let client = RawConnection(port: rig.port)
        try await waitUntil("it waits") { rig.balancer.status.waiting == 1 }
        await rig.proxy.stop()
        #expect(rig.balancer.status.waiting == 0)
        #expect(rig.proxy.state.withLock { $0.searches.count } == 0)
        #expect(client.heard() == [])
        await rig.balancer.close()
    }

    /// Who is one too many is told so in its own protocol, and those who are there are left in peace.
    @Test(arguments: [SQLDialect.mariaDB, .postgreSQL])
    func whoIsTooManyIsTold(_ dialect: SQLDialect) async throws {
        let rig = try await Rig(dialect, clients: 1)
        let first = RawConnection(port: rig.port)
        if dialect == .postgreSQL { first.say(Self.startup) }
        try await waitUntil("it waits") { rig.balancer.status.waiting == 1 }
        for _ in 0..<2 {
            let second = RawConnection(port: rig.port)
            if dialect == .postgreSQL { second.say(Self.startup) }
            let answer = second.heard()
            let text = "1 connections are all that there may be (--clients)"
            #expect(answer == (dialect == .postgreSQL ? RefusalPacket.postgreSQL(text) : RefusalPacket.mariaDB(text)))
        }
        #expect(rig.balancer.status.waiting == 1)
        first.go()
        try await waitUntil("its place is free") { rig.proxy.clients == 0 }
        let third = RawConnection(port: rig.port)
        if dialect == .postgreSQL { third.say(Self.startup) }
        try await waitUntil("another one waits") { rig.balancer.status.waiting == 1 }
        await rig.stop()
        #expect(third.heard() == [])
    }

    /// The system finds out that the other end has gone without a word, on either side.
    @Test func silenceIsNoticed() async throws {
        let rig = try await Rig(.mariaDB)
        let client = RawConnection(port: rig.port)
        try await waitUntil("it waits") { rig.balancer.status.waiting == 1 }
        let front = try #require(rig.proxy.state.withLock { $0.fronts.values.first })
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let back = try await DatabaseProxy.connector(on: loop).connect(host: "127.0.0.1", port: rig.port).get()
        for channel in [front, back] {
            for (option, value) in KeepAlive.options {
                #expect(try await channel.getOption(option).get() == value)
            }
        }
        try await back.close()
        client.go()
        await rig.stop()
    }

    /// A request to stop a statement lasts until the server has done it: a later one would meet another statement.
    @Test func aCancelRequestLastsUntilItIsDone() async throws {
        let message: [UInt8] = [0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2]
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port = Int(bindToLoopback(listener))
        #expect(listen(listener, 1) == 0)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let hasEnded = Atomic(false)
        let request = CancelRequest.send(
            ByteBuffer(bytes: message),
            to: "127.0.0.1",
            port: port,
            on: loop,
            within: .seconds(600)
        )
        request.whenComplete { _ in hasEnded.store(true, ordering: .relaxed) }
        let server = accept(listener, nil, nil)
        var bytes = [UInt8](repeating: 0, count: message.count)
        let count = read(server, &bytes, bytes.count)
        #expect(count == message.count && bytes == message)
        // Whatever the loop had to do when it was sent is done now.
        try await loop.submit {}.get()
        let isOver = hasEnded.load(ordering: .relaxed)
        #expect(!isOver)
        close(server)
        try await request.get()
        close(listener)
    }
}
