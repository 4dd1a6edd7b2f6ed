import Base
import Cache
import Synchronization

/// A cache as one process has it, and how often it loaded.
final class Node: Sendable {
    /// What most tests ask for.
    static let key = CacheKey(name: "s.a", group: "s.a", section: "s", sharedName: "s:a")

    let cache: LayeredCache<String>
    let loads = Counter()

    init(
        _ client: MemcachedClient,
        names: RemoteLevel.Names = .own,
        table: (any ForgetTable)? = nil,
        time: SharedTime = SharedTime(),
        _ change: (inout CacheSettings) -> Void = { _ in }
    ) {
        var settings = CacheSettings()
        settings.sparePatience = .seconds(600)
        settings.logInterval = .milliseconds(5)
        // What is stored beside is waited for by those who ask next.
        settings.lockWait = .seconds(60)
        change(&settings)
        let remote = RemoteLevel(
            client,
            names: names,
            prefix: "t:",
            randomWord: {
                var generator = SystemRandomNumberGenerator()
                return RandomToken.hex(bytes: 8, using: &generator)
            },
            wall: { MachineClock.wall.nanoseconds / 1_000_000_000 + time.seconds }
        )
        cache = LayeredCache(.text, sections: ["s"], settings: settings, remote: remote, table: table) {
            .now + .seconds(time.seconds)
        }
    }

    func ask(_ value: String?, _ key: CacheKey = Node.key) async throws -> String? {
        try await cache.value(for: key) {
            self.loads.add()
            return value
        }
    }

    /// Hears what others forget, for the length of a closure.
    func following(_ work: () async throws -> Void) async throws {
        let follower = Task { await cache.followOthers() }
        defer { follower.cancel() }
        try await work()
    }
}

/// How much later it is than the machine's clocks say.
final class SharedTime: Sendable {
    private let passed = Atomic<Int64>(0)

    var seconds: Int64 { passed.load(ordering: .relaxed) }

    func pass(_ seconds: Int64) { passed.add(seconds, ordering: .relaxed) }
}
