import Base
import Database
import DatabaseBalancer
import HTTPTransport
import Logging
import NIOPosix
import SwitchCore
import Synchronization
import XMLConfig

/// Finds out who has a number: from a database, from what is kept, from a web server, in this order.
final class CallerNameLookup: Sendable {
    /// How long the database may take for each answer.
    private static let databaseTime = Duration.seconds(5)
    /// Connections to the database, and those to the web server that are kept.
    private static let connections = 4
    /// Bytes of the web server's longest answer.
    private static let answerBytes = 10_240
    /// How many look-ups there may be at the same time; of one more nothing is found.
    static let limit = 500
    /// How many digits of a number count.
    private static let digitLimit = 64

    let configuration: CallerNameConfiguration
    private let softswitch: Switch
    private let logger: Logger
    private let database: OpenDatabase?
    private let url: Template?
    private let nameSQL: Template?
    private let areaSQL: Template?
    private let client: Mutex<HTTPClient>
    private let cache: CallerNameCache?
    private let lookups = Turnstile(limit: CallerNameLookup.limit)
    private let refusals = RefusalTally()
    private let presence = Mutex(Presence())

    /// Who is looking something up, for the end of the connections.
    private struct Presence {
        var inside = 0
        var isRetired = false
        var isClosed = false

        /// Whether the connections are to be ended now, which is so once.
        mutating func closes() -> Bool {
            guard isRetired, inside == 0, !isClosed else { return false }
            isClosed = true
            return true
        }
    }

    /// Look-ups as the configuration says; the database and the web server need not be there yet.
    init(
        _ configuration: CallerNameConfiguration,
        _ softswitch: Switch,
        _ balancers: Balancers,
        logger: Logger
    ) throws {
        (self.configuration, self.softswitch, self.logger) = (configuration, softswitch, logger)
        url = configuration.url.map { Template($0) }
        nameSQL = configuration.nameSQL.map { Template($0) }
        areaSQL = configuration.areaSQL.map { Template($0) }
        cache = configuration.keepsNames ? CallerNameCache(softswitch, seconds: configuration.keepingSeconds) : nil
        client = Mutex(try Self.makeClient(configuration, softswitch))
        if let dsn = configuration.dsn {
            var limits = PoolSettings(connections: Self.connections)
            (limits.deadline, limits.connecting) = (Self.databaseTime, Self.databaseTime)
            // The text is another one for each number.
            limits.preparedStatements = 0
            let name = try DataSourceName(dsn, directory: softswitch.directories.db)
            database = try OpenDatabase(name, limits, balancers: balancers) { [logger] in logger.debug("\($0)") }
        } else {
            database = nil
        }
    }

    /// Where the databases are that are named without a path.
    var databaseDirectory: String { softswitch.directories.db }

    private static func makeClient(_ configuration: CallerNameConfiguration, _ softswitch: Switch) throws -> HTTPClient
    {
        var settings = HTTPClientSettings()
        settings.answerBytes = answerBytes
        settings.idleConnections = connections
        settings.connectTimeout = .milliseconds(configuration.timeout)
        let tls = try ClientTLS.forLookups(of: softswitch, verifies: configuration.verifies)
        return HTTPClient(group: MultiThreadedEventLoopGroup.singleton, tls: tls, settings: settings)
    }

    /// Trusts the authorities whose certificates are there now; what is kept stays, and so does the database.
    func renewAuthorities() throws {
        let new = try Self.makeClient(configuration, softswitch)
        let old = client.withLock { client in
            let old = client
            client = new
            return old
        }
        old.close()
    }

    /// Ends the connections, once the look-ups that have begun are over.
    func retire() async {
        let isIdle = presence.withLock { presence in
            presence.isRetired = true
            return presence.closes()
        }
        if isIdle { await close() }
    }

    private func close() async {
        client.withLock { $0 }.close()
        await database?.close()
    }

    /// Who has a number, as far as anybody knows; what is not known is the area, and that `UNKNOWN`.
    func name(for request: CallerNameRequest, number text: String) async -> CallerName {
        presence.withLock { $0.inside += 1 }
        let name = await find(request, number: text)
        let isLast = presence.withLock { presence in
            presence.inside -= 1
            return presence.closes()
        }
        if isLast { await close() }
        return name
    }

    private func find(_ request: CallerNameRequest, number text: String) async -> CallerName {
        let bytes = text.utf8.filter { $0.decimalDigit != nil }.prefix(Self.digitLimit)
        let digits = String(decoding: bytes, as: UTF8.self)
        var found: (name: String?, area: String?, source: String?) = (nil, nil, nil)
        var isNew = false
        if !digits.isEmpty, enter() {
            defer { lookups.leave() }
            if let name = await answer(of: nameSQL, digits) {
                (found.name, found.source) = (name, "phone_database")
            } else if let kept = await cache?.name(of: digits) {
                found = (kept.name, kept.area, "\(kept.source) (cache)")
            } else if !request.skipsURL, let name = await answer(ofServerFor: digits) {
                (found.name, found.source, isNew) = (name, "url", true)
            }
            if found.area == nil, !request.skipsArea, Self.isNorthAmerican(digits),
                let area = await answer(of: areaSQL, digits)
            {
                found.area = area
                found.source = (found.source.map { $0 + "," } ?? "") + "npanxx_database"
            }
        }
        let area = found.area ?? CallerName.unknown
        let result = CallerName(
            name: found.name ?? (request.skipsArea ? Self.written(digits) : area),
            area: area,
            source: found.source ?? CallerName.unknown
        )
        if isNew { await cache?.keep(result, of: digits) }
        return result
    }

    private func enter() -> Bool {
        if lookups.enter() { return true }
        if let count = refusals.note() {
            logger.error("\(Self.limit) look-ups wait already: \(count) have found nothing so far")
        }
        return false
    }

    private static func isNorthAmerican(_ digits: String) -> Bool { digits.utf8.count == 11 && digits.hasPrefix("1") }

    /// A number as people write it: `555-123-4567`.
    private static func written(_ digits: String) -> String {
        guard isNorthAmerican(digits) else { return digits }
        return "\(digits.dropFirst().prefix(3))-\(digits.dropFirst(4).prefix(3))-\(digits.dropFirst(7))"
    }

    /// A text of the configuration with a number, which is digits alone, in it.
    private func expand(_ template: Template, _ digits: String) async -> String {
        await template.expand(in: StandaloneScope(softswitch, variables: [("caller_id_number", digits)]))
    }

    // MARK: - Whom it asks

    private func answer(of sql: Template?, _ digits: String) async -> String? {
        guard let sql, let database else { return nil }
        let statement = Statement(await expand(sql, digits))
        do throws(DatabaseError) {
            let row = try await database.source.query(statement, within: Self.databaseTime).last
            return row?.values.first?.text.flatMap { CallerName.name(in: $0) }
        } catch {
            logger.error("the database does not say who it is: \(error)")
            return nil
        }
    }

    private func answer(ofServerFor digits: String) async -> String? {
        guard let url else { return nil }
        let began = MonotonicInstant.now
        let (text, userInfo) = HTTPURL.separatingUserInfo(await expand(url, digits))
        guard let target = try? HTTPURL(text) else {
            logger.error("the url with a number in it is none")
            return nil
        }
        let headers = [(name: "User-Agent", value: "freeswitch-cidlookup/1.0"), (name: "Accept", value: "*/*")]
        let request = ClientRequest(.get, target, headers: headers, credentials: userInfo)
        // Without the query, which may hold a key.
        let shown: String = target.origin + target.target.prefix { $0 != "?" }
        let name: String?
        do {
            let client = client.withLock { $0 }
            let answer = try await client.send(request, timeout: .milliseconds(configuration.timeout))
            let isGood = (200..<300).contains(answer.status)
            if !isGood { logger.warning("status \(answer.status) from \(shown)") }
            name = isGood ? CallerName.name(in: String(decoding: answer.body, as: UTF8.self)) : nil
        } catch is CancellationError {
            return nil
        } catch {
            logger.error("\(shown): \(error)")
            return nil
        }
        let time = MonotonicInstant.now - began
        if time >= .milliseconds(configuration.slowness) {
            logger.warning("slow: \(shown) took \(time.wholeMilliseconds) ms")
        }
        return name
    }
}
