import Base
import Testing

@testable import DatabaseBalancer

/// What becomes of the old writer when there is another one, and who that is, on a simulated clock.
struct WriterChangeTests {
    private static func run(
        nodes: Int = 3,
        _ change: (inout BalancerSettings) -> Void = { _ in }
    ) -> MachineRun {
        var run = MachineRun(nodes: nodes, change)
        run.pass(.milliseconds(100))
        return run
    }

    /// Connections are told at once; what changes something then has a while, and no longer.
    @Test func changesOnTheOldWriterHaveAWhile() {
        var run = Self.run()
        #expect(run.departures.isEmpty)
        let isTaken = run.order(writer: 1)
        #expect(isTaken)
        #expect(run.departures == ["leave n0"])
        run.pass(.milliseconds(4995))
        #expect(run.departures == ["leave n0"])
        run.pass(.milliseconds(5))
        #expect(run.departures == ["leave n0", "end n0"])
        run.pass(.seconds(20))
        #expect(run.departures == ["leave n0", "end n0"])
        #expect(run.trusts == "trusted trusted trusted" && run.interrupted.isEmpty)
    }

    /// Nobody is ended on a node that has become the writer again.
    @Test func whoIsTheWriterAgainIsLeftInPeace() {
        var run = Self.run { $0.writerGrace = .seconds(2) }
        let first = run.order(writer: 1)
        run.pass(.seconds(1))
        let second = run.order(writer: 0)
        #expect(first && second)
        run.pass(.seconds(10))
        #expect(run.departures == ["leave n0", "leave n1", "end n1"])
    }

    enum Cause: CaseIterable {
        case drained
        case lost
        case readOnly
    }

    /// Whatever the reason is, the old one may live on.
    @Test(arguments: Cause.allCases)
    func everyChangeOfTheWriterIsOne(_ cause: Cause) {
        var run = Self.run()
        switch cause {
        case .drained: run.order(0, .drain)
        case .lost: run.answers[0] = .refused
        case .readOnly:
            var facts = HealthFacts.galera()
            facts.takesChanges = false
            run.answers[0] = .facts(facts)
        }
        run.pass(.seconds(2))
        #expect(run.writer == 1)
        #expect(run.departures == ["leave n0"])
        run.pass(.seconds(5))
        #expect(run.departures == ["leave n0", "end n0"])
    }

    private struct Row: Sendable {
        let writers: BalancerSettings.Writers
        let readers: BalancerSettings.Readers
        /// What is done to the first of the nodes, which is the writer.
        let order: NodeOrder?
        /// Whether there is another node.
        var isAlone = false
        let mayWrite: Bool
        let mayRead: Bool
    }

    private static let rows: [Row] = [
        Row(writers: .single, readers: .all, order: nil, mayWrite: false, mayRead: true),
        Row(writers: .single, readers: .writer, order: nil, mayWrite: false, mayRead: false),
        Row(writers: .single, readers: .all, order: .drain, mayWrite: false, mayRead: false),
        Row(writers: .multiple, readers: .all, order: nil, mayWrite: true, mayRead: true),
        Row(writers: .multiple, readers: .writer, order: nil, mayWrite: true, mayRead: false),
        Row(writers: .multiple, readers: .all, order: .drain, mayWrite: false, mayRead: false),
        Row(writers: .single, readers: .all, order: .drain, isAlone: true, mayWrite: true, mayRead: true),
        Row(writers: .multiple, readers: .all, order: .drain, isAlone: true, mayWrite: true, mayRead: true),
    ]

    /// Another node is the writer, by order or because the first one is drained.
    @Test(arguments: rows)
    private func connectionsStayWhereTheyBelong(_ row: Row) {
        var run = Self.run(nodes: row.isAlone ? 1 : 2) { ($0.writers, $0.readers) = (row.writers, row.readers) }
        #expect(run.machine.mayStay(0, for: .write) && run.machine.mayStay(0, for: .read))
        if let order = row.order {
            run.order(0, order)
        } else {
            let isTaken = run.order(writer: 1)
            #expect(isTaken)
        }
        #expect(run.machine.mayStay(0, for: .write) == row.mayWrite)
        #expect(run.machine.mayStay(0, for: .read) == row.mayRead)
        #expect(row.isAlone || run.machine.mayStay(1, for: .write) && run.machine.mayStay(1, for: .read))
        #expect(run.departures == ["leave n0"])
        run.pass(.seconds(20))
        // By force only where two must not be written to.
        let isForced = row.writers == .single && !row.isAlone
        #expect(run.departures == (isForced ? ["leave n0", "end n0"] : ["leave n0"]))
    }

    // MARK: - Who is next

    /// Who has only just come back may go again, so it is next when there is nobody else.
    @Test func whoHasJustComeBackIsElectedLast() {
        var run = Self.run {
            $0.nodes[0].priority = 0
            $0.nodes[2].priority = 2
        }
        run.answers[0] = .refused
        run.pass(.seconds(1))
        #expect(run.writer == 1)
        run.answers[0] = .facts(.galera())
        run.pass(.seconds(2))
        #expect(run.trusts == "trusted trusted trusted")
        run.order(1, .drain)
        #expect(run.writer == 2)
        run.order(2, .drain)
        #expect(run.writer == 0)
    }

    /// With another configuration the writer is the same, and what operators have said holds.
    @Test func aNewConfigurationChangesNoWriter() {
        var old = Self.run()
        let isTaken = old.order(writer: 2)
        #expect(isTaken)
        old.order(1, .drain)
        var new = MachineRun { $0.nodes.swapAt(0, 1) }
        new.goOn(from: old)
        new.pass(.milliseconds(100))
        #expect(new.writer == 2 && new.machine.isWriterOrdered)
        #expect(new.machine.nodes.map(\.order) == [.drain, .ready, .ready])
        #expect(new.departures.isEmpty)
        // One that is not there any more is nobody's writer.
        var smaller = MachineRun(nodes: 2)
        smaller.goOn(from: old)
        smaller.pass(.milliseconds(100))
        #expect(smaller.writer == 0 && !smaller.machine.isWriterOrdered)
    }
}
