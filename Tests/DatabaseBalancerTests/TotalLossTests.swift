import Base
import Database
import Testing

@testable import DatabaseBalancer

/// Who is used when every node was out of reach for a while, and PostgreSQL may have another primary by then.
struct TotalLossTests {
    /// A primary and its standbys, all of which have gone.
    private static func lost(nodes: Int) -> MachineRun {
        var run = MachineRun(nodes: nodes)
        for node in 0..<nodes { run.answers[node] = .facts(.postgreSQL(following: 1)) }
        run.answers[0] = .facts(.postgreSQL(timeline: 1))
        run.pass(.milliseconds(100))
        #expect(run.writer == 0)
        for node in 0..<nodes { run.answers[node] = .hangs }
        run.pass(.seconds(3))
        #expect(run.machine.nodes.allSatisfy { $0.trust.name == "down" })
        return run
    }

    /// The old primary is the first to come back: nobody is written to before the promoted one has answered too.
    @Test func theFirstToComeBackWaitsForTheOthers() {
        var run = Self.lost(nodes: 2)
        run.thaw(0, .facts(.postgreSQL(timeline: 1)))
        let change = run.want(.write)
        #expect(change == "wait")
        run.pass(.milliseconds(1300))
        #expect(run.trusts == "joining down" && run.grants.isEmpty)
        run.thaw(1, .facts(.postgreSQL(timeline: 2)))
        run.pass(.seconds(1))
        #expect(run.trusts == "down trusted")
        #expect(run.grants == ["1 gets n1"])
        run.pass(.seconds(20))
        #expect(run.trusts == "down trusted" && run.writer == 1)
        #expect(run.machine.nodes[0].trust.reason?.contains("promoted") == true)
    }

    /// When all have answered nobody waits any longer.
    @Test func whoHasHeardAllGoesOn() {
        var run = Self.lost(nodes: 2)
        run.thaw(0, .facts(.postgreSQL(timeline: 1)))
        run.thaw(1, .facts(.postgreSQL(following: 1)))
        run.pass(.milliseconds(300))
        #expect(run.trusts == "trusted trusted" && run.writer == 0)
    }

    /// One that does not come back is waited for twice as long as a check may take.
    @Test func theWaitHasAnEnd() {
        var run = Self.lost(nodes: 2)
        run.thaw(0, .facts(.postgreSQL(timeline: 1)))
        run.pass(.milliseconds(1900))
        #expect(run.trusts == "joining down")
        run.pass(.milliseconds(200))
        #expect(run.trusts == "trusted down" && run.writer == 0)
    }

    /// Who is in maintenance is not waited for.
    @Test func maintenanceIsNotWaitedFor() {
        var run = Self.lost(nodes: 2)
        run.order(1, .maintenance)
        run.thaw(0, .facts(.postgreSQL(timeline: 1)))
        run.pass(.milliseconds(300))
        #expect(run.trusts == "trusted down" && run.writer == 0)
    }

    /// The promoted server stays away, and a standby that follows it tells that the old primary is one.
    @Test func aStandbyTellsOfThePromotedServer() {
        var run = Self.lost(nodes: 3)
        run.thaw(0, .facts(.postgreSQL(timeline: 1)))
        run.thaw(2, .facts(.postgreSQL(following: 2)))
        let change = run.want(.write)
        #expect(change == "wait")
        run.pass(.seconds(8))
        #expect(run.trusts == "down down trusted")
        #expect(run.grants.isEmpty)
        run.thaw(1, .facts(.postgreSQL(timeline: 2)))
        run.pass(.seconds(2))
        #expect(run.grants == ["1 gets n1"])
    }

    /// With another configuration nobody waits for a node that was away before, and an old primary is still known for one.
    @Test(arguments: [1, 2])
    func aNewConfigurationKnowsWhatWasSeen(timeline: Int64) {
        var old = MachineRun(nodes: 2)
        old.answers = [0: .facts(.postgreSQL(timeline: timeline)), 1: .refused]
        old.pass(.seconds(4))
        #expect(old.trusts == "trusted down")
        var new = MachineRun(nodes: 2)
        new.answers = [0: .facts(.postgreSQL(timeline: 1)), 1: .refused]
        new.goOn(from: old)
        new.pass(.milliseconds(100))
        #expect(new.trusts == (timeline == 1 ? "trusted down" : "down down"))
        new.pass(.seconds(4))
        #expect(new.trusts == (timeline == 1 ? "trusted down" : "down down"))
    }

    /// What the check reads of a primary and of a standby.
    @Test(
        arguments: [
            (false, "0000001F", 7, 31), (true, "", 7, 7), (true, "", nil, 0),
        ] as [(Bool, String, Int64?, Int64)]
    )
    func timelinesAreRead(isStandby: Bool, timeline: String, followed: Int64?, generation: Int64) {
        let row = DatabaseRow(
            columns: ["recovery", "read_only", "system", "position", "timeline", "followed"],
            values: [
                .boolean(isStandby), .text("off"), .text("s"), .integer(1), .text(timeline),
                followed.map { SQLValue.integer($0) } ?? .null,
            ]
        )
        let facts = PostgreSQLFacts.read([row])
        #expect(facts.generation == generation && facts.takesChanges == !isStandby)
    }
}
