import Base
import Cache
import Synchronization
import Testing

/// A cache without servers, on a clock that the test moves.
struct LayeredCacheTests {
    private static let key = CacheKey(name: "s.a", group: "s.a", section: "s")

    /// A cache, its clock, and what it loads from.
    private final class Rig: Sendable {
        struct Failure: Error {}

        let cache: LayeredCache<String>
        private let time: Time
        private let loads = Mutex(0)
        private let content = Mutex<Result<String?, Failure>>(.success("one"))

        private final class Time: Sendable {
            let instant = Mutex(MonotonicInstant.zero)
        }

        init(_ change: (inout CacheSettings) -> Void = { _ in }) {
            var settings = CacheSettings()
            settings.jitter = 0
            // However busy the machine is.
            settings.sparePatience = .seconds(600)
            change(&settings)
            let time = Time()
            self.time = time
            cache = LayeredCache(.text, settings: settings) { time.instant.withLock { $0 } }
        }

        var loadCount: Int { loads.withLock { $0 } }

        func set(_ result: Result<String?, Failure>) { content.withLock { $0 = result } }

        func pass(_ duration: Duration) { time.instant.withLock { $0 = $0 + duration } }

        func ask(
            _ key: CacheKey = LayeredCacheTests.key,
            from address: String? = nil,
            _ kind: CacheSource.Kind = .identity
        ) async throws -> String? {
            try await ask(key, source: address.map { CacheSource($0, kind) })
        }

        func ask(_ key: CacheKey, source: CacheSource?) async throws -> String? {
            try await cache.value(for: key, from: source) {
                self.loads.withLock { $0 += 1 }
                return try self.content.withLock { $0 }.get()
            }
        }
    }

    @Test func loadsOnceInItsLifetime() async throws {
        let rig = Rig()
        for _ in 0..<3 { #expect(try await rig.ask() == "one") }
        rig.pass(.seconds(3599))
        #expect(try await rig.ask() == "one")
        #expect(rig.loadCount == 1)
    }

    @Test func givesTheOldWhileItLoadsTheNew() async throws {
        let rig = Rig()
        _ = try await rig.ask()
        rig.set(.success("two"))
        rig.pass(.seconds(3601))
        #expect(try await rig.ask() == "one")
        #expect(await eventually { (try? await rig.ask()) == "two" })
        #expect(rig.loadCount == 2)
        // Too old to be given while the new one is waited for.
        rig.set(.success("three"))
        rig.pass(.seconds(3600 + 61))
        #expect(try await rig.ask() == "three")
    }

    @Test func givesTheOldWhenItCannotLoad() async throws {
        let rig = Rig()
        _ = try await rig.ask()
        rig.set(.failure(Rig.Failure()))
        rig.pass(.seconds(3600 + 24 * 3600 - 1))
        for _ in 0..<3 { #expect(try await rig.ask() == "one") }
        // It is not tried again at once.
        #expect(rig.loadCount == 2)
        rig.pass(.seconds(2))
        await #expect(throws: Rig.Failure.self) { try await rig.ask() }
        rig.set(.success("two"))
        #expect(try await rig.ask() == "two")
    }

    /// A source that hangs holds up nobody who can be given the old.
    @Test func givesTheOldWhenLoadingHangs() async throws {
        let rig = Rig { $0.sparePatience = .milliseconds(1) }
        let gate = Gate()
        _ = try await rig.ask()
        rig.pass(.seconds(3600 + 61))
        let old = try await rig.cache.value(for: Self.key) {
            await gate.wait()
            return "two"
        }
        #expect(old == "one")
        gate.open()
        rig.pass(.seconds(2))
        #expect(await eventually { (try? await rig.ask()) == "two" })
    }

    @Test func remembersThatThereIsNothing() async throws {
        let rig = Rig()
        rig.set(.success(nil))
        for _ in 0..<3 { #expect(try await rig.ask() == nil) }
        #expect(rig.loadCount == 1)
        rig.set(.success("one"))
        rig.pass(.seconds(9))
        #expect(try await rig.ask() == nil)
        rig.pass(.seconds(2))
        #expect(try await rig.ask() == "one")
    }

    @Test func lifetimesDiffer() async throws {
        let rig = Rig {
            $0.jitter = 0.1
            $0.staleWhileRevalidating = .zero
        }
        for number in 0..<100 {
            _ = try await rig.ask(CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s"))
        }
        rig.pass(.seconds(3600 * 0.89))
        for number in 0..<100 {
            _ = try await rig.ask(CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s"))
        }
        #expect(rig.loadCount == 100)
        rig.pass(.seconds(3600 * 0.11))
        for number in 0..<100 {
            _ = try await rig.ask(CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s"))
        }
        #expect((110..<190).contains(rig.loadCount))
        rig.pass(.seconds(3600 * 0.11))
        for number in 0..<100 {
            _ = try await rig.ask(CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s"))
        }
        #expect(rig.loadCount == 200)
    }

    @Test func aThousandAskersCauseOneLoad() async throws {
        let gate = Gate()
        let cache = LayeredCache<String>(.text)
        let loads = Counter()
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<1000 {
                group.addTask {
                    try await cache.value(for: Self.key) {
                        loads.add()
                        await gate.wait()
                        return "one"
                    }
                }
            }
            // All but the first have joined it.
            #expect(await eventually { cache.counts.joined == 999 })
            gate.open()
            for try await value in group { #expect(value == "one") }
        }
        #expect(loads.count == 1)
    }

    @Test func doesNotKeepWhatWasForgottenWhileItWasLoaded() async throws {
        let gate = Gate()
        let cache = LayeredCache<String>(.text)
        let early = Task {
            try await cache.value(for: Self.key) {
                await gate.wait()
                return "old"
            }
        }
        #expect(await eventually { cache.counts.loads == 1 })
        cache.forgetInMemory(groups: ["s.a"])
        // Whoever asks from now on does not get what was begun before.
        #expect(try await cache.value(for: Self.key) { "new" } == "new")
        gate.open()
        #expect(try await early.value == "old")
        #expect(try await cache.value(for: Self.key) { "newer" } == "new")
    }

    /// What else it is forgotten with is not known yet when somebody asks for it again.
    @Test func nobodyJoinsWhatMayHaveBeenForgotten() async throws {
        let gate = Gate()
        let cache = LayeredCache<String>(.text)
        let early = Task {
            try await cache.value(for: Self.key) {
                await gate.wait()
                return "old"
            }
        }
        #expect(await eventually { cache.counts.loads == 1 })
        cache.forgetInMemory(groups: ["t.alias"])
        let joining = Task { try await cache.value(for: Self.key) { "joined" } }
        #expect(await eventually { cache.counts.joined == 1 })
        cache.forgetInMemory(groups: ["s.alias"])
        #expect(try await cache.value(for: Self.key) { "new" } == "new")
        gate.open()
        #expect(try await early.value == "old")
        #expect(try await joining.value == "old")
    }

    /// A database node that is behind gives what was true before: for some seconds that counts for a moment only.
    @Test func doesNotKeepWhatANodeGivesThatIsBehind() async throws {
        let rig = Rig { $0.settling = .seconds(5) }
        _ = try await rig.ask()
        rig.cache.forgetInMemory(groups: ["s.a"])
        #expect(try await rig.ask() == "one")
        let other = CacheKey(name: "s.b", group: "s.b", section: "s")
        #expect(try await rig.ask(other) == "one")
        // The node has heard of it.
        rig.set(.success("two"))
        #expect(try await rig.ask() == "one")
        rig.pass(.seconds(1))
        #expect(try await rig.ask() == "two")
        #expect(try await rig.ask(other) == "one")
        rig.pass(.seconds(4))
        rig.set(.success("three"))
        #expect(try await rig.ask() == "three")
        rig.set(.success("four"))
        rig.pass(.seconds(3000))
        #expect(try await rig.ask() == "three")
    }

    @Test func forgetsGroupsTagsAndSections() async throws {
        let rig = Rig()
        rig.set(.success("tagged"))
        for change in [
            { $0.forgetInMemory(groups: ["s.a"]) }, { $0.forgetInMemory(groups: [], sections: ["s"]) },
            { $0.forgetInMemory(groups: ["tag of it"]) }, { $0.forgetInMemory() },
        ] as [(LayeredCache<String>) -> Int] {
            _ = try await rig.ask()
            #expect(change(rig.cache) == 1)
            #expect(change(rig.cache) == 0)
        }
        _ = try await rig.ask()
        #expect(rig.loadCount == 5)
        #expect(rig.cache.forgetInMemory(groups: ["s.b", "t"]) == 0)
    }

    @Test func whoTriesManyNamesIsNotLookedUpFor() async throws {
        let rig = Rig {
            ($0.unknownBurst, $0.unknownPerSecond) = (10, 1)
        }
        rig.set(.success(nil))
        func try_(_ number: Int, _ source: String) async throws {
            _ = try await rig.ask(CacheKey(name: "s.\(number)", group: "s.\(number)", section: "s"), from: source)
        }
        for number in 0..<10 { try await try_(number, "192.0.2.1") }
        for number in 10..<1000 {
            await #expect(throws: CacheFault.tooMuchUnknown) { try await try_(number, "192.0.2.1") }
        }
        #expect(rig.loadCount == 10)
        #expect(rig.cache.counts.refused == 990)
        // Others are not concerned, nor are users that exist.
        try await try_(5000, "192.0.2.2")
        #expect(rig.loadCount == 11)
        rig.pass(.seconds(2))
        rig.set(.success("one"))
        for number in 0..<50 { try await try_(number, "192.0.2.2") }
        #expect(rig.loadCount >= 11 + 40)
    }

    /// Whoever calls one number after the other pushes out nothing but other numbers.
    @Test func numbersPushOutNothingElse() async throws {
        let rig = Rig { ($0.entries, $0.callerEntries) = (2, 10) }
        _ = try await rig.ask()
        func call(_ number: Int) async throws {
            _ = try await rig.ask(CacheKey(name: "n.\(number)", group: "s.n", section: "s", isOfCallers: true))
        }
        for number in 0..<100 { try await call(number) }
        #expect(rig.cache.size.entries == 11)
        #expect(rig.loadCount == 101)
        _ = try await rig.ask()
        try await call(99)
        #expect(rig.loadCount == 101)
        #expect(rig.cache.forgetInMemory(groups: ["s.n"]) == 10)
        #expect(rig.cache.size.entries == 1)
    }

    /// Who has no tries left has no say in what others hear of the same thing, and is told what is being loaded for them.
    @Test func whoIsRefusedHoldsUpNobody() async throws {
        let rig = Rig { ($0.unknownBurst, $0.unknownPerSecond) = (1, 0) }
        rig.set(.success(nil))
        _ = try await rig.ask(CacheKey(name: "s.b", group: "s.b", section: "s"), from: "192.0.2.1")
        rig.set(.success("one"))
        await #expect(throws: CacheFault.tooMuchUnknown) { try await rig.ask(from: "192.0.2.1") }
        async let refused = try? rig.ask(from: "192.0.2.1")
        #expect(try await rig.ask(from: "192.0.2.2") == "one")
        _ = await refused
        // What is known is known to everybody.
        #expect(try await rig.ask(from: "192.0.2.1") == "one")
        #expect(rig.loadCount == 2)
    }

    /// Calls have more tries than those who say who they are, and take none of theirs; who is not known takes those of all.
    @Test func triesAreApart() async throws {
        let rig = Rig {
            ($0.unknownBurst, $0.unknownCalledBurst, $0.unknownTotalBurst) = (5, 20, 100)
            ($0.unknownPerSecond, $0.unknownCalledPerSecond, $0.unknownTotalPerSecond) = (0, 0, 10)
        }
        rig.set(.success(nil))
        var next = 0
        func tries(_ source: CacheSource) async throws -> Int {
            for count in 0..<1000 {
                next += 1
                let key = CacheKey(name: "s.\(next)", group: "s.\(next)", section: "s", isOfCallers: next % 2 == 0)
                do { _ = try await rig.ask(key, source: source) } catch CacheFault.tooMuchUnknown { return count }
            }
            return 1000
        }
        #expect(try await tries(CacheSource("192.0.2.1", .call)) == 20)
        #expect(try await tries(CacheSource("192.0.2.1", .identity)) == 5)
        #expect(try await tries(CacheSource(nil, .call)) == 75)
        #expect(try await tries(CacheSource("192.0.2.2", .identity)) == 0)
        // Nobody is held up who asks for what no caller chooses.
        #expect(try await rig.ask() == nil)
        rig.pass(.seconds(1))
        #expect(try await tries(CacheSource("192.0.2.2", .identity)) == 5)
        #expect(rig.loadCount == 106)
    }

    /// A source pays for what it says was nothing, although something was given.
    @Test func whatIsForNobodyCosts() async throws {
        let rig = Rig { ($0.unknownCalledBurst, $0.unknownCalledPerSecond) = (3, 0) }
        let source = CacheSource("192.0.2.1", .call)
        var answers: [String?] = []
        for number in 0..<5 {
            let key = CacheKey(name: "s.\(number)", group: "s", section: "s", isOfCallers: true)
            let answer = try? await rig.cache.value(for: key, from: source) {
                rig.cache.charge(source)
                return "everybody's"
            }
            answers.append(answer)
        }
        #expect(answers == ["everybody's", "everybody's", "everybody's", nil, nil])
    }

    /// However many look-ups of one source are under way, what there is is found.
    @Test func manyAtOnceThatAreThereAreFound() async throws {
        let gate = Gate()
        var settings = CacheSettings()
        (settings.unknownBurst, settings.unknownPerSecond) = (10, 0)
        let cache = LayeredCache<String>(.text, settings: settings)
        let found = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<500 {
                let key = CacheKey(name: "\(number)", group: "g", section: "s")
                group.addTask {
                    try await cache.value(for: key, from: CacheSource("192.0.2.1")) {
                        await gate.wait()
                        return "one"
                    }
                }
            }
            #expect(await eventually { cache.counts.loads == 500 })
            gate.open()
            return try await group.reduce(0) { $1 == "one" ? $0 + 1 : $0 }
        }
        #expect(found == 500)
        #expect(cache.counts.refused == 0)
    }

    @Test func loadsNoMoreAtOnceThanItMay() async throws {
        let gate = Gate()
        var settings = CacheSettings()
        settings.loads = 2
        let cache = LayeredCache<String>(.text, settings: settings)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<2 {
                group.addTask {
                    try await cache.value(for: CacheKey(name: "\(number)", group: "g", section: "s")) {
                        await gate.wait()
                        return "one"
                    }
                }
            }
            #expect(await eventually { cache.counts.loads == 2 })
            await #expect(throws: CacheFault.tooManyLoads) {
                try await cache.value(for: CacheKey(name: "2", group: "g", section: "s")) { "two" }
            }
            gate.open()
            for try await value in group { #expect(value == "one") }
        }
    }

    /// A source that hangs is no reason to refuse what memory has, however many wait for it already.
    @Test(
        arguments: [
            (CacheFault.tooManyLoads, 2, 1000), (.tooManyLoadsOfSource, 1000, 2),
        ] as [(CacheFault, Int, Int)]
    ) func givesWhatItHasWhereNoMoreMayBeLoaded(fault: CacheFault, loads: Int, ofSource: Int) async throws {
        let gate = Gate()
        var settings = CacheSettings()
        (settings.jitter, settings.sparePatience) = (0, .milliseconds(1))
        settings.staleWhileRevalidating = .seconds(60)
        (settings.loads, settings.loadsOfSource) = (loads, ofSource)
        let time = Mutex(MonotonicInstant.zero)
        let cache = LayeredCache<String>(.text, settings: settings) { time.withLock { $0 } }
        let ask = { @Sendable (name: String) async throws -> String? in
            try await cache.value(
                for: CacheKey(name: name, group: "g", section: "s"),
                from: CacheSource("192.0.2.1")
            ) {
                await gate.wait()
                return name
            }
        }
        gate.open()
        for number in 0..<5 { _ = try await ask("\(number)") }
        gate.close()
        // The first three have become old, then two of them hang.
        time.withLock { $0 = $0 + settings.lifetime + .seconds(3600) }
        for number in 0..<3 { #expect(try await ask("\(number)") == "\(number)") }
        await #expect(throws: fault) { try await ask("new") }
        // Those that may be given while they are loaded are given, too.
        gate.open()
        #expect(await eventually { (try? await ask("new")) == "new" })
        gate.close()
        time.withLock { $0 = $0 + settings.lifetime + .seconds(1) }
        for _ in 0..<2 { for number in 0..<2 { #expect(try await ask("\(number)") == "\(number)") } }
        #expect(try await ask("new") == "new")
        gate.open()
    }

    /// One address does not take all there is.
    @Test func loadsNoMoreAtOnceForASourceThanItMay() async throws {
        let gate = Gate()
        var settings = CacheSettings()
        settings.loadsOfSource = 2
        let cache = LayeredCache<String>(.text, settings: settings)
        let ask = { @Sendable (name: String, source: String) async throws -> String? in
            try await cache.value(for: CacheKey(name: name, group: "g", section: "s"), from: CacheSource(source)) {
                await gate.wait()
                return "one"
            }
        }
        for round in 0..<2 {
            try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<2 { group.addTask { try await ask("\(round) \(number)", "192.0.2.1") } }
                #expect(await eventually { cache.counts.loads == 3 * round + 2 })
                await #expect(throws: CacheFault.tooManyLoadsOfSource) { try await ask("\(round) 2", "192.0.2.1") }
                // What is being loaded is waited for, and others are not concerned.
                group.addTask { try await ask("\(round) 0", "192.0.2.1") }
                group.addTask { try await ask("\(round) 3", "192.0.2.2") }
                #expect(await eventually { cache.counts.loads == 3 * round + 3 && cache.counts.joined == round + 1 })
                gate.open()
                for try await value in group { #expect(value == "one") }
            }
            gate.close()
        }
    }
}

/// Holds whoever comes until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

extension CacheCodec<String> {
    /// Texts, which are forgotten with a tag of their own.
    static var text: CacheCodec<String> {
        CacheCodec(
            encode: { Array($0.utf8) },
            decode: { String(decoding: $0, as: UTF8.self) },
            encodeShared: { Array("shared \($0)".utf8) },
            decodeShared: { $0.starts(with: "shared ".utf8) ? String(decoding: $0.dropFirst(7), as: UTF8.self) : nil },
            tags: { $0 == "tagged" ? ["tag of it"] : [] },
            cost: { $0.utf8.count }
        )
    }
}
