import Base
import Testing

@testable import DatabaseBalancer

/// Which of the trusted nodes gets what.
struct ChoiceTests {
    private static func run(
        nodes: Int = 3,
        _ change: (inout BalancerSettings) -> Void = { _ in }
    ) -> MachineRun {
        var run = MachineRun(nodes: nodes, change)
        run.pass(.milliseconds(100))
        return run
    }

    /// Who is given 12 reads, none of which ends: `n0 n1 n2 …` counted.
    private static func counts(_ run: inout MachineRun, of reads: Int = 12) -> [Int] {
        var counts = Array(repeating: 0, count: run.machine.nodes.count)
        for _ in 0..<reads {
            if let node = run.take(.read, excluding: []) { counts[node] += 1 }
        }
        return counts
    }

    private struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let change: @Sendable (inout BalancerSettings) -> Void
        let counts: [Int]
        var testDescription: String { name }
    }

    private static let rows: [Row] = [
        Row(name: "least connections", change: { $0.policy = .leastConnections }, counts: [4, 4, 4]),
        Row(name: "round robin", change: { $0.policy = .roundRobin }, counts: [4, 4, 4]),
        Row(
            name: "round robin by weight",
            change: {
                $0.policy = .roundRobin
                $0.nodes[0].weight = 50
                $0.nodes[2].weight = 150
            },
            counts: [2, 4, 6]
        ),
        Row(name: "least connections by weight", change: { $0.nodes[1].weight = 200 }, counts: [3, 6, 3]),
        Row(name: "priority", change: { $0.nodes[1].priority = 0 }, counts: [2, 8, 2]),
        Row(
            name: "own place first",
            change: {
                $0.dataCenter = "fra"
                $0.nodes[2].dataCenter = "fra"
                $0.nodes[2].priority = 9
            },
            counts: [2, 2, 8]
        ),
        Row(name: "readers are the writer", change: { $0.readers = .writer }, counts: [8, 0, 0]),
        Row(name: "a limit", change: { $0.nodes[0].connections = 1 }, counts: [1, 5, 6]),
    ]

    @Test(arguments: rows)
    private func readsAreShared(_ row: Row) {
        var run = Self.run(row.change)
        let counts = Self.counts(&run)
        #expect(counts == row.counts)
    }

    /// Where tables were changed is read, until the others are as far as that node was afterwards.
    @Test func readsFollowAChangeOfTables() {
        var run = Self.run()
        run.answers[0] = .facts(.galera(position: 103))
        run.changeTables(on: 0)
        #expect(Self.counts(&run, of: 3) == [3, 0, 0])
        // One has the change, the other has what was before it.
        run.answers[1] = .facts(.galera(position: 103))
        run.answers[2] = .facts(.galera(position: 102))
        run.pass(.milliseconds(100))
        #expect(Self.counts(&run, of: 2) == [0, 2, 0])
        run.answers[2] = .facts(.galera(position: 105))
        run.pass(.milliseconds(100))
        #expect(Self.counts(&run, of: 2) == [0, 0, 2])
        #expect(run.machine.schemaChange == nil)
    }

    /// A check that was under way when tables were changed does not tell how far that change is.
    @Test func anEarlierCheckTellsNothingOfAChangeOfTables() {
        var run = Self.run()
        // Checks begin every 250 ms, and end 5 ms later.
        run.pass(.milliseconds(155))
        run.changeTables(on: 0)
        run.pass(.milliseconds(5))
        #expect(Self.counts(&run, of: 3) == [3, 0, 0])
    }

    /// Nobody waits for a node that is gone, nor for others because of it.
    @Test func aChangeOfTablesOnALostNodeHoldsNobodyUp() {
        var run = Self.run()
        run.changeTables(on: 0)
        run.answers[0] = .refused
        run.fail(0)
        #expect(Self.counts(&run, of: 4) == [0, 2, 2])
    }

    @Test func changesGoToOne() {
        var run = Self.run()
        let given = (0..<5).map { _ in run.want(.write) }
        #expect(given == Array(repeating: "n0", count: 5))
    }

    /// What became of a change is asked where it is known: on any node of Galera, elsewhere only where it was made.
    @Test func doubtsAreSettledWhereChangesMeet() {
        var galera = Self.run()
        #expect(galera.take(.settle, excluding: [0]).map { $0 != 0 } == true)
        var postgreSQL = MachineRun(nodes: 2)
        postgreSQL.answers = [0: .facts(.postgreSQL(timeline: 1)), 1: .facts(.postgreSQL())]
        postgreSQL.pass(.milliseconds(100))
        #expect(postgreSQL.take(.settle, excluding: []) == 0)
        #expect(postgreSQL.take(.settle, excluding: [0]) == nil)
        // Two that take changes and know nothing of each other.
        var others = MachineRun(nodes: 2)
        for node in 0...1 { others.answers[node] = .facts(HealthFacts()) }
        others.pass(.milliseconds(100))
        #expect(others.trusts == "trusted trusted")
        #expect(others.take(.settle, excluding: [0]) == nil)
    }

    @Test func changesGoToAllWithSeveralWriters() {
        var run = Self.run {
            $0.writers = .multiple
            $0.nodes[1].mayWrite = false
        }
        let given = Set((0..<4).map { _ in run.want(.write) })
        #expect(given == ["n0", "n2"])
    }

    /// Without fail-back the same one stays the writer when another comes back that would come first.
    @Test func theWriterStays() {
        var run = Self.run {
            $0.failsBack = false
            $0.nodes[1].priority = 0
        }
        #expect(run.writer == 1)
        run.answers[1] = .refused
        run.pass(.milliseconds(300))
        #expect(run.writer == 0)
        run.answers[1] = .facts(.galera())
        run.pass(.seconds(60))
        #expect(run.trusts == "trusted trusted trusted")
        #expect(run.writer == 0)
        let isTaken = run.order(writer: 1)
        #expect(isTaken)
        let next = run.want(.write)
        #expect(next == "n1")
    }

    @Test func onlyWhoCanBeIsOrderedToBeTheWriter() {
        var run = Self.run { $0.nodes[2].mayWrite = false }
        run.order(1, .drain)
        let drained = run.order(writer: 1)
        #expect(!drained)
        let readOnly = run.order(writer: 2)
        #expect(!readOnly)
        let unknown = run.order(writer: 7)
        #expect(!unknown)
        #expect(run.writer == 0)
    }

    /// Changes wait a moment when it is not clear whether their node is lost, and go on where they can.
    @Test func changesWaitForAWriter() {
        var run = Self.run()
        run.fail(0)
        let first = run.want(.write)
        #expect(first == "wait")
        let read = run.want(.read)
        #expect(["n1", "n2"].contains(read))
        run.pass(.milliseconds(20))
        #expect(run.grants == ["1 gets n0"])
        run.answers[0] = .hangs
        run.fail(0)
        let second = run.want(.write)
        #expect(second == "wait")
        run.pass(.milliseconds(300))
        #expect(run.grants.last == "3 gets n1")
    }

    /// The only node is told to take no changes: reads go on, and changes wait until it takes them again.
    @Test func changesWaitForTheOnlyWriter() {
        var run = Self.run(nodes: 1)
        var facts = HealthFacts.galera()
        facts.takesChanges = false
        run.answers[0] = .facts(facts)
        run.pass(.milliseconds(300))
        let change = run.want(.write)
        #expect(change == "wait")
        let read = run.want(.read)
        #expect(read == "n0")
        // So does the question what became of one, which writes too.
        let question = run.want(.settle)
        #expect(question == "wait")
        run.answers[0] = .facts(.galera())
        run.pass(.milliseconds(300))
        #expect(run.grants.sorted() == ["1 gets n0", "3 gets n0"])
    }

    @Test func theQueueHasAnEnd() {
        var run = Self.run(nodes: 1) {
            $0.nodes[0].connections = 1
            $0.waiters = 2
        }
        let given = (0..<4).map { _ in run.want(.read) }
        #expect(given == ["n0", "wait", "wait", "refuse"])
        run.end(0)
        run.end(0)
        #expect(run.grants == ["2 gets n0", "3 gets n0"])
    }

    @Test func whoWaitsTooLongIsRefused() {
        var run = Self.run()
        for node in 0...2 { run.answers[node] = .refused }
        run.pass(.seconds(1))
        let impatient = run.want(.read, for: .milliseconds(200))
        #expect(impatient == "wait")
        let patient = run.want(.read, for: .seconds(9))
        #expect(patient == "wait")
        run.pass(.milliseconds(195))
        #expect(run.grants.isEmpty)
        run.pass(.milliseconds(5))
        #expect(run.grants == ["1 refused"])
        for node in 0...2 { run.answers[node] = .facts(.galera()) }
        run.pass(.milliseconds(500))
        #expect(run.grants.dropFirst().first?.hasPrefix("2 gets") == true)
    }

    @Test func aDrainedNodeGetsNothingNew() {
        var run = Self.run(nodes: 2)
        let first = run.want(.write)
        #expect(first == "n0")
        run.order(0, .drain)
        #expect(run.writer == 1)
        let counts = Self.counts(&run, of: 4)
        #expect(counts == [0, 4])
        run.end(0)
        #expect(run.log.contains("n0 has nothing left to do"))
        run.order(0, .ready)
        let next = run.take(.read, excluding: [1])
        #expect(next == 0)
    }

    /// In maintenance it is not asked either, and has to show everything when it comes back.
    @Test func maintenanceEndsWithProof() {
        var run = Self.run()
        run.order(2, .maintenance)
        run.answers[2] = .refused
        run.pass(.seconds(5))
        #expect(run.interrupted.isEmpty)
        run.answers[2] = .facts(.galera())
        run.order(2, .ready)
        run.pass(.milliseconds(300))
        #expect(run.trusts == "trusted trusted joining")
        run.pass(.milliseconds(700))
        #expect(run.trusts == "trusted trusted trusted")
        #expect(run.canaries == 1)
    }

    @Test func whatWasTriedIsNotTriedAgainAtOnce() {
        var run = Self.run()
        let third = run.take(.read, excluding: [0, 1])
        #expect(third == 2)
        let fourth = run.take(.read, excluding: [0, 1, 2])
        #expect(fourth == nil)
    }
}
