import Base
import Database
import DatabaseBalancer
import Glibc
import Synchronization

/// A small SELECT directly and through a balancer: the CPU time that this program needs for it, and how many go through.
enum BalancerBench {
    /// How many ask at once in the second half of the table: as many as there are connections to each node.
    static let atOnce = 8
    private static let rounds = 5
    private static let statement = Statement("SELECT ? AS n", [.text("seven")])

    /// - Parameter names: The nodes; a file of SQLite without any, which shows the balancer's own part.
    static func run(seconds: Double, nodes names: [String]) async throws -> String {
        let file = "\(DirectoryOptions.absolute("."))/bench-balancer-\(getpid()).db"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(file + suffix) } }
        let names = names.isEmpty ? ["sqlite://\(file)"] : names
        var settings = BalancerSettings(name: "bench")
        settings.nodes = names.enumerated().map { NodeSettings(name: "n\($0.offset)", dataSource: $0.element) }
        let pool = DatabasePool(try DatabaseDSN(names[0], directory: ""), PoolSettings(connections: atOnce))
        let balancer = try Balancer(settings, directory: "") { _, _ in }
        try await waitForNodes(balancer)
        let title = names.count == 1 ? "one node" : "\(names.count) nodes"
        var table = BenchTable("balancer: a small SELECT, \(title) (\(balancer.dialect))", unit: "SELECT")
        var text = ""
        for tasks in [1, atOnce] {
            var rates: [Double] = []
            for (name, source) in [("directly", pool as any DataSource), ("through the balancer", balancer)] {
                let (timing, rate) = try await measure(source, tasks, seconds: seconds)
                table.add(tasks == 1 ? "\(name), one at a time" : "\(name), \(tasks) at once", timing)
                rates.append(rate)
            }
            let part = rates[0] > 0 ? (rates[1] / rates[0]).text(places: 2) : "-"
            text += "  \(tasks) at once: \(BenchTable.grouped(Int(rates[0])))/s directly, "
            text += "\(BenchTable.grouped(Int(rates[1])))/s through the balancer, \(part) times as many\n"
        }
        await pool.close()
        await balancer.close()
        return table.text + text
    }

    private static func waitForNodes(_ balancer: Balancer) async throws {
        for _ in 0..<100 {
            if balancer.status.nodes.allSatisfy({ $0.trust == "trusted" }) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        let reasons = balancer.status.nodes.map { "\($0.name) is \($0.trust) \($0.reason)" }
        throw BenchError(description: reasons.joined(separator: "; "))
    }

    /// The CPU time of one statement, and how many were carried out in a second.
    private static func measure(
        _ source: any DataSource,
        _ tasks: Int,
        seconds: Double
    ) async throws -> (timing: Timing, rate: Double) {
        var (costs, rates): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            let (begun, used) = (MonotonicInstant.now, MachineClock.processor.nanoseconds)
            let end = begun + .milliseconds(Int64(seconds * 1000) / Int64(rounds))
            let count = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<tasks { group.addTask { try await ask(source, until: end) } }
                return try await group.reduce(0, +)
            }
            costs.append(Double(MachineClock.processor.nanoseconds - used) / Double(max(count, 1)))
            rates.append(Double(count) / ((MonotonicInstant.now - begun) / .seconds(1)))
        }
        return (Timing(costs), rates.sorted()[rounds / 2])
    }

    private static func ask(_ source: any DataSource, until end: MonotonicInstant) async throws -> Int {
        var count = 0
        while MonotonicInstant.now < end {
            _ = try await source.query(statement)
            count += 1
        }
        return count
    }
}
