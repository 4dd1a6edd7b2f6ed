import Base
import Database
import Glibc
import Synchronization
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What clients see while nodes of a real cluster die, hang and come back.
@Suite(.enabled(if: TestCluster.Kind.cluster.isThere), .serialized)
struct ClusterTests {
    enum Fault: String, CaseIterable, Sendable {
        case killed
        case frozen
        case partitioned
        case desynced
        case rejecting
        case wiped

        /// Whether the node has to join the others again afterwards, and to get what it missed.
        var isFollowedByRejoining: Bool {
            switch self {
            case .killed, .frozen, .partitioned, .wiped: true
            case .desynced, .rejecting: false
            }
        }
    }

    /// How often nodes join again in one run; more are for a machine with time.
    static var rejoins: Int { DatabaseServer.environment("CYCLES").flatMap { Int($0) } ?? 20 }

    /// Node after node has fault after fault; readers see no error and nothing old, and each change happens once.
    @Test func nothingIsLostWhateverHappensToOneNode() async throws {
        let cluster = try TestCluster()
        let began = MonotonicInstant.now
        let log = Mutex<[String]>([])
        let note: @Sendable (String) -> Void = { text in
            log.withLock { $0.append("\((MonotonicInstant.now - began).wholeMilliseconds) ms: \(text)") }
        }
        let balancer = try cluster.balancer(reporting: { _, text in note(text) })
        try await waitUntil("all nodes are trusted") {
            balancer.status.nodes.allSatisfy { $0.trust == "trusted" }
        }
        let workload = Workload(balancer, since: began)
        try await workload.prepare()
        for node in cluster.dsns.indices { try await workload.wait(for: node, of: cluster) }
        let only = DatabaseServer.environment("FAULT").flatMap { Fault(rawValue: $0) }
        let faults = only.map { [$0] } ?? Fault.allCases
        let strikes = await withTaskGroup { group in
            var (cycle, rejoins) = (0, 0)
            for id in 0..<Workload.counters { group.addTask { await workload.write(id) } }
            for _ in 0..<4 { group.addTask { await workload.read() } }
            do {
                while rejoins < Self.rejoins {
                    let fault = faults[cycle % faults.count]
                    // In as many rounds as there are nodes each fault meets the writer and every other node.
                    let place = cycle + cycle / faults.count
                    let node = ((balancer.snapshot.machine.writer ?? 0) + place) % cluster.dsns.count
                    note("\(fault) n\(node)\(node == balancer.snapshot.machine.writer ? ", the writer" : "")")
                    try await Self.strike(node, fault, cluster, balancer)
                    cycle += 1
                    if fault.isFollowedByRejoining || only != nil { rejoins += 1 }
                }
            } catch {
                Issue.record("\(error)")
            }
            workload.end()
            return cycle
        }
        let seen = workload.seen
        let status = balancer.status
        print(
            "cluster: \(strikes) faults, \(seen.reads) reads, \(seen.writes) writes, longest read \(seen.longestRead), longest write "
                + "\(seen.longestWrite); \(status.repeated) repeated, \(status.lookedUp) looked up"
        )
        #expect(seen.readErrors == [])
        #expect(seen.writeErrors == [])
        #expect(seen.stale == [])
        #expect(status.inDoubt == 0)
        #expect(seen.reads > 100 * Self.rejoins && seen.writes > 10 * Self.rejoins)
        var faultsFound = seen.readErrors + seen.writeErrors + seen.stale
        for node in cluster.dsns.indices {
            let rows = try await workload.rows(of: cluster, node)
            #expect(rows.counters == workload.acknowledgements, "on n\(node)")
            let faults = workload.faults(in: rows.history).map { "n\(node): \($0)" }
            #expect(faults == [])
            faultsFound += faults
            if rows.counters != workload.acknowledgements { faultsFound.append("n\(node) has \(rows.counters)") }
        }
        await balancer.close()
        guard !faultsFound.isEmpty else { return }
        for line in log.withLock({ $0 }) { print(line) }
        for node in cluster.dsns.indices { print("n\(node): \(try await Self.numbers(of: cluster, node))") }
    }

    /// How far a node is, and which numbers of changes it has: for whoever looks for what went wrong.
    private static func numbers(of cluster: TestCluster, _ node: Int) async throws -> String {
        let pool = try cluster.pool(node)
        let position =
            try await pool.query("SHOW GLOBAL STATUS LIKE 'wsrep_last_committed'").first?["Value"]?.text ?? "?"
        let states = try await pool.query(
            "SELECT state, COUNT(*) AS n FROM tandem_requests GROUP BY state ORDER BY state"
        )
        await pool.close()
        let counts = states.map { "\($0["n"]?.integer ?? 0) \($0["state"]?.text ?? "?")" }
        return "at \(position), numbers: \(counts.joined(separator: ", "))"
    }

    /// Who makes a table through a balancer can read it at once, although a node does not have it yet.
    @Test func aNewTableIsThereForWhoReads() async throws {
        let cluster = try TestCluster()
        let balancer = try cluster.balancer()
        let late = try cluster.pool(2)
        for number in 0..<5 {
            try await waitUntil("all are trusted") {
                balancer.status.nodes.allSatisfy { $0.trust == "trusted" }
            }
            // It applies nothing that others do until it is unlocked; the balancer notices that with its next check.
            try await late.execute("FLUSH TABLES WITH READ LOCK")
            try await balancer.execute(Statement(stringLiteral: "CREATE TABLE new\(number) (id INTEGER PRIMARY KEY)"))
            let query = Statement(stringLiteral: "SELECT id FROM new\(number)")
            for _ in 0..<20 { await #expect(throws: Never.self) { try await balancer.query(query) } }
            try await late.execute("UNLOCK TABLES")
            try await waitUntil("every node has it") { balancer.snapshot.machine.schemaChange == nil }
        }
        for number in 0..<5 { try await balancer.execute(Statement(stringLiteral: "DROP TABLE new\(number)")) }
        await late.close()
        await balancer.close()
    }

    /// The end of a transaction that lost against another node says "deadlock" and no more: what became of it is looked
    /// up, and it is carried out once.
    @Test func aCommitThatFailsIsLookedUp() async throws {
        let cluster = try TestCluster()
        let balancer = try cluster.balancer(changed: {
            // There is one whose transactions lose, and one that the others are carried out on.
            $0.writers = .single
            $0.nodes[1].mayWrite = false
            $0.nodes[2].mayWrite = false
        })
        try await waitUntil("all are trusted") {
            balancer.status.nodes.allSatisfy { $0.trust == "trusted" }
        }
        try await balancer.execute("CREATE TABLE lost (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
        try await balancer.execute("INSERT INTO lost VALUES (1, 0)")
        let other = try cluster.pool(1)
        let one = try cluster.pool(0)
        var attempts = 0
        try await balancer.transaction { transaction in
            attempts += 1
            try await transaction.execute("UPDATE lost SET n = n + 1 WHERE id = 1")
            guard attempts == 1 else { return }
            try await other.execute("SET SESSION wsrep_sync_wait = 7")
            try await other.execute("UPDATE lost SET n = n + 10 WHERE id = 1")
            // The other change has arrived, which ended this transaction; nobody has told us.
            try await waitUntil("it has arrived") {
                try await one.query("SELECT n FROM lost").first?["n"]?.integer == 10
            }
        }
        #expect(attempts == 2)
        #expect(balancer.status.lookedUp == 1 && balancer.status.repeated == 1 && balancer.status.inDoubt == 0)
        #expect(try await one.query("SELECT n FROM lost").first?["n"]?.integer == 11)
        try await balancer.execute("DROP TABLE lost")
        await other.close()
        await one.close()
        await balancer.close()
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
}
