import Cache
import TandemTesting
import Testing

/// What is forgotten in one process, as others find it who ask the same servers.
@Suite(.enabled(if: MemcachedProcess.isInstalled))
struct SharedForgettingTests {
    /// The server did not take what was to be told: it is told later.
    @Test func tellsOthersLaterWhatAServerDidNotTake() async throws {
        let server = try MemcachedProcess()
        var hasty = MemcachedLimits()
        hasty.pause = .milliseconds(20)
        try await withClient([server], limits: hasty) { client async throws in
            try await withClient([server], limits: .patient) { other async throws in
                let (one, two) = (Node(client), Node(other))
                try await one.following { () async throws in
                    try await two.following { () async throws in
                        #expect(try await two.ask("old") == "old")
                        server.freeze()
                        await one.cache.forget(groups: ["s.a"])
                        server.thaw()
                        #expect(await eventually { (try? await two.ask("new")) == "new" })
                    }
                }
            }
        }
    }

    /// What somebody tells is carried out once, however many servers he tells: what was loaded since stays.
    ///
    /// Who has told it does not hear it from himself.
    @Test func forgetsOnceWhatEachServerTells() async throws {
        let servers = try (0..<3).map { _ in try MemcachedProcess() }
        try await withClient(servers, limits: .patient) { client async throws in
            let (one, two) = (Node(client), Node(client))
            try await one.following { () async throws in
                try await two.following { () async throws in
                    for _ in 0..<2 {
                        #expect(await two.hasHeard(one))
                        #expect(await one.hasHeard(two))
                    }
                    let before = [one, two].map(\.cache.counts.forgotten)
                    for node in [one, two] { #expect(try await node.ask("old") == "old") }
                    await one.cache.forget(groups: ["s.a"])
                    #expect(try await one.ask("new") == "new")
                    #expect(await two.hasHeard(one))
                    #expect(await one.hasHeard(two))
                    #expect(try await two.ask("newer") == "new")
                    #expect([one, two].map(\.cache.counts.forgotten) == before.map { $0 + 2 })
                }
            }
        }
    }

    // MARK: - Under the other program's names

    /// A process that knows nothing of them forgets them, by whatever else they are in: nobody gets them any more.
    @Test(arguments: [(["s.a"], []), (["tag of it"], []), ([], ["s"])] as [([String], [String])])
    private func forgetsWhatOthersStored(groups: [String], sections: [String]) async throws {
        let servers = try (0..<3).map { _ in try MemcachedProcess() }
        try await withClient(servers, limits: .patient) { client async throws in
            let nodes = (0..<4).map { _ in Node(client, names: .shared) }
            let keys = (0..<8).map { CacheKey(name: "s.\($0)", group: "s.a", section: "s", sharedName: "s:\($0)") }
            try await nodes[1].following { () async throws in
                for key in keys {
                    #expect(try await nodes[0].ask("tagged", key) == "tagged")
                    #expect(try await nodes[1].ask("two", key) == "tagged")
                }
                await nodes[2].cache.forget(groups: groups, sections: sections)
                for key in keys {
                    #expect(try await nodes[3].ask("new", key) == "new")
                    #expect(await eventually { (try? await nodes[1].ask("newer", key)) == "new" })
                }
            }
        }
    }

    /// What the other program has stored since counts again.
    @Test func takesWhatWasStoredAfterItWasForgotten() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let node = Node(client, names: .shared) { $0.memoryLifetime = .zero }
            func theirs(_ text: String) -> MemcachedItem {
                MemcachedItem(key: "s:a", flags: 0, value: Array("shared \(text)".utf8))
            }
            try await client.store(.set, theirs("old"), seconds: 0)
            #expect(try await node.ask("ours") == "old")
            await node.cache.forget(groups: [], sections: ["s"])
            #expect(try await Node(client, names: .shared).ask("ours") == "ours")
            await node.cache.forget(groups: ["s.a"])
            try await client.store(.set, theirs("new"), seconds: 0)
            #expect(try await node.ask("ours") == "new")
        }
    }

    /// It is forgotten while it is on its way to the server, which takes it in time or too late.
    @Test(arguments: [true, false])
    private func doesNotLeaveWhatWasForgottenWhileItWasStored(isInTime: Bool) async throws {
        let server = try MemcachedProcess()
        let relay = try await TCPRelay(to: Int(server.port))
        var limits = MemcachedLimits.patient
        if !isInTime { (limits.operationTime, limits.pause) = (.milliseconds(200), .milliseconds(20)) }
        try await withClient([RelayedServer(relay)], limits: limits) { relayed async throws in
            try await withClient([server], limits: .patient) { client async throws in
                let (one, two) = (Node(relayed, names: .shared), Node(client, names: .shared))
                relay.hold(at: "set s:a ")
                let asking = Task { try await one.ask("old") }
                #expect(await eventually { relay.isHolding })
                if !isInTime { #expect(await eventually { relayed.status[0].failures > 0 }) }
                await two.cache.forget(groups: ["s.a"], sharedNames: ["s:a"])
                relay.release()
                #expect(try await asking.value == "old")
                #expect(await eventually { (try? await relayed.get("x")) == nil && relayed.status[0].isThere })
                #expect(
                    await eventually {
                        _ = try? await relayed.get("x")
                        do { return try await client.get("s:a") == nil } catch { return false }
                    }
                )
                #expect(try await two.ask("new") == "new")
            }
        }
        try await relay.stop()
    }

    // MARK: - Other lists of servers

    /// A process has one server more than another: what either forgets, is forgotten by both.
    @Test func reachesThoseWithAnotherListOfServers() async throws {
        let servers = try (0..<3).map { _ in try MemcachedProcess() }
        try await withClient(Array(servers[..<2]), limits: .patient) { few async throws in
            try await withClient(servers, limits: .patient) { many async throws in
                let keys = (0..<20).map { CacheKey(name: "s.\($0)", group: "s.\($0)", section: "s") }
                let (one, two) = (Node(few), Node(many))
                try await two.following { () async throws in
                    for key in keys { #expect(try await two.ask("old", key) == "old") }
                    await one.cache.forget(groups: keys.map(\.group))
                    for key in keys { #expect(await eventually { (try? await two.ask("new", key)) == "new" }) }
                    for key in keys { #expect(try await Node(many).ask("other", key) == "new") }
                }
            }
        }
    }

    /// A server is left out for a while, and comes back with what it had.
    @Test func forgetsWhatAServerHasThatWasLeftOut() async throws {
        let servers = try (0..<3).map { _ in try MemcachedProcess() }
        let keys = (0..<20).map { CacheKey(name: "s.\($0)", group: "s.\($0)", section: "s") }
        try await withClient(servers, limits: .patient) { many async throws in
            for key in keys { #expect(try await Node(many).ask("old", key) == "old") }
            try await withClient(Array(servers[..<2]), limits: .patient) { few async throws in
                let node = Node(few)
                try await node.following { await node.cache.forget(groups: keys.map(\.group)) }
            }
            let back = Node(many)
            try await back.following { () async throws in
                for key in keys { #expect(await eventually { (try? await back.ask("new", key)) == "new" }) }
            }
        }
    }

    /// What memory has from before the first server could be asked may have been forgotten meanwhile.
    @Test func doubtsWhatItHasFromBeforeItHeardOthers() async throws {
        let server = try MemcachedProcess()
        server.stop()
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        try await withClient([server], limits: limits) { client async throws in
            let two = Node(client)
            #expect(try await two.ask("old") == "old")
            try server.start()
            try await withClient([server], limits: .patient) { other async throws in
                await Node(other).cache.forget(groups: ["s.a"])
            }
            try await two.following { () async throws in
                #expect(await eventually { (try? await two.ask("new")) == "new" })
            }
        }
    }
}

/// A relay as a server.
private final class RelayedServer: LoopbackServer {
    private let relay: TCPRelay

    init(_ relay: TCPRelay) { self.relay = relay }

    var port: UInt16 { UInt16(clamping: relay.port) }
}

extension Node {
    /// Whether it comes to hear what another node tells, and all that this one has told before.
    fileprivate func hasHeard(_ other: Node) async -> Bool {
        let name = "s.\(loads.count).\(other.loads.count)"
        let mark = CacheKey(name: name, group: name, section: "s")
        guard (try? await ask("before", mark)) == "before" else { return false }
        await other.cache.forget(groups: [name])
        return await eventually { (try? await ask("after", mark)) == "after" }
    }
}
