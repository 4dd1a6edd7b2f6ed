import Cache
import Glibc
import Synchronization
import TandemTesting
import Testing

/// The client with a real server.
@Suite(.enabled(if: MemcachedProcess.isInstalled))
struct ClientTests {
    /// What the server says of a counter that is none.
    private static let notNumeric: [WireProtocol: String] = [
        .text: "cannot increment or decrement non-numeric value",
        .binary: "Non-numeric server-side value for incr or decr",
    ]

    private func item(_ key: String, _ value: String, flags: UInt32 = 0) -> MemcachedItem {
        MemcachedItem(key: key, flags: flags, value: Array(value.utf8))
    }

    @Test(arguments: WireProtocol.allCases) func storesAndFinds(wire: WireProtocol) async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient, wire: wire) { client async throws in
            #expect(try await client.get("a") == nil)
            #expect(try await client.store(item: item("a", "x\r\nEND\r\n", flags: 9)))
            #expect(try await client.get("a") == item("a", "x\r\nEND\r\n", flags: 9))
            #expect(try await !client.store(.add, item("a", "y"), seconds: 0))
            #expect(try await !client.store(.replace, item("b", "y"), seconds: 0))
            #expect(try await client.count("n", up: true, by: 2) == nil)
            #expect(try await client.store(item: item("n", "5")))
            #expect(try await client.count("n", up: true, by: 2) == 7)
            #expect(try await client.count("n", up: false, by: 10) == 0)
            #expect(try await client.delete("a"))
            #expect(try await !client.delete("a"))
            await #expect(throws: MemcachedFault.refused(.clientError(Self.notNumeric[wire] ?? ""))) {
                _ = try await client.store(item: item("text", "x"))
                _ = try await client.count("text", up: true, by: 1)
            }
            #expect(try await client.store(item: item("a", "1")))
            let first = try await client.get(["a", "none", "text"], routedBy: "a", areNumbered: true)
            #expect(first.map(\.key) == ["a", "text"])
            #expect(try await client.store(item: item("a", "2")))
            let second = try await client.get(["a"], routedBy: "a", areNumbered: true)
            #expect((first.first?.unique ?? .max) < (second.first?.unique ?? 0))
            // With less than no time to live, it is gone.
            for key in ["a", "text"] { #expect(try await client.store(.set, item(key, "x"), seconds: -1)) }
            #expect(try await client.get(["a", "text"], routedBy: "a") == [])
            await #expect(throws: MemcachedFault.badKey) { try await client.get("a b") }
            guard case .statistics(let figures) = try await client.ask(0, .statistics) else {
                Issue.record("no statistics")
                return
            }
            #expect(figures.contains { $0.name == "curr_items" && $0.value == "1" })
            #expect(try await client.ask(0, .flush(seconds: 0)) == .outcome(.ok))
            #expect(try await client.get("n") == nil)
        }
    }

    @Test(arguments: WireProtocol.allCases) func saysWhatIsTooBig(wire: WireProtocol) async throws {
        let server = try MemcachedProcess()
        try await withClient([server], limits: .patient, wire: wire) { client async throws in
            let big = MemcachedItem(key: "big", flags: 0, value: Array(repeating: 0, count: 2 << 20))
            let fault = await #expect(throws: MemcachedFault.self) { try await client.store(.set, big, seconds: 0) }
            #expect(fault?.description == "ITEM TOO BIG")
            // The connection goes on.
            let found = try await client.get("big")
            #expect(found == nil)
        }
    }

    @Test(arguments: WireProtocol.allCases) func answersManyAtOnce(wire: WireProtocol) async throws {
        let servers = try (0..<3).map { _ in try MemcachedProcess() }
        try await withClient(servers, limits: .patient, wire: wire) { client async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<2000 {
                    group.addTask {
                        let own = MemcachedItem(key: "k\(number)", flags: 0, value: Array("\(number)".utf8))
                        try await client.store(.set, own, seconds: 0)
                        return try await client.get("k\(number)") == own
                    }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
        }
    }

    /// A server that takes only some: who is one of them is shown on every connection, and nothing else is.
    @Test func showsWhoItIs() async throws {
        let file = TemporaryDirectory()
        // The server runs as nobody.
        chmod(file.path, 0o755)
        let server = try MemcachedProcess(users: file.write("ann:other\njoe:secret\n", to: "users"))
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        let joe = MemcachedCredentials("joe:secret")
        #expect("\(String(describing: joe))".contains("secret") == false)
        try await withClient([server], limits: limits, credentials: joe) { client async throws in
            for _ in 0..<2 {
                #expect(await eventually { (try? await client.store(item: item("a", "x"))) == true })
                #expect(try await client.get("a") == item("a", "x"))
                server.stop()
                try server.start()
            }
        }
        for wrong in [MemcachedCredentials("joe:other"), MemcachedCredentials("eve:secret")] {
            try await withClient([server], limits: .patient, credentials: wrong) { client async throws in
                await #expect(throws: MemcachedFault.unauthorized) { try await client.get("a") }
                await #expect(throws: MemcachedFault.unauthorized) { try await client.get("a") }
                await #expect(throws: MemcachedFault.leftAlone) { try await client.get("a") }
            }
        }
        // One that takes everybody does not keep what it was shown.
        let open = try MemcachedProcess()
        try await withClient([open], limits: .patient, credentials: joe) { client async throws in
            #expect(try await client.store(item: item("a", "x")))
            #expect(try await client.get("auth") == nil)
        }
    }

    /// A server with SASL: the same, in the language that it wants.
    @Test(.enabled(if: SASLUsers.isInstalled)) func showsWhoItIsBySASL() async throws {
        let server = try MemcachedProcess(sasl: SASLUsers(["joe@tandem": "secret", "ann@tandem": "other"]))
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        let joe = MemcachedCredentials("joe@tandem:secret")
        try await withClient([server], limits: limits, wire: .binary, credentials: joe) { client async throws in
            for _ in 0..<2 {
                #expect(await eventually { (try? await client.store(item: item("a", "x"))) == true })
                #expect(try await client.get("a") == item("a", "x"))
                server.stop()
                try server.start()
            }
        }
        for wrong in ["joe@tandem:other", "eve@tandem:secret", nil] {
            let wrong = wrong.flatMap { MemcachedCredentials($0) }
            try await withClient([server], limits: .patient, wire: .binary, credentials: wrong) { client async throws in
                await #expect(throws: MemcachedFault.unauthorized) { try await client.get("a") }
                await #expect(throws: MemcachedFault.unauthorized) { try await client.get("a") }
                await #expect(throws: MemcachedFault.leftAlone) { try await client.get("a") }
                #expect(client.status[0].fault == .unauthorized)
            }
        }
        // One without SASL takes everybody.
        let open = try MemcachedProcess()
        try await withClient([open], limits: .patient, wire: .binary, credentials: joe) { client async throws in
            #expect(try await client.store(item: item("a", "x")))
        }
        // Nor does it take the other language, in which it cannot be told who asks.
        try await withClient([server], limits: .patient, credentials: joe) { client async throws in
            await #expect(throws: MemcachedFault.self) { try await client.get("a") }
        }
    }

    /// A server that does not take us, whatever it is shown, is told of once, and so is that it does again.
    @Test(arguments: [nil, "joe:wrong"] as [String?]) func tellsWhoDoesNotTakeIt(shown: String?) async throws {
        let file = TemporaryDirectory()
        chmod(file.path, 0o755)
        let server = try MemcachedProcess(users: file.write("joe:secret\n", to: "users"))
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        let changes = Mutex<[MemcachedChange]>([])
        let tell = { @Sendable (change: MemcachedChange) in changes.withLock { $0.append(change) } }
        let credentials = shown.flatMap { MemcachedCredentials($0) }
        try await withClient([server], limits: limits, credentials: credentials, tell: tell) { client async throws in
            #expect(client.status[0].fault == nil)
            for _ in 0..<2 { await #expect(throws: MemcachedFault.unauthorized) { try await client.get("a") } }
            #expect(client.status[0].fault == .unauthorized)
            let failures = client.status[0].failures
            #expect(await eventually { client.status[0].failures > failures + 3 })
            #expect(!client.status[0].isThere)
            #expect(changes.withLock { $0.map(\.fault) } == [.unauthorized])
            // Another one takes its place, which takes everybody.
            server.stop()
            let open = try MemcachedProcess(port: server.port)
            #expect(await eventually { client.status[0].isThere })
            #expect(try await client.store(item: item("a", "x")))
            #expect(client.status[0].fault == nil)
            withExtendedLifetime(open) {}
        }
        let told = changes.withLock { $0 }
        #expect(told.last?.fault == nil && told.count { $0.fault == .unauthorized } == 1)
        let lines = told.map { "\($0)" }.joined(separator: "\n")
        #expect(lines.contains("127.0.0.1:\(server.port) is left alone until it answers: it does not take the user"))
        #expect(!lines.contains("joe") && !lines.contains("wrong"))
    }

    @Test(arguments: [
        "", "joe", "joe:", ":secret", "joe:a b", "j\u{7F}:a", "joe:a\r\nflush_all",
        "joe:" + String(repeating: "x", count: 251),
    ])
    private func showsNothingElse(text: String) {
        #expect(MemcachedCredentials(text) == nil)
    }

    /// A server that is not there, one that says nothing, and one that cannot be connected to: only so many commands wait
    /// for it at all, and each no longer than the limits let it.
    @Test(arguments: Absence.allCases)
    private func waitsFewTimes(absence: Absence) async throws {
        let server = try MemcachedProcess()
        let hole = BlackHole()
        switch absence {
        case .dead: server.stop()
        case .frozen: server.freeze()
        case .blackHole: break
        }
        var limits = MemcachedLimits()
        // No look whether it is back while this is counted.
        limits.pause = .seconds(3600)
        try await withClient([absence == .blackHole ? hole : server], limits: limits) { client async throws in
            var faults: [MemcachedFault] = []
            for _ in 0..<200 {
                let fault = await #expect(throws: MemcachedFault.self) { try await client.get("a") }
                if let fault { faults.append(fault) }
            }
            let waited = faults.prefix { $0 != .leftAlone }
            #expect(waited.count == limits.failures)
            #expect(waited.allSatisfy { absence.faults.contains($0) })
            #expect(faults.dropFirst(waited.count).allSatisfy { $0 == .leftAlone })
            #expect(client.status.map(\.isThere) == [false])
        }
    }

    enum Absence: CaseIterable {
        case dead, frozen, blackHole

        /// On a busy machine even connecting to a frozen one may take too long.
        var faults: [MemcachedFault] { self == .frozen ? [.timedOut, .unreachable] : [.unreachable] }
    }

    @Test func comesBackAndTakesOutWhatItShouldHave() async throws {
        let server = try MemcachedProcess()
        var limits = MemcachedLimits()
        limits.pause = .milliseconds(50)
        try await withClient([server], limits: limits) { client async throws in
            let old = item("old", "x")
            #expect(await eventually { (try? await client.store(item: old)) == true })
            server.freeze()
            #expect(await eventually { (try? await client.get("old")) == nil && client.status[0].isThere == false })
            // Nobody can be told; the server is told when it is back, before it is asked.
            await #expect(throws: MemcachedFault.leftAlone) { try await client.delete("old") }
            server.thaw()
            #expect(await eventually { client.status[0].isThere })
            #expect(
                await eventually {
                    do { return try await client.get("old") == nil } catch { return false }
                }
            )
        }
    }

    @Test func connectsToAServerThatWasStartedAgain() async throws {
        let server = try MemcachedProcess()
        var limits = MemcachedLimits.patient
        limits.pause = .milliseconds(20)
        try await withClient([server], limits: limits) { client async throws in
            #expect(try await client.store(item: item("a", "x")))
            server.stop()
            try server.start()
            #expect(await eventually { (try? await client.store(item: item("a", "y"))) == true })
        }
    }
}

extension MemcachedClient {
    fileprivate func store(item: MemcachedItem) async throws -> Bool {
        try await store(.set, item, seconds: 0)
    }
}
