import Base
public import Cache
public import Database
public import Logging
import XMLConfig

/// How documents are kept, as a configuration says.
public struct KeepingSettings: Hashable, Sendable {
    /// Whether they are kept at all (`cache`).
    public var isOn = true
    /// For how long, and how many.
    public var cache = CacheSettings()
    /// The memcached servers; none for none (`memcache-servers`).
    public var servers: [ServerAddress] = []
    /// What they are shown (`memcache-user`, `memcache-password`); `nil` where they take everybody.
    public var credentials: MemcachedCredentials?
    /// The language that they are spoken to in (`memcache-protocol`).
    public var wire = WireProtocol.text
    /// How keys are spread over them (`memcache-distribution`).
    public var distribution = ServerRing.Distribution.ketama
    /// Under which names (`memcache-names`).
    public var names = RemoteLevel.Names.own
    /// What our own names begin with (`memcache-prefix`).
    public var prefix = "tandem:"
    /// For how many seconds after something was forgotten the database may give what was true before
    /// (`cache-settle-seconds`); `nil` for ``usualSettling`` where there are several nodes of it.
    public var settling: Int?
    /// Whether other nodes are told through the database what is to be forgotten, and heard (`cache-share-deletes`).
    public var sharesDeletes = true
    /// How long servers may take.
    public var limits = MemcachedLimits()

    /// What is usual: in memory alone.
    public init() {}

    /// Reads the parameters.
    init(_ reader: inout ConfigurationReader) {
        isOn = reader.boolean("cache", default: true)
        let seconds = [
            ("cache-seconds", \CacheSettings.lifetime), ("cache-memory-seconds", \.memoryLifetime),
            ("cache-negative-seconds", \.negativeLifetime), ("cache-refresh-seconds", \.staleWhileRevalidating),
            ("cache-stale-seconds", \.staleOnError),
        ]
        for (name, path) in seconds {
            let usual = Int(cache[keyPath: path] / .seconds(1))
            cache[keyPath: path] = .seconds(reader.integer(name, in: 0...Self.longest, default: usual))
        }
        settling = reader.integer("cache-settle-seconds", in: 0...3600)
        sharesDeletes = reader.boolean("cache-share-deletes", default: sharesDeletes)
        cache.entries = reader.integer("cache-documents", in: 1...10_000_000, default: cache.entries)
        cache.bytes = reader.integer("cache-megabytes", in: 1...100_000, default: cache.bytes >> 20) << 20
        let unknown = [
            ("unknown-users", \CacheSettings.unknownBurst, \CacheSettings.unknownPerSecond),
            ("unknown-called", \.unknownCalledBurst, \.unknownCalledPerSecond),
            ("unknown-total", \.unknownTotalBurst, \.unknownTotalPerSecond),
        ]
        for (name, burst, rate) in unknown {
            cache[keyPath: burst] =
                reader.integer(name, in: CacheSettings.unknownBursts, default: cache[keyPath: burst])
            cache[keyPath: rate] =
                reader.integer("\(name)-per-second", in: CacheSettings.unknownRates, default: cache[keyPath: rate])
        }
        servers = reader.value("memcache-servers", expecting: "host,host:port", ServerAddress.list) ?? []
        let (user, password) = (reader.nonEmptyString("memcache-user"), reader.nonEmptyString("memcache-password"))
        credentials = MemcachedCredentials(user: user ?? "", password: password ?? "")
        if user != nil || password != nil, credentials == nil {
            reader.report(.error, at: nil, MemcachedCredentials.expected)
        }
        wire = reader.choice("memcache-protocol", of: WireProtocol.named, default: wire)
        distribution = reader.choice("memcache-distribution", of: ServerRing.Distribution.named, default: distribution)
        names = reader.choice("memcache-names", of: Self.names, default: names)
        prefix = reader.value("memcache-prefix", expecting: Self.expectedPrefix, Self.prefix(in:)) ?? prefix
    }

    /// What nodes of a balancer may be behind, and a little more.
    static let usualSettling = 5

    /// The same, for a database that is one or several.
    public func settled(isBalanced: Bool) -> KeepingSettings {
        var settings = self
        settings.cache.settling = .seconds(settling ?? (isBalanced ? Self.usualSettling : 0))
        return settings
    }

    /// Thirty days, from which on servers count in another way.
    private static let longest = 30 * 24 * 3600
    private static let expectedPrefix = "at most 40 letters, digits and signs, without spaces"

    /// What settings call the names.
    public static let names: [String: RemoteLevel.Names] = ["own": .own, "fusionpbx": .shared]

    /// What our own names may begin with; `nil` for what they may not.
    public static func prefix(in text: String) -> String? {
        text.utf8.count <= 40 && MemcachedCommand.isKey(text) ? text : nil
    }

    /// A client of the servers; `nil` when there are none.
    ///
    /// - Parameter logger: Where it is told that a server is left alone, and that it is asked again.
    public func makeClient(_ logger: Logger) -> MemcachedClient? {
        guard isOn, !servers.isEmpty else { return nil }
        let client = MemcachedClient(
            servers,
            distribution,
            limits: limits,
            wire: wire,
            credentials: credentials
        ) { change in
            logger.log(level: change.fault == nil ? .notice : .error, "\(change)")
        }
        client.warm()
        return client
    }

    /// The table by which other nodes are told what is to be forgotten; `nil` where nothing is kept, or they are not told.
    ///
    /// - Parameters:
    ///   - database: Where the table is.
    ///   - logger: Where it is told that the table cannot be used, and that it can again.
    public func makeDeleteTable(in database: any DataSource, _ logger: Logger) -> DeleteTable? {
        isOn && sharesDeletes ? DeleteTable(database, logger) : nil
    }

    /// Documents that are kept as is said.
    public func source(
        _ handler: XMLHandler,
        in client: MemcachedClient?,
        sharing deletes: DeleteTable? = nil,
        tell: @escaping @Sendable ([RowFault]) -> Void
    ) -> DocumentSource {
        let remote = client.map { client in
            RemoteLevel(
                client,
                names: names,
                prefix: prefix,
                randomWord: {
                    var generator = SystemRandomNumberGenerator()
                    return RandomToken.hex(bytes: 8, using: &generator)
                },
                wall: { MachineClock.wall.nanoseconds / 1_000_000_000 }
            )
        }
        return DocumentSource(handler, keeping: isOn ? cache : nil, in: remote, sharing: deletes, tell: tell)
    }
}
