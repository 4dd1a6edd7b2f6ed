import Base
import Database
import Glibc
import Synchronization
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What clients see while nodes of a real cluster die, hang and come back.
@Suite(.enabled(if: TestCluster.isThere), .serialized)
struct ClusterTests {
    enum Fault: String, CaseIterable, Sendable {
        case killed
        case frozen
        case partitioned
        case desynced
        case rejecting
        case wiped
    }

    /// How many faults there are in one run; a longer one is for a machine with time.
    static var cycles: Int { DatabaseServer.environment("CYCLES").flatMap { Int($0) } ?? 20 }

    /// Node after node has fault after fault; readers see no error and nothing old, and each change happens once.
    @Test func nothingIsLostWhateverHappensToOneNode() async throws {
        let cluster = try TestCluster()
        let began = MonotonicInstant.now
        let log = Mutex<[String]>([])
        let balancer = try cluster.balancer { _, text in
            let line = "\((MonotonicInstant.now - began).wholeMilliseconds) ms: \(text)"
            log.withLock { $0.append(line) }
        }
        try await Self.waitUntil("all nodes are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        let workload = Workload(balancer, since: began)
        try await workload.prepare()
        for node in cluster.dsns.indices { try await Self.waitForCounters(of: cluster, node) }
        let only = DatabaseServer.environment("FAULT").flatMap { Fault(rawValue: $0) }
        let faults = only.map { [$0] } ?? Fault.allCases
        await withTaskGroup { group in
            for id in 0..<Workload.counters { group.addTask { await workload.write(id) } }
            for _ in 0..<4 { group.addTask { await workload.read() } }
            do {
                for cycle in 0..<Self.cycles {
                    let fault = faults[cycle % faults.count]
                    let node = cycle % cluster.dsns.count
                    log.withLock {
                        $0.append("\((MonotonicInstant.now - began).wholeMilliseconds) ms: \(fault) n\(node)")
                    }
                    try await Self.strike(node, fault, cluster, balancer)
                }
            } catch {
                Issue.record("\(error)")
            }
            workload.end()
        }
        let seen = workload.seen
        let status = balancer.status
        print(
            "cluster: \(seen.reads) reads, \(seen.writes) writes, longest read \(seen.longestRead), longest write "
                + "\(seen.longestWrite); \(status.repeated) repeated, \(status.lookedUp) looked up"
        )
        #expect(seen.readErrors == [])
        #expect(seen.writeErrors == [])
        #expect(seen.stale == [])
        #expect(status.inDoubt == 0)
        #expect(seen.reads > 100 * Self.cycles && seen.writes > 10 * Self.cycles)
        var isLost = false
        for node in cluster.dsns.indices {
            let rows = try await Self.counters(of: cluster, node)
            #expect(rows == workload.acknowledgements, "on n\(node)")
            isLost = isLost || rows != workload.acknowledgements
        }
        await balancer.close()
        if isLost || !seen.readErrors.isEmpty || !seen.writeErrors.isEmpty || !seen.stale.isEmpty {
            for line in log.withLock({ $0 }) { print(line) }
        }
    }

    /// What was made a moment ago arrives on every node, which is not what is tested.
    private static func waitForCounters(of cluster: TestCluster, _ node: Int) async throws {
        let pool = try cluster.pool(node)
        var rows = 0
        for _ in 0..<6000 where rows < Workload.counters {
            rows = (try? await pool.query("SELECT id FROM counters").count) ?? 0
            if rows < Workload.counters { try await Task.sleep(for: .milliseconds(20)) }
        }
        await pool.close()
        if rows < Workload.counters { throw NeverHappened(description: "never: the counters are on n\(node)") }
    }

    /// Who makes a table through a balancer can read it at once, although a node does not have it yet.
    @Test func aNewTableIsThereForWhoReads() async throws {
        let cluster = try TestCluster()
        let balancer = try cluster.balancer()
        let late = try cluster.pool(2)
        for number in 0..<5 {
            try await Self.waitUntil("all are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
            // It applies nothing that others do until it is unlocked; the balancer notices that with its next check.
            try await late.execute("FLUSH TABLES WITH READ LOCK")
            try await balancer.execute(Statement(stringLiteral: "CREATE TABLE new\(number) (id INTEGER PRIMARY KEY)"))
            let query = Statement(stringLiteral: "SELECT id FROM new\(number)")
            for _ in 0..<20 { await #expect(throws: Never.self) { try await balancer.query(query) } }
            try await late.execute("UNLOCK TABLES")
            try await Self.waitUntil("every node has it") { balancer.snapshot.machine.schemaChange == nil }
        }
        for number in 0..<5 { try await balancer.execute(Statement(stringLiteral: "DROP TABLE new\(number)")) }
        await late.close()
        await balancer.close()
    }

    private static func counters(of cluster: TestCluster, _ node: Int) async throws -> [Int64] {
        let pool = try cluster.pool(node)
        // What was written elsewhere is waited for.
        let rows = try await pool.transaction { transaction in
            try await transaction.execute("SET SESSION wsrep_sync_wait = 1")
            return try await transaction.query("SELECT n FROM counters ORDER BY id")
        }
        await pool.close()
        return rows.compactMap { $0["n"]?.integer }
    }

    /// Does something to a node, until the balancer has left it and taken it again.
    private static func strike(
        _ node: Int,
        _ fault: Fault,
        _ cluster: TestCluster,
        _ balancer: Balancer
    ) async throws {
        let name = "n\(node)"
        func trust() -> String { balancer.status.nodes[node].trust }
        switch fault {
        case .killed: try cluster.signal(node, SIGKILL)
        case .wiped:
            cluster.wipe(node)
            try cluster.signal(node, SIGKILL)
        case .frozen: try cluster.signal(node, SIGSTOP)
        case .partitioned: try await cluster.tell(node, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
        case .desynced: try await cluster.tell(node, "SET GLOBAL wsrep_desync = ON")
        case .rejecting: try await cluster.tell(node, "SET GLOBAL wsrep_reject_queries = ALL")
        }
        try await waitUntil("\(name) is left") { trust() == "down" }
        switch fault {
        case .killed, .wiped: break
        case .frozen:
            // The others have to have gone on without it.
            try await Task.sleep(for: .seconds(3))
            try cluster.signal(node, SIGCONT)
        case .partitioned:
            try await cluster.tell(node, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
        case .desynced: try await cluster.tell(node, "SET GLOBAL wsrep_desync = OFF")
        case .rejecting: try await cluster.tell(node, "SET GLOBAL wsrep_reject_queries = NONE")
        }
        try await waitUntil("\(name) is back") { trust() == "trusted" }
    }

    struct NeverHappened: Error, CustomStringConvertible {
        let description: String
    }

    /// Waits until something holds in other processes, for two minutes.
    private static func waitUntil(_ what: String, _ condition: () -> Bool) async throws {
        for _ in 0..<6000 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NeverHappened(description: "never: \(what)")
    }
}
