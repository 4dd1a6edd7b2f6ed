import Base
import Cache
import TandemTesting
import Testing

/// What is forgotten in one process, as others find it who read the same table.
struct ForgetTableTests {
    private static let away = ForgetTableFault(isOfTheMoment: true, "away")
    private static let refusal = ForgetTableFault(isOfTheMoment: false, "permission denied")
    private static let other = CacheKey(name: "s.b", group: "s.b", section: "s")

    private let table = SimulatedTable()

    private func node(_ time: SharedTime = SharedTime()) -> LayeredCache<String> {
        var settings = CacheSettings()
        // However busy the machine is.
        settings.sparePatience = .seconds(600)
        settings.logInterval = .milliseconds(5)
        (settings.tablePause, settings.refusalPause) = (.milliseconds(5), .milliseconds(5))
        return LayeredCache(.text, sections: ["s"], settings: settings, table: table) { .now + .seconds(time.seconds) }
    }

    /// Has nodes tell each other, and hear, for the length of a closure.
    private func following(_ nodes: [LayeredCache<String>], _ work: () async throws -> Void) async throws {
        let followers = nodes.map { node in Task { await node.followOthers() } }
        defer { for follower in followers { follower.cancel() } }
        try await work()
    }

    private func ask(
        _ node: LayeredCache<String>,
        _ value: String,
        _ key: CacheKey = Node.key
    ) async throws -> String? {
        try await node.value(for: key) { value }
    }

    /// The others forget it; who has told it does not hear it from himself.
    @Test func reachesOthers() async throws {
        let (one, two) = (node(), node())
        try await following([one, two]) { () async throws in
            for node in [one, two] { #expect(try await ask(node, "old") == "old") }
            await one.forget(groups: ["s.a"])
            #expect(try await ask(one, "new") == "new")
            #expect(await eventually { (try? await ask(two, "new")) == "new" })
            let reads = table.reads
            #expect(await eventually { table.reads > reads + 10 })
            for node in [one, two] { #expect(try await ask(node, "newer") == "new") }
            #expect(await eventually { one.untoldEntries == 0 })
        }
    }

    /// Its rows were read before it was forgotten elsewhere, and it would be kept after that was heard.
    @Test func doesNotKeepWhatWasLoadedBefore() async throws {
        let (one, two) = (node(), node())
        let gate = Gate()
        try await following([one, two]) { () async throws in
            let early = Task {
                try await two.value(for: Node.key) {
                    await gate.wait()
                    return "old"
                }
            }
            #expect(await eventually { two.counts.loads == 1 })
            #expect(try await ask(two, "old", Self.other) == "old")
            await one.forget(groups: ["s.a", "s.b"])
            #expect(await eventually { (try? await ask(two, "new", Self.other)) == "new" })
            gate.open()
            #expect(try await early.value == "old")
            #expect(try await ask(two, "new") == "new")
        }
    }

    /// A table that is away is told later; whoever asks is not held up.
    @Test func tellsLaterWhatATableDidNotTake() async throws {
        let (one, two) = (node(), node())
        try await following([one, two]) { () async throws in
            #expect(try await ask(two, "old") == "old")
            #expect(try await ask(two, "old", Self.other) == "old")
            // Both have looked whether they may write.
            #expect(await eventually { table.count == 2 })
            table.failPutting(Self.away)
            await one.forget(groups: ["s.a"])
            let refused = table.refusedPuts
            #expect(await eventually { table.refusedPuts > refused + 2 })
            #expect(one.untoldEntries == 1)
            table.failPutting(nil)
            #expect(await eventually { (try? await ask(two, "new")) == "new" })
            #expect(await eventually { one.untoldEntries == 0 })
            #expect(try await ask(two, "new", Self.other) == "old")
        }
    }

    /// What a table refuses may have something in it that it never takes: it is told everything then.
    @Test func tellsEverythingWhereATableRefuses() async throws {
        let (one, two) = (node(), node())
        try await following([one, two]) { () async throws in
            #expect(try await ask(two, "old", Self.other) == "old")
            table.failPutting(Self.refusal)
            await one.forget(groups: ["s.a"])
            let refused = table.refusedPuts
            #expect(await eventually { table.refusedPuts > refused + 2 })
            table.failPutting(nil)
            #expect(await eventually { (try? await ask(two, "new", Self.other)) == "new" })
        }
        #expect(table.tags == [["*"]])
    }

    /// A standby takes nothing until it is the primary: what it was told is told again, as it was.
    @Test func tellsTheSameWhereATableTakesNothingForSomeTime() async throws {
        let one = node()
        try await following([one]) { () async throws in
            table.failPutting(ForgetTableFault(isOfTheMoment: true, takesTime: true, "read-only"))
            await one.forget(groups: ["s.a"])
            await one.forget(groups: ["s.b"])
            let refused = table.refusedPuts
            #expect(await eventually { table.refusedPuts > refused + 2 })
            table.failPutting(nil)
            #expect(await eventually { one.untoldEntries == 0 })
        }
        #expect(table.tags == [["s.a"], ["s.b"]])
    }

    /// What stands for more than could be told is asked for again, and given as it is where that fails.
    @Test func doubtsWhatItHasWhereTooMuchIsForgotten() async throws {
        struct Gone: Error {}
        let two = node()
        try await following([two]) { () async throws in
            #expect(try await ask(two, "old") == "old")
            let loads = two.counts.loads
            try table.add([ForgetEntry([ForgetEntry.everything], identifier: "x*", list: ForgetEntry.noList)])
            let isAsked = await eventually {
                #expect((try? await two.value(for: Node.key) { throw Gone() }) == "old")
                return two.counts.loads > loads
            }
            #expect(isAsked)
        }
    }

    /// A table that hangs when it is told something is heard meanwhile.
    @Test func hearsWhileATableTakesNothing() async throws {
        let (two, gate) = (node(), Gate())
        table.holdPutting(gate)
        try await following([two]) { () async throws in
            #expect(try await ask(two, "old") == "old")
            try table.add([ForgetEntry(["s.a"], identifier: "x", list: ForgetEntry.noList)])
            #expect(await eventually { (try? await ask(two, "new")) == "new" })
            #expect(two.untoldEntries == 1)
        }
        gate.open()
    }

    /// More than may wait is everything; what waits is told when a process ends.
    @Test func tellsEverythingInThePlaceOfTooMuch() async throws {
        let one = node()
        for number in 0..<1001 { await one.forget(groups: ["s.\(number)"]) }
        #expect(one.untoldEntries == 1)
        await one.settleDebts()
        #expect(one.untoldEntries == 0)
        #expect(table.tags == [["*"]])
    }

    /// Who has not been able to read for longer than rows are there asks for everything again.
    @Test func doubtsWhatItHasAfterALongBreak() async throws {
        let time = SharedTime()
        let two = node(time)
        try await following([two]) { () async throws in
            #expect(try await ask(two, "old") == "old")
            table.failReading(Self.away)
            time.pass(601)
            let reads = table.reads
            #expect(await eventually { table.reads > reads + 2 })
            #expect(try await ask(two, "new") == "old")
            table.failReading(nil)
            #expect(await eventually { (try? await ask(two, "new")) == "new" })
        }
    }

    // MARK: - Beside servers

    /// As long as no server is there, the table alone tells it.
    @Test(.enabled(if: MemcachedProcess.isInstalled))
    func reachesOthersWhileServersAreAway() async throws {
        let server = try MemcachedProcess()
        server.stop()
        try await withClient([server], limits: .patient) { client async throws in
            try await withClient([server], limits: .patient) { other async throws in
                let (one, two) = (Node(client, table: table), Node(other, table: table))
                try await one.following { () async throws in
                    try await two.following { () async throws in
                        #expect(try await two.ask("old") == "old")
                        #expect(await one.cache.forget(groups: ["s.a"]).untold == 1)
                        #expect(await eventually { (try? await two.ask("new")) == "new" })
                    }
                }
            }
        }
    }

    /// Who asks no servers cannot take it out of them: who does, does.
    @Test(.enabled(if: MemcachedProcess.isInstalled))
    func isTakenOutOfServersOfOthers() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let (one, two) = (node(), Node(client, table: table))
            try await following([one]) { () async throws in
                try await two.following { () async throws in
                    #expect(try await two.ask("old") == "old")
                    #expect(try await Node(client).ask("other") == "old")
                    await one.forget(groups: ["s.a"])
                    #expect(await eventually { (try? await Node(client).ask("new")) == "new" })
                }
            }
        }
    }
}
