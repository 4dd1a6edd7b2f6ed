import Database
import Synchronization
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What is counted and said of the connections of other programs; a file of SQLite stands for a node.
struct ConnectionsTests {
    @Test func whoHasToGoIsCountedAndNamed() async throws {
        let directory = TemporaryDirectory()
        let log = Mutex<[String]>([])
        var settings = BalancerSettings(name: "main")
        settings.nodes = [NodeSettings(name: "a", dataSource: "sqlite://\(directory.path)/a.db")]
        let balancer = try Balancer(settings, directory: directory.path) { isBad, text in
            guard text.contains("connections") else { return }
            log.withLock { $0.append("\(isBad ? "bad" : "good"): \(text)") }
        }
        balancer.note(0, connectionsFor: .lost(node: 0))
        balancer.note(3, connectionsFor: .left(node: 0))
        for _ in 0..<2 {
            balancer.noteDeparture(from: Balancer.TakenNode(use: .writing, index: 0, host: "", port: 0))
        }
        balancer.note(1, connectionsFor: .overdue(node: 0))
        balancer.note(4, connectionsFor: .lost(node: 0))
        let status = balancer.status.nodes[0]
        #expect(status.connectionsLeft == 2 && status.connectionsEnded == 5)
        #expect(
            log.withLock { $0 } == [
                "good: 3 connections leave a when they are between two transactions",
                "bad: 1 connections to a are ended: another node has been written to for 5000 ms",
                "bad: 4 connections to a are ended: it is not used any more",
            ]
        )
        await balancer.close()
        withExtendedLifetime(directory) {}
    }
}
