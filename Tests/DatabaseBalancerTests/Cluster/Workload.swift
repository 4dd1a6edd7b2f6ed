import Base
import Database
import Synchronization
import TandemTesting

@testable import DatabaseBalancer

/// Readers and writers that go on whatever happens to the nodes, and what they have seen.
final class Workload: Sendable {
    struct Findings: Sendable {
        var reads = 0
        var writes = 0
        /// What clients were told that went wrong.
        var readErrors: [String] = []
        var writeErrors: [String] = []
        /// Reads that gave something older than was acknowledged a while ago.
        var stale: [String] = []
        /// The longest time that a read took, and a write.
        var longestRead = Duration.zero
        var longestWrite = Duration.zero
    }

    /// How old a read may be: what a node may be behind, until it has been noticed, and a busy machine.
    static let staleness = Duration.milliseconds(1000)
    static let counters = 3

    private struct Acknowledged {
        var time: MonotonicInstant
        var value: Int64
    }

    private let balancer: Balancer
    private let began: MonotonicInstant
    private let findings = Mutex(Findings())
    /// What was acknowledged when, for each counter, the latest last.
    private let acknowledged = Mutex<[[Acknowledged]]>(Array(repeating: [], count: Workload.counters))
    private let hasEnded = Atomic(false)

    /// - Parameter began: When the run began, by which what is found is dated.
    init(_ balancer: Balancer, since began: MonotonicInstant) {
        (self.balancer, self.began) = (balancer, began)
    }

    /// A finding, with its time.
    private func dated(_ text: String) -> String { "\((MonotonicInstant.now - began).wholeMilliseconds) ms: \(text)" }

    var seen: Findings { findings.withLock { $0 } }

    /// How often each counter was counted up.
    var acknowledgements: [Int64] { acknowledged.withLock { $0.map { $0.last?.value ?? 0 } } }

    /// Makes the table of counters; rows that were just written may be missing on other nodes for a moment.
    func prepare() async throws {
        for table in ["counters", "history"] {
            try await balancer.execute(Statement("DROP TABLE IF EXISTS \(table)"))
        }
        try await balancer.execute("CREATE TABLE counters (id INTEGER PRIMARY KEY, n BIGINT NOT NULL)")
        let key = balancer.dialect == .postgreSQL ? "BIGSERIAL" : "BIGINT AUTO_INCREMENT"
        let columns = "k \(key) PRIMARY KEY, id INTEGER NOT NULL, n BIGINT NOT NULL"
        try await balancer.execute(Statement("CREATE TABLE history (\(columns))"))
        for id in 0..<Self.counters {
            try await balancer.execute(Statement("INSERT INTO counters VALUES (?, 0)", [.integer(Int64(id))]))
        }
    }

    /// What was made a moment ago arrives on every node, which is not what is tested.
    func wait(for node: Int, of cluster: TestCluster) async throws {
        let pool = try cluster.pool(node)
        try await waitUntil("the counters are on n\(node)") {
            let rows = try? await pool.query("SELECT id FROM counters").count
            return rows == Self.counters
        }
        await pool.close()
    }

    /// What a node has of the counters and of history.
    func rows(
        of cluster: TestCluster,
        _ node: Int
    ) async throws -> (counters: [Int64], history: [(id: Int, count: Int64)]) {
        let pool = try cluster.pool(node, rows: 1_000_000)
        // What was written elsewhere is waited for: by what comes after this, on the only connection.
        if pool.dialect == .mariaDB { try await pool.execute("SET SESSION wsrep_sync_wait = 1") }
        let counters = try await pool.query("SELECT n FROM counters ORDER BY id")
        let history = try await pool.query("SELECT id, n FROM history", within: .seconds(120))
        await pool.close()
        return (
            counters.compactMap { $0["n"]?.integer },
            history.map { (Int($0["id"]?.integer ?? -1), $0["n"]?.integer ?? 0) }
        )
    }

    func end() { hasEnded.store(true, ordering: .relaxed) }

    private var goesOn: Bool { !hasEnded.load(ordering: .relaxed) }

    /// Counts one counter up, in one of the ways that there are; where there may be several statements, a row beside it
    /// tells later which change was lost, or was carried out twice.
    func write(_ id: Int) async {
        let change = Statement("UPDATE counters SET n = n + 1 WHERE id = ?", [.integer(Int64(id))])
        var count: Int64 = 0
        while goesOn {
            let began = MonotonicInstant.now
            let (row, patience) = (Self.history(of: id, count + 1), Duration.seconds(60))
            do {
                switch id % 3 {
                case 0: _ = try await balancer.execute(change, within: patience)
                case 1: try await balancer.execute([change, row], within: patience)
                default:
                    try await balancer.transaction(within: patience) { transaction in
                        try await transaction.execute(change)
                        try await transaction.execute(row)
                    }
                }
                count += 1
                let time = MonotonicInstant.now
                acknowledged.withLock { $0[id].append(Acknowledged(time: time, value: count)) }
                findings.withLock {
                    $0.writes += 1
                    $0.longestWrite = max($0.longestWrite, time - began)
                }
            } catch {
                findings.withLock { $0.writeErrors.append(dated("counter \(id): \(error)")) }
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func history(of id: Int, _ count: Int64) -> Statement {
        Statement("INSERT INTO history (id, n) VALUES (?, ?)", [.integer(Int64(id)), .integer(count)])
    }

    /// Whether there is a row of history for each change of a counter.
    static func hasHistory(_ id: Int) -> Bool { id % 3 != 0 }

    /// What is wrong with the rows of history that a node has: changes that are missing, and when they were acknowledged,
    /// and changes that are there more than once.
    func faults(in history: [(id: Int, count: Int64)]) -> [String] {
        let times = acknowledged.withLock { $0 }
        return (0..<Self.counters).filter(Self.hasHistory).flatMap { id in
            var seen: [Int64: Int] = [:]
            for row in history where row.id == id { seen[row.count, default: 0] += 1 }
            let repeated = seen.filter { $0.value > 1 }.map {
                "counter \(id): change \($0.key) is there \($0.value) times"
            }
            let missing = times[id].filter { seen[$0.value] == nil }.map { one in
                "counter \(id): change \(one.value), acknowledged at \((one.time - began).wholeMilliseconds) ms, is missing"
            }
            return repeated + missing
        }
    }

    /// Reads the counters.
    func read() async {
        while goesOn {
            let began = MonotonicInstant.now
            let oldest = acknowledged.withLock { all in
                all.map { one in one.last { began - $0.time > Self.staleness }?.value ?? 0 }
            }
            do {
                let rows = try await balancer.query("SELECT id, n FROM counters ORDER BY id", within: .seconds(30))
                let values = rows.map { $0["n"]?.integer ?? 0 }
                findings.withLock {
                    $0.reads += 1
                    $0.longestRead = max($0.longestRead, MonotonicInstant.now - began)
                    let isOld = values.count < oldest.count || zip(values, oldest).contains { $0 < $1 }
                    if isOld, $0.stale.count < 20 {
                        $0.stale.append(dated("\(values) where \(oldest) was acknowledged a second before"))
                    }
                }
            } catch {
                findings.withLock { $0.readErrors.append(dated("\(error)")) }
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
