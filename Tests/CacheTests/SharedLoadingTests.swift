import Cache
import TandemTesting
import Testing

/// One load for several processes.
@Suite(.enabled(if: MemcachedProcess.isInstalled))
struct SharedLoadingTests {
    private struct Failure: Error {}

    /// What has become too old is loaded by one of them as well.
    @Test func loadsOnceWhatHasBecomeOld() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let time = SharedTime()
            let nodes = (0..<2).map { _ in Node(client, time: time) { $0.lockWait = .seconds(60) } }
            for node in nodes { #expect(try await node.ask("old") == "old") }
            time.pass(3600 * 2)
            let gate = Gate()
            let loads = Counter()
            let asking = nodes.map { node in
                Task {
                    try await node.cache.value(for: Node.key) {
                        loads.add()
                        await gate.wait()
                        return "new"
                    }
                }
            }
            #expect(await eventually { loads.count == 1 })
            // The other one has looked whether it may.
            try await Task.sleep(for: .milliseconds(50))
            gate.open()
            for task in asking { #expect(try await task.value == "new") }
            #expect(loads.count == 1)
        }
    }

    /// The one that loads fails: the others do not wait for it any longer.
    @Test func anotherLoadsWhenTheFirstFails() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let nodes = (0..<2).map { _ in
                Node(client) { ($0.lockTime, $0.lockWait) = (.seconds(600), .seconds(3600)) }
            }
            let (one, two) = (nodes[0], nodes[1])
            let gate = Gate()
            let failing = Task {
                try await one.cache.value(for: Node.key) {
                    await gate.wait()
                    throw Failure()
                }
            }
            #expect(await eventually { one.cache.counts.loads == 1 })
            let asking = Task { try await two.ask("two") }
            gate.open()
            await #expect(throws: Failure.self) { try await failing.value }
            #expect(try await asking.value == "two")
        }
    }

    /// Whoever asks has the answer before the server has it.
    @Test func answersBeforeItIsStored() async throws {
        let server = try MemcachedProcess()
        let relay = try await TCPRelay(to: Int(server.port))
        let address = ServerAddress(host: "127.0.0.1", port: relay.port)
        let client = MemcachedClient([address], .ketama, limits: .patient)
        let node = Node(client)
        relay.hold(at: "i:s.a 0 ")
        #expect(try await node.ask("one") == "one")
        #expect(await eventually { relay.isHolding })
        relay.release()
        #expect(client.status[0].failures == 0)
        client.close()
        try await relay.stop()
    }

    /// In the servers' words no time at all is for ever, and more than thirty days a point in time long ago.
    @Test func storesNothingForEver() async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient) { client async throws in
            let node = Node(client, names: .shared) { $0.lifetime = .zero }
            #expect(try await node.ask("one") == "one")
            #expect(try await client.get("s:a") == nil)
        }
        let seconds = [-1, 0, 1, 2_592_000, 2_592_001, .max].map { MemcachedCommand.lasting($0) }
        #expect(seconds == [1, 1, 1, 2_592_000, 2_592_000, 2_592_000])
    }
}
