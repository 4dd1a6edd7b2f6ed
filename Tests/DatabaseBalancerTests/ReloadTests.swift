import Database
import Synchronization
import Testing

@testable import DatabaseBalancer

/// What becomes of calls when the configuration changes.
struct ReloadTests {
    /// A call that waits goes on waiting with the old configuration; only then is that balancer closed.
    @Test func callsThatWaitAreNotLost() async throws {
        let port = Mutex(1)
        let balancers = Balancers(
            directory: "",
            read: {
                let name = "mariadb://Server=127.0.0.1;Port=\(port.withLock { $0 });Uid=x;"
                var settings = BalancerSettings(name: "main")
                settings.nodes = [NodeSettings(name: "a", dataSource: name)]
                return [settings]
            },
            report: { _, _ in }
        )
        let source = try balancers.dataSource(named: "main")
        let old = try #require(balancers["main"])
        let call = Task { try await source.query("SELECT 1", within: .seconds(3)) }
        while old.status.waiting == 0 { try await Task.sleep(for: .milliseconds(5)) }
        port.withLock { $0 = 2 }
        balancers.reload()
        #expect(balancers["main"] !== old)
        let error = await #expect(throws: DatabaseError.self) { try await call.value }
        #expect(error?.description.contains("a is down") == true, "\(String(describing: error))")
        // Nobody uses it any more.
        for _ in 0..<6000 where !old.isClosed { try await Task.sleep(for: .milliseconds(20)) }
        #expect(old.isClosed)
        await balancers.close()
    }
}
