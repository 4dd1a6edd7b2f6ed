import Base
import Testing

@testable import DatabaseBalancer

/// When the node that comes first has the writer's place back, on a simulated clock.
struct FailBackTests {
    private static func run(_ change: (inout BalancerSettings) -> Void = { _ in }) -> MachineRun {
        var run = MachineRun { settings in
            settings.failBackHold = .seconds(10)
            change(&settings)
        }
        run.pass(.milliseconds(100))
        return run
    }

    /// It comes back as the writer when its share has grown and it has been well for a while, and not before.
    @Test func theFirstOneHasItsPlaceBack() {
        var run = Self.run { $0.nodes[1].priority = 0 }
        run.answers[1] = .refused
        run.pass(.seconds(1))
        #expect(run.writer == 0)
        run.answers[1] = .facts(.galera())
        // Half a second until it is let in, five while its share grows, ten to be sure.
        run.pass(.seconds(15))
        #expect(run.trusts == "trusted trusted trusted")
        #expect(run.writer == 0)
        run.pass(.seconds(2))
        #expect(run.writer == 1)
        #expect(run.departures.last == "leave n0")
        // Nodes that come no earlier than others change nothing.
        run.answers[0] = .refused
        run.pass(.seconds(1))
        run.answers[0] = .facts(.galera())
        run.pass(.seconds(60))
        #expect(run.writer == 1)
    }

    /// Something that only one of two programs has seen does not part them for ever, whatever the numbers are.
    @Test func programsAgreeInTheEnd() {
        var (one, other) = (Self.run(), Self.run())
        one.answers[0] = .refused
        one.fail(0)
        one.pass(.seconds(1))
        other.pass(.seconds(1))
        one.answers[0] = .facts(.galera())
        #expect(one.writer == 1 && other.writer == 0)
        one.pass(.seconds(20))
        other.pass(.seconds(20))
        #expect(one.writer == 0 && other.writer == 0)
    }

    /// One that has trouble again begins again.
    @Test func troubleBeginsTheWaitAnew() {
        var run = Self.run()
        run.order(0, .drain)
        #expect(run.writer == 1)
        run.order(0, .ready)
        run.pass(.seconds(9))
        run.fail(0)
        run.pass(.seconds(9))
        #expect(run.trusts == "trusted trusted trusted" && run.writer == 1)
        run.pass(.seconds(2))
        #expect(run.writer == 0)
    }

    /// What an operator has said counts until that node is lost.
    @Test func anOrderedWriterKeepsItsPlace() {
        var run = Self.run { $0.nodes[1].priority = 0 }
        let isTaken = run.order(writer: 2)
        #expect(isTaken)
        run.pass(.seconds(60))
        #expect(run.writer == 2)
        run.answers[2] = .refused
        run.pass(.seconds(1))
        #expect(run.writer == 1)
    }

    /// What was written while it was away may not be there, where nodes are no cluster.
    @Test func whoSharesNothingStaysAway() {
        var run = Self.run()
        for node in 0...2 { run.answers[node] = .facts(HealthFacts()) }
        run.pass(.seconds(1))
        run.order(0, .drain)
        run.order(0, .ready)
        run.pass(.seconds(60))
        #expect(run.trusts == "trusted trusted trusted" && run.writer == 1)
    }

    /// Where every node is written to there is nothing to agree on.
    @Test func severalWritersNeedNone() {
        var run = Self.run { $0.writers = .multiple }
        run.order(0, .drain)
        run.order(0, .ready)
        let before = run.departures
        run.pass(.seconds(60))
        #expect(run.departures == before && run.writer == 1)
    }
}
