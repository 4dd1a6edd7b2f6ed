import Base
import Testing

@testable import DatabaseBalancer

/// Which nodes are trusted, event by event, on a simulated clock.
struct TrustTests {
    /// All that agree are used at once, when there was nobody before.
    @Test func theFirstNodesAreTrustedTogether() {
        var run = MachineRun()
        run.pass(.milliseconds(5))
        #expect(run.trusts == "unknown unknown unknown")
        run.pass(.milliseconds(20))
        #expect(run.trusts == "trusted trusted trusted")
        #expect(run.writer == 0)
        #expect(run.canaries == 0)
    }

    /// One that hangs from the beginning is waited for, but not for ever.
    @Test func aNodeThatHangsAtTheBeginningHoldsUpNobody() {
        var run = MachineRun()
        run.answers[1] = .hangs
        run.pass(.milliseconds(500))
        #expect(run.trusts == "joining unknown joining")
        run.pass(.milliseconds(600))
        #expect(run.trusts == "trusted down trusted")
    }

    /// What a node says of itself takes it out with its next check, and a hang within half a second, whenever it begins.
    @Test(
        arguments: [
            MachineRun.Answer.facts(.faulty("not ready")),
            .facts(.galera(cluster: "other")),
            .facts(.galera(view: 7)),
            .facts(.galera(size: 1)),
            .refused, .hangs,
        ],
        Array(stride(from: 0, to: 300, by: 10))
    )
    func aNodeThatIsNotWellGetsNothing(_ answer: MachineRun.Answer, phase: Int) {
        var run = MachineRun()
        // Each a little late, so that no check begins or ends at its time.
        run.tickInterval = Balancer.tick + .milliseconds(5)
        run.pass(.milliseconds(300 + phase))
        run.answers[0] = answer
        run.pass(.milliseconds(500))
        #expect(!run.machine.nodes[0].trust.isTrusted)
        #expect(run.machine.nodes[1].trust.isTrusted && run.machine.nodes[2].trust.isTrusted)
        let given = run.take(.read, excluding: [1, 2])
        #expect(given == nil)
        run.pass(.milliseconds(1000))
        #expect(run.trusts == "down trusted trusted")
        #expect(run.writer != 0)
        #expect(run.interrupted == [0])
        #expect(run.machine.nodes[0].losses == 1)
    }

    /// A change of membership that is seen by one node after the other takes nobody out.
    @Test func aNewMembershipReachesAllWithinTheDoubt() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        run.answers[0] = .facts(.galera(view: 9))
        run.pass(.milliseconds(160))
        #expect(run.trusts == "doubted trusted trusted")
        for node in 1...2 { run.answers[node] = .facts(.galera(view: 9)) }
        run.pass(.milliseconds(150))
        #expect(run.trusts == "trusted trusted trusted")
        #expect(run.interrupted.isEmpty)
    }

    /// A node that was frozen answers as if nothing had happened; its view and its position are those of then.
    @Test func aThawedNodeIsNotUsedBeforeItIsInStep() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        run.answers[2] = .hangs
        run.pass(.seconds(5))
        #expect(run.trusts == "trusted trusted down")
        for node in 0...1 { run.answers[node] = .facts(.galera(view: 9, size: 2, position: 606)) }
        run.pass(.seconds(1))
        run.thaw(2, .facts(.galera(view: 8, position: 435)))
        run.pass(.seconds(5))
        #expect(run.trusts == "trusted trusted down")
        for node in 0...2 { run.answers[node] = .facts(.galera(view: 10, position: 700)) }
        run.canaryFailure = "does not arrive"
        run.pass(.seconds(3))
        #expect(run.trusts == "trusted trusted joining")
        #expect(run.canaries > 1)
        run.canaryFailure = nil
        run.pass(.milliseconds(1100))
        #expect(run.trusts == "trusted trusted trusted")
    }

    /// The frozen one is not taken for the cluster when it is the only one that answers.
    @Test func oneOfThreeDoesNotSpeakForAll() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        for node in 0...2 { run.answers[node] = .refused }
        run.pass(.seconds(2))
        #expect(run.trusts == "down down down")
        run.answers[2] = .facts(.galera())
        run.pass(.seconds(5))
        #expect(run.trusts == "down down joining")
        run.answers[2] = .facts(.galera(view: 9, size: 1))
        run.pass(.milliseconds(300))
        #expect(run.trusts == "down down trusted")
    }

    /// Time behind the others counts, on the balancer's own clock.
    @Test func aNodeThatFallsBehindIsDoubtedAndThenDown() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        for step in 1...8 {
            for node in 0...1 { run.answers[node] = .facts(.galera(position: 100 + Int64(step))) }
            run.pass(.milliseconds(250))
            if step == 2 { #expect(run.trusts == "trusted trusted trusted") }
        }
        #expect(run.trusts == "trusted trusted down")
        #expect(run.machine.nodes[2].trust.reason?.contains("behind the others") == true)
    }

    @Test func aQueueTakesANodeOut() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        var facts = HealthFacts.galera()
        facts.receiveQueue = 101
        run.answers[1] = .facts(facts)
        run.pass(.milliseconds(700))
        #expect(run.trusts == "trusted down trusted")
    }

    /// All nodes pause when one asks them to: only that one is to blame.
    @Test func whoHoldsUpTheOthersIsTakenOut() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        for step in 1...6 {
            for node in 0...2 {
                var facts = HealthFacts.galera()
                facts.pausedNanoseconds = Int64(step) * 240_000_000
                facts.pauseRequests = node == 1 ? Int64(step) : 0
                run.answers[node] = .facts(facts)
            }
            run.pass(.milliseconds(250))
        }
        #expect(run.trusts != "trusted trusted trusted")
        #expect(run.machine.nodes[0].trust.isTrusted && run.machine.nodes[2].trust.isTrusted)
        #expect(run.log.contains { $0.contains("holds up the others") })
    }

    /// A statement that was lost says little of its node: it is asked at once, and meanwhile others are used.
    @Test func aLostStatementIsAQuestion() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        run.fail(1)
        #expect(run.trusts == "trusted doubted trusted")
        run.pass(.milliseconds(15))
        #expect(run.trusts == "trusted trusted trusted")
        run.answers[1] = .refused
        run.fail(1)
        run.pass(.milliseconds(30))
        #expect(run.trusts == "trusted down trusted")
    }

    @Test func aShareGrowsAfterJoining() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        run.answers[0] = .refused
        run.pass(.seconds(1))
        run.answers[0] = .facts(.galera())
        run.pass(.milliseconds(800))
        #expect(run.trusts == "trusted trusted trusted")
        func share(_ node: Int) -> Int { run.machine.nodes[node].share(run.now, slowStart: .seconds(5)) }
        #expect(share(0) < 200 && share(1) == 1000)
        run.pass(.milliseconds(2500))
        #expect((400...700).contains(share(0)))
        run.pass(.milliseconds(2500))
        #expect(share(0) == 1000)
    }

    /// What a node was asked before its maintenance says nothing of it afterwards, however late the answer comes.
    @Test func anAnswerOfBeforeMaintenanceDoesNotCount() {
        var run = MachineRun()
        run.pass(.milliseconds(100))
        run.answers[2] = .hangs
        run.pass(.milliseconds(300))
        run.order(2, .maintenance)
        run.order(2, .ready)
        // It is asked again, and has not answered that.
        run.pass(.milliseconds(5))
        run.thaw(2, .facts(.galera()))
        #expect(run.trusts == "trusted trusted down")
        run.pass(.milliseconds(5))
        #expect(run.trusts == "trusted trusted joining")
    }

    // MARK: - PostgreSQL

    @Test func aStandbyReadsAndThePrimaryWrites() {
        var run = MachineRun(nodes: 2)
        run.answers = [0: .facts(.postgreSQL()), 1: .facts(.postgreSQL(timeline: 1))]
        run.pass(.milliseconds(100))
        #expect(run.trusts == "trusted trusted")
        #expect(run.writer == 1)
    }

    /// A primary that comes back after another server was promoted is not written to, whatever it says.
    @Test func theLaterPrimaryCounts() {
        var run = MachineRun(nodes: 2)
        run.answers = [0: .facts(.postgreSQL(timeline: 1, position: 900)), 1: .facts(.postgreSQL(position: 890))]
        run.pass(.milliseconds(100))
        #expect(run.writer == 0)
        run.answers[0] = .refused
        run.pass(.seconds(1))
        #expect(run.trusts == "down trusted")
        // It has lost what had not arrived, so its position is less than was seen.
        run.answers[1] = .facts(.postgreSQL(timeline: 2, position: 895))
        run.pass(.seconds(2))
        #expect(run.trusts == "down trusted")
        #expect(run.writer == 1)
        run.answers[0] = .facts(.postgreSQL(timeline: 1, position: 900))
        run.pass(.seconds(5))
        #expect(run.trusts == "down trusted")
        #expect(run.machine.nodes[0].trust.reason?.contains("promoted") == true)
    }

    /// A server of somebody else's with a later timeline says nothing of our primary, also when there are only the two.
    @Test(arguments: [2, 3])
    func aForeignServerStopsNothing(nodes: Int) {
        var run = MachineRun(nodes: nodes)
        run.answers = [0: .facts(.postgreSQL(timeline: 1)), 1: .refused, 2: .facts(.postgreSQL())]
        // The first of them waits for the others a while.
        run.pass(.seconds(3))
        #expect(run.writer == 0)
        run.answers[1] = .facts(.postgreSQL(timeline: 7, cluster: "z"))
        run.pass(.seconds(2))
        #expect(run.machine.nodes.map(\.trust.isTrusted) == [true, false, true].prefix(nodes).map { $0 })
        #expect(run.writer == 0)
        #expect(run.want(.write) == "n0")
    }

    @Test func aStandbyThatLagsIsNotRead() {
        var run = MachineRun(nodes: 2)
        run.answers = [0: .facts(.postgreSQL(timeline: 1)), 1: .facts(.postgreSQL())]
        run.pass(.milliseconds(100))
        for step in 1...8 {
            run.answers[0] = .facts(.postgreSQL(timeline: 1, position: 100 + Int64(step)))
            run.pass(.milliseconds(250))
        }
        #expect(run.trusts == "trusted down")
        run.answers[1] = .facts(.postgreSQL(position: 108))
        run.pass(.milliseconds(1000))
        #expect(run.trusts == "trusted trusted")
        #expect(run.canaries == 1)
    }
}
