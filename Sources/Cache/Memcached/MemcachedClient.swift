import Base
import Crypto
public import NIOCore
public import NIOPosix

/// Asks memcached servers, none of which can hold up whoever asks for longer than ``MemcachedLimits`` say.
public final class MemcachedClient: Sendable {
    /// How a server is at the moment.
    public struct ServerStatus: Hashable, Sendable {
        /// Where it is.
        public let address: ServerAddress
        /// Whether it is asked.
        public let isThere: Bool
        /// Why it is not; `nil` where it is.
        public let fault: MemcachedFault?
        /// How often it failed.
        public let failures: Int
    }

    private let servers: [MemcachedServer]
    private let ring: ServerRing
    /// A short name of the list of servers and of how keys are spread over them: who has the same finds the same.
    let listName: String

    /// A client of some servers.
    ///
    /// - Parameters:
    ///   - wire: The language that they are spoken to in.
    ///   - credentials: What servers are shown on each new connection; `nil` where they take everybody.
    ///   - group: Loops that the servers are spread over.
    ///   - tell: Is told when a server is left alone, and when it is asked again; on a loop, which it must not hold up.
    public init(
        _ servers: [ServerAddress],
        _ distribution: ServerRing.Distribution,
        limits: MemcachedLimits = MemcachedLimits(),
        wire: WireProtocol = .text,
        credentials: MemcachedCredentials? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        tell: @escaping @Sendable (MemcachedChange) -> Void = { _ in }
    ) {
        self.servers = servers.map { MemcachedServer($0, limits, wire, credentials, on: group.next(), tell: tell) }
        ring = ServerRing(servers, distribution)
        let list = servers.map { "\($0)/\($0.weight)" }.joined(separator: ",") + " " + distribution.rawValue
        listName = Insecure.MD5.hash(data: Array(list.utf8)).prefix(4).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// How many servers there are.
    public var count: Int { servers.count }

    /// How each server is.
    public var status: [ServerStatus] {
        servers.map {
            ServerStatus(address: $0.address, isThere: $0.isThere, fault: $0.fault, failures: $0.failures)
        }
    }

    /// Connects to all of them, without waiting for it.
    public func warm() {
        for server in servers { server.warm() }
    }

    /// Ends the connections.
    public func close() {
        for server in servers { server.close() }
    }

    // MARK: - Items

    /// The items under some keys, as far as they are there, from the server that has another key.
    ///
    /// - Parameter areNumbered: Whether their numbers are wanted, too.
    public func get(
        _ keys: [String],
        routedBy route: String,
        areNumbered: Bool = false
    ) async throws(MemcachedFault) -> [MemcachedItem] {
        let command = areNumbered ? MemcachedCommand.getNumbered(keys) : .get(keys)
        guard case .items(let items) = try await server(of: route).ask(command) else { throw .malformed }
        return items
    }

    /// The item under a key.
    public func get(_ key: String) async throws(MemcachedFault) -> MemcachedItem? {
        try await get([key], routedBy: key).first { $0.key == key }
    }

    /// Stores an item.
    ///
    /// - Parameters:
    ///   - seconds: For how long; 0 for as long as there is room.
    ///   - route: The key whose server gets it, where that is not its own.
    /// - Returns: Whether it was; `add` and `replace` may find that they must not.
    @discardableResult
    public func store(
        _ storing: MemcachedCommand.Storing = .set,
        _ item: MemcachedItem,
        seconds: Int,
        routedBy route: String? = nil
    ) async throws(MemcachedFault) -> Bool {
        let command = MemcachedCommand.store(storing, item, seconds: seconds)
        switch try await outcome(of: command, at: server(of: route ?? item.key)) {
        case .stored: return true
        case .notStored: return false
        case let other: throw .refused(other)
        }
    }

    /// Has an item last for longer, without asking for it.
    ///
    /// - Returns: Whether there is one.
    @discardableResult
    func touch(_ key: String, seconds: Int, routedBy route: String) async throws(MemcachedFault) -> Bool {
        switch try await outcome(of: .touch(key, seconds: seconds), at: server(of: route)) {
        case .touched: return true
        case .notFound: return false
        case let other: throw .refused(other)
        }
    }

    /// Takes an item out; it is taken out later where the server does not answer now.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func delete(_ key: String, routedBy route: String? = nil) async throws(MemcachedFault) -> Bool {
        switch try await outcome(of: .delete(key), at: server(of: route ?? key)) {
        case .deleted: return true
        case .notFound: return false
        case let other: throw .refused(other)
        }
    }

    /// Changes a counter.
    ///
    /// - Returns: What it is then; `nil` where there is none.
    public func count(
        _ key: String,
        up: Bool,
        by step: UInt64
    ) async throws(MemcachedFault) -> UInt64? {
        let server = try server(of: key)
        switch try await server.ask(up ? .increment(key, by: step) : .decrement(key, by: step)) {
        case .number(let number): return number
        case .outcome(.notFound): return nil
        case .outcome(let other): throw .refused(other)
        default: throw .malformed
        }
    }

    // MARK: - Servers

    /// Asks one of the servers, by its place.
    public func ask(_ index: Int, _ command: MemcachedCommand) async throws(MemcachedFault) -> MemcachedReply {
        guard servers.indices.contains(index) else { throw .noServers }
        return try await servers[index].ask(command)
    }

    private func server(of key: String) throws(MemcachedFault) -> MemcachedServer {
        guard let index = ring.server(of: key), servers.indices.contains(index) else { throw .noServers }
        return servers[index]
    }

    private func outcome(
        of command: MemcachedCommand,
        at server: MemcachedServer
    ) async throws(MemcachedFault) -> MemcachedOutcome {
        guard case .outcome(let outcome) = try await server.ask(command) else { throw .malformed }
        return outcome
    }
}
