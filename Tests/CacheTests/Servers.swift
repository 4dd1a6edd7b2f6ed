import Cache
import NIOCore
import NIOPosix
import Synchronization
import TandemTesting

/// A client of some servers on loopback, for the length of a closure; they live as long.
func withClient(
    _ servers: [any LoopbackServer],
    limits: MemcachedLimits = MemcachedLimits(),
    wire: WireProtocol = .text,
    credentials: MemcachedCredentials? = nil,
    tell: @escaping @Sendable (MemcachedChange) -> Void = { _ in },
    _ work: (MemcachedClient) async throws -> Void
) async throws {
    let addresses = servers.map { ServerAddress(host: "127.0.0.1", port: Int($0.port)) }
    let client = MemcachedClient(
        addresses,
        .ketama,
        limits: limits,
        wire: wire,
        credentials: credentials,
        group: MultiThreadedEventLoopGroup.singleton,
        tell: tell
    )
    defer {
        client.close()
        withExtendedLifetime(servers) {}
    }
    try await work(client)
}

/// Waits until something is so, as long as a busy machine may take.
func eventually(_ isSo: () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await isSo() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

extension MemcachedLimits {
    /// With time for a machine that is busy with other tests.
    static var patient: MemcachedLimits {
        var limits = MemcachedLimits()
        (limits.connectTime, limits.operationTime) = (.seconds(10), .seconds(10))
        return limits
    }
}

/// Counts, from anywhere.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add() { value.add(1, ordering: .relaxed) }
}
