import Base
import TandemTesting
import Testing

@testable import Cache

/// Several caches, as several processes have them, that ask the same servers.
@Suite(.enabled(if: MemcachedProcess.isInstalled))
struct SharedServersTests {
    @Test(arguments: WireProtocol.allCases) func findWhatOthersHaveLoaded(wire: WireProtocol) async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient, wire: wire) { client async throws in
            let (one, two) = (Node(client), Node(client))
            #expect(try await one.ask("first") == "first")
            #expect(try await two.ask("second") == "first")
            #expect(two.loads.count == 0)
            #expect(two.cache.counts.remote == 1)
            // What is too long for one item is in parts.
            let long = CacheKey(name: "s.long", group: "s.long", section: "s")
            let text = String(repeating: "0123456789", count: 250_000)
            #expect(try await one.ask(text, long) == text)
            #expect(await eventually { (try? await Node(client).ask("second", long)) == text })
            // What is not there is known to others too.
            let unknown = CacheKey(name: "s.b", group: "s.b", section: "s")
            #expect(try await one.ask(nil, unknown) == nil)
            #expect(try await two.ask("second", unknown) == nil)
            #expect(two.loads.count == 0)
        }
    }

    /// What things are stored with lasts as long as the last of them, not as long as the first: all would be gone at once.
    @Test func generationsLastAsLongAsThings() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let node = Node(client)
            let remote = try #require(node.cache.remote)
            let other = CacheKey(name: "s.other", group: "s.a", section: "s")
            let item = remote.itemKey("i", other.name)
            let tags = ["s", "s.a", "tag of it"].map { remote.itemKey("g", $0) }
            #expect(try await node.ask("tagged") == "tagged")
            #expect(await eventually { server.secondsLeft(of: remote.itemKey("i", Node.key.name)) != nil })
            for tag in tags {
                let route = tag == tags[2] ? tag : remote.route(Node.key)
                #expect(try await client.touch(tag, seconds: 1000, routedBy: route))
                #expect(server.secondsLeft(of: tag) ?? .max <= 1000)
            }
            #expect(try await node.ask("tagged", other) == "tagged")
            #expect(await eventually { server.secondsLeft(of: item) != nil })
            let thing = try #require(server.secondsLeft(of: item))
            for tag in tags { #expect(server.secondsLeft(of: tag) ?? 0 >= thing) }
            #expect(try await !client.touch("nothing", seconds: 1, routedBy: "nothing"))
        }
    }

    /// Whatever it is forgotten with: the servers do not give it any more, nor does another process that has it in memory.
    @Test(arguments: [(["s.a"], []), (["tag of it"], []), ([], ["s"])] as [([String], [String])])
    private func forgetEverywhere(groups: [String], sections: [String]) async throws {
        let servers = try (0..<3).map { _ in try MemcachedProcess() }
        try await withClient(servers, limits: .patient) { client async throws in
            let (one, two, three) = (Node(client), Node(client), Node(client))
            let follower = Task { await two.cache.followOthers() }
            defer { follower.cancel() }
            #expect(try await one.ask("tagged") == "tagged")
            #expect(try await two.ask("two") == "tagged")
            await one.cache.forget(groups: groups, sections: sections)
            #expect(try await three.ask("new") == "new")
            #expect(await eventually { (try? await two.ask("newer")) == "new" })
            #expect(try await one.ask("newer") == "new")
        }
    }

    @Test func doesNotStoreWhatWasForgottenWhileItWasLoaded() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let (one, two) = (Node(client), Node(client) { $0.lockWait = .zero })
            let gate = Gate()
            let early = Task {
                try await one.cache.value(for: Node.key) {
                    await gate.wait()
                    return "old"
                }
            }
            #expect(await eventually { one.cache.counts.loads == 1 })
            // Another process is told.
            await two.cache.forget(groups: ["s.a"])
            gate.open()
            #expect(try await early.value == "old")
            #expect(try await two.ask("new") == "new")
        }
    }

    @Test func aThousandAskersInTwoProcessesCauseOneLoad() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let nodes = (0..<2).map { _ in Node(client) { $0.lockWait = .seconds(60) } }
            let gate = Gate()
            let loads = Counter()
            try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        try await nodes[number % 2].cache.value(for: Node.key) {
                            loads.add()
                            await gate.wait()
                            return "one"
                        }
                    }
                }
                #expect(await eventually { nodes.map(\.cache.counts.joined).reduce(0, +) == 998 })
                gate.open()
                for try await value in group { #expect(value == "one") }
            }
            #expect(loads.count == 1)
        }
    }

    @Test func splitsWhatIsTooLargeForAServer() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let large = String(repeating: "0123456789", count: 350_000)
            let (one, two) = (Node(client), Node(client))
            #expect(try await one.ask(large) == large)
            #expect(try await two.ask("other") == large)
            #expect(two.loads.count == 0)
        }
    }

    /// A lock is gone with its owner's word, and before its time is over.
    @Test func locksOneAtATime() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let key = CacheKey(name: "s.a", group: "s.a", section: "s")
            let level = RemoteLevel(client, names: .own, prefix: "t:", randomWord: { "a" }, wall: { 1 })
            #expect(await level.lock(key, seconds: 600))
            #expect(await !level.lock(key, seconds: 600))
            await level.unlock(key)
            #expect(await level.lock(key, seconds: 600))
        }
    }

    /// Programs that know nothing of us: what they have stored counts, and they find what we have.
    @Test func sharesWithOtherPrograms() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let node = Node(client, names: .shared) { $0.memoryLifetime = .zero }
            let theirs = MemcachedItem(key: "s:a", flags: 0, value: Array("shared theirs".utf8))
            try await client.store(.set, theirs, seconds: 0)
            #expect(try await node.ask("ours") == "theirs")
            // They forget it, and tell nobody.
            try await client.delete("s:a")
            #expect(try await node.ask("ours") == "ours")
            #expect(await eventually { (try? await client.get("s:a"))?.value == Array("shared ours".utf8) })
            // What cannot be used is as if it were not there.
            try await client.store(.set, MemcachedItem(key: "s:a", flags: 0, value: [0]), seconds: 0)
            #expect(try await node.ask("again") == "again")
            #expect(await eventually { (try? await client.get("s:a"))?.value == Array("shared again".utf8) })
            let forgotten = await node.cache.forget(groups: ["s.a"], sharedNames: ["s:a"])
            #expect(forgotten.isShared)
            #expect(try await client.get("s:a") == nil)
        }
    }

    /// A server that is dead, one that is frozen and one that swallows whatever is sent: no look-up fails, and each of the
    /// three is waited for a few times in all.
    @Test func goesOnWithEachServerAwayInItsOwnWay() async throws {
        let (dead, frozen, hole) = (try MemcachedProcess(), try MemcachedProcess(), BlackHole())
        dead.stop()
        frozen.freeze()
        var limits = MemcachedLimits()
        limits.pause = .seconds(3600)
        try await withClient([dead, frozen, hole], limits: limits) { client async throws in
            let node = Node(client)
            func ask(_ numbers: Range<Int>) async throws {
                for number in numbers {
                    let key = CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s")
                    #expect(try await node.ask("\(number)", key) == "\(number)")
                }
            }
            // As many as it takes to have met each of them.
            try await ask(0..<200)
            #expect(client.status.map(\.isThere) == [false, false, false])
            let waited = client.status.map(\.failures)
            #expect(waited == [limits.failures, limits.failures, limits.failures])
            try await ask(200..<1000)
            await node.cache.forget(groups: ["s.1"], sections: ["t"])
            #expect(client.status.map(\.failures) == waited)
            #expect(node.loads.count == 1000)
        }
    }

    /// Without the servers everything goes on, and what memory has counts as long as it would.
    @Test(arguments: [true, false])
    private func goesOnWithoutServers(areFrozen: Bool) async throws {
        let server = try MemcachedProcess()
        try await withClient([server]) { client async throws in
            let node = Node(client) { $0.memoryLifetime = .zero }
            #expect(await eventually { (try? await client.get("x")) == nil && client.status[0].isThere })
            #expect(try await node.ask("one") == "one")
            areFrozen ? server.freeze() : server.stop()
            for _ in 0..<100 { #expect(try await node.ask("two") == "one") }
            #expect(node.loads.count == 1)
            for number in 0..<100 {
                let key = CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s")
                #expect(try await node.ask("three", key) == "three")
            }
            #expect(client.status[0].isThere == false)
            await node.cache.forget(groups: ["s.a"])
            #expect(try await node.ask("four") == "four")
        }
    }

    @Test func asksForEverythingAgainWhenAServerLostItsMemory() async throws {
        let server = try MemcachedProcess()
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        try await withClient([server], limits: limits) { client async throws in
            let (one, two) = (Node(client), Node(client))
            await one.cache.forget(groups: ["other"])
            let follower = Task { await two.cache.followOthers() }
            defer { follower.cancel() }
            #expect(try await two.ask("old") == "old")
            server.stop()
            try server.start()
            #expect(await eventually { (try? await two.ask("new")) == "new" })
        }
    }

    /// The database is away when a server has lost its memory: what memory has is given all the same.
    @Test func givesWhatItHasWhenTheServersLostTheirs() async throws {
        struct Away: Error {}
        let server = try MemcachedProcess()
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        try await withClient([server], limits: limits) { client async throws in
            let (one, two) = (Node(client), Node(client))
            await one.cache.forget(groups: ["other"])
            let follower = Task { await two.cache.followOthers() }
            defer { follower.cancel() }
            #expect(try await two.ask("old") == "old")
            server.stop()
            try server.start()
            let key = CacheKey(name: "s.a", group: "s.a", section: "s")
            // It is asked for again, which fails.
            #expect(
                await eventually {
                    let value = try? await two.cache.value(for: key) { throw Away() }
                    return value == "old" && two.cache.counts.failures > 0
                }
            )
            #expect(try await two.cache.value(for: key) { throw Away() } == "old")
        }
    }

    /// Other people's items under our names, and generations that somebody took out.
    @Test(arguments: [
        "", "x", "tandem1 document 99999999999 a,b\nold", "tandem1 parts 99999999999 a,b\nx 1 5",
        "tandem1 document -9223372036854775808 a,c\nold", "tandem1 nothing -9223372036854775808 a,c\n",
        "tandem1 parts 99999999999 a,b\nx 1 9223372036854775807",
    ])
    private func takesNothingThatIsNotOurs(text: String) async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let level = RemoteLevel(client, names: .own, prefix: "t:", randomWord: { "a" }, wall: { 1 })
            for (kind, name, value) in [
                ("i", "s.a", text), ("g", "s", "a"), ("g", "s.a", text.contains("parts") ? "b" : "c"),
            ] {
                let item = MemcachedItem(key: level.itemKey(kind, name), flags: 0, value: Array(value.utf8))
                try await client.store(.set, item, seconds: 0)
            }
            #expect(try await Node(client).ask("new") == "new")
            #expect(try await Node(client).ask("other") == "new")
        }
    }
}
