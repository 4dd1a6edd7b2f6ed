import Base
import Database
import Glibc
import Synchronization
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// A primary of PostgreSQL dies, its standby is promoted, and the old primary comes back as if nothing had happened.
@Suite(.enabled(if: TestCluster.Kind.standby.isThere), .serialized)
struct StandbyTests {
    @Test func changesGoOnWithThePromotedStandby() async throws {
        let pair = try TestCluster(.standby)
        let began = MonotonicInstant.now
        let log = Mutex<[String]>([])
        let balancer = try pair.balancer(reporting: { _, text in
            log.withLock { $0.append("\((MonotonicInstant.now - began).wholeMilliseconds) ms: \(text)") }
        })
        func node(_ index: Int) -> BalancerStatus.Node { balancer.status.nodes[index] }
        try await waitUntil("both are trusted") { (0...1).allSatisfy { node($0).trust == "trusted" } }
        #expect(node(0).isWriter)
        let workload = Workload(balancer, since: began)
        try await workload.prepare()
        try await workload.wait(for: 1, of: pair)
        await withTaskGroup { group in
            for id in 0..<Workload.counters { group.addTask { await workload.write(id) } }
            for _ in 0..<4 { group.addTask { await workload.read() } }
            do {
                try await Self.seeChanges(workload)
                #expect(node(1).statements > 0, "a standby is read from")
                pair.hold(0, true)
                try pair.signal(0, SIGKILL)
                try await waitUntil("n0 is left") { node(0).trust == "down" }
                try await pair.tell(1, "SELECT pg_promote()")
                try await waitUntil("n1 is written to") { node(1).isWriter }
                try await Self.seeChanges(workload)
                let before = node(0).statements
                pair.hold(0, false)
                try await waitUntil("the old primary is known for what it is") {
                    node(0).reason.contains("promoted")
                }
                try await Self.seeChanges(workload)
                #expect(node(0).trust == "down" && node(0).statements == before)
            } catch {
                Issue.record("\(error)")
            }
            workload.end()
        }
        let (seen, status) = (workload.seen, balancer.status)
        print("standby: \(seen.reads) reads, \(seen.writes) writes, longest \(seen.longestRead), \(seen.longestWrite)")
        #expect(seen.readErrors == [])
        #expect(seen.writeErrors == [])
        #expect(seen.stale == [])
        #expect(status.inDoubt == 0)
        let rows = try await workload.rows(of: pair, 1)
        #expect(rows.counters == workload.acknowledgements)
        let faults = workload.faults(in: rows.history)
        #expect(faults == [])
        await balancer.close()
        let isWell = seen.readErrors.isEmpty && seen.writeErrors.isEmpty && seen.stale.isEmpty && faults.isEmpty
        if !isWell { for line in log.withLock({ $0 }) { print(line) } }
    }

    /// Waits until changes and reads go on.
    private static func seeChanges(_ workload: Workload) async throws {
        let before = workload.seen
        try await waitUntil("changes go on") {
            workload.seen.writes > before.writes + 100 && workload.seen.reads > before.reads + 100
        }
    }
}
