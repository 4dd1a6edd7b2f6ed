public import Base
public import Cache
import DNSMessage
import DatabaseBalancer
public import XMLConfig

/// The settings of `smart_dns.conf`.
public struct SmartDNSConfiguration: Sendable {
    /// How many zones there may be.
    static let maximumZones = 1000
    /// How many records a zone may have that are the same for everybody.
    static let maximumRecords = 5000

    /// The addresses that are listened on (`listen-ip`); none where PowerDNS is in front.
    public var addresses: [IPAddress] = [.loopbackV4]
    /// The port (`listen-port`); 0 for no listener.
    public var port = 5300
    /// The socket for PowerDNS (`backend-socket`); none when empty.
    public var backendSocket: String?
    /// The group that may use the socket, beside our own user (`backend-group`).
    public var backendGroup: String?
    /// The port of the service for PowerDNS over HTTP, on this machine (`backend-http-port`); 0 for none.
    public var backendPort = 0
    /// Where what is known is kept for a restart (`snapshot`).
    public var snapshot: String?
    /// A file with rows of network conditions that others write (`conditions`).
    public var conditions: String?
    /// The database to which switches write what they see (`conditions-dsn`).
    public var conditionsDSN: String?
    /// The memcached servers that have the same, for when the database is away (`conditions-memcache-servers`).
    public var conditionsServers: [ServerAddress] = []
    /// The database that has zones, data centers and services, too (`zones-dsn`).
    public var zonesDSN: String?
    /// Where what it says is kept for a start without it (`zones-copy`).
    public var zonesCopy: String?
    /// How observations of data centers are signed (`node`).
    public var node: String?
    /// Where keys for DNSSEC are kept that PowerDNS gives us (`keys`).
    public var keys: String?
    /// What the HTTP form's paths begin with for those who may do everything (`backend-http-secret`).
    public var backendSecret: String?
    /// Who may fetch whole zones (`allow-axfr`).
    public var transferNetworks: [IPPrefix] = []
    /// What strangers get over UDP (`rate-limit`, `rate-limit-exempt`).
    var rates = ResponseRates()
    /// What cookies are made with, the first one, and with what they may have been made (`cookie-secret`); none for one
    /// that is made at the start.
    var cookieSecrets: [DNSCookieSecret] = []
    /// How it decides.
    public var policy = SteeringPolicy()
    /// The data centers, the first one the best when nothing is known.
    public var dataCenters: [DataCenter] = []
    /// The zones.
    public var zones: ZoneSet

    /// Reads `smart_dns.conf`.
    ///
    /// - Parameter rows: What tables say beside it; `nil` where they were not read: then it need not be whole by itself.
    /// - Throws: What is wrong with it, with file and line, or with the row.
    public init(
        xml: XMLNode,
        rows: ZoneRows? = nil,
        diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        let listen = Self.list(&reader, "listen-ip", expecting: "an IP address") { IPAddress($0) }
        if !listen.isEmpty { addresses = listen }
        port = reader.integer("listen-port", in: 0...65_535, default: port)
        backendSocket = reader.nonEmptyString("backend-socket")
        backendGroup = reader.nonEmptyString("backend-group")
        backendPort = reader.integer("backend-http-port", in: 0...65_535, default: 0)
        snapshot = reader.nonEmptyString("snapshot")
        conditions = reader.nonEmptyString("conditions")
        conditionsDSN = reader.dataSource("conditions-dsn")
        zonesDSN = reader.dataSource("zones-dsn")
        zonesCopy = reader.nonEmptyString("zones-copy")
        conditionsServers =
            reader.value("conditions-memcache-servers", expecting: "host,host:port") { text in
                text.isEmpty ? [] : ServerAddress.list(text)
            } ?? []
        node = reader.nonEmptyString("node")
        keys = reader.nonEmptyString("keys")
        backendSecret = reader.nonEmptyString("backend-http-secret")
        transferNetworks = Self.list(&reader, "allow-axfr", expecting: "a network") { IPPrefix($0) }
        rates.perSecond = reader.integer("rate-limit", in: 0...1_000_000, default: rates.perSecond)
        rates.exempt = Self.list(&reader, "rate-limit-exempt", expecting: "a network") { IPPrefix($0) }
        cookieSecrets = Self.list(&reader, "cookie-secret", expecting: "32 hexadecimal digits", isSecret: true) {
            Hexadecimal.bytes($0, count: 16).flatMap { DNSCookieSecret($0) }
        }
        policy.explorationShare = reader.integer("exploration-percent", in: 0...50, default: policy.explorationShare)
        policy.explorationsPerMinute = reader.integer(
            "explorations-per-minute",
            in: 0...1_000_000,
            default: policy.explorationsPerMinute
        )
        policy.dwell = .seconds(reader.integer("dwell", in: 0...86_400, default: 60))
        policy.callSeconds = Double(reader.integer("call-seconds", in: 5...3600, default: 180))
        let ttl = UInt32(clamping: reader.integer("ttl", in: 1...86_400, default: 30))
        let spread = reader.integer("ttl-spread", in: 0...90, default: 20)
        var found = try reader.finish()
        let whole = rows?.added(to: xml, &found) ?? xml
        var sections = ZoneReader(ttl: ttl)
        dataCenters = sections.dataCenters(whole)
        let zones = sections.zones(whole, dataCenters)
        self.zones = ZoneSet(zones: zones, dataCenters: dataCenters, ttlSpread: spread)
        found += sections.diagnostics
        if zonesDSN == nil || rows != nil {
            if dataCenters.isEmpty { found.append(Diagnostic(.error, at: xml.location, "there is no data center")) }
            if zones.isEmpty { found.append(Diagnostic(.error, at: xml.location, "there is no zone")) }
        }
        if backendPort > 0, backendSecret == nil {
            found.append(
                Diagnostic(
                    .warning,
                    at: xml.location,
                    "backend-http-port without backend-http-secret: keys of zones and commands are refused there"
                )
            )
        }
        if let socket = backendSocket, socket.utf8.count > LocalSocket.longestPath {
            found.append(
                Diagnostic(.error, at: xml.location, "backend-socket is longer than \(LocalSocket.longestPath) bytes")
            )
        }
        guard !found.contains(where: { $0.severity == .error }) else { throw ConfigurationError(found) }
        diagnostics += found
    }

    /// How long the path of a socket may be (`sun_path`).
    private static let longestSocket = 107

    /// The values of a parameter that may be repeated.
    private static func list<Value>(
        _ reader: inout ConfigurationReader,
        _ name: String,
        expecting expected: String,
        isSecret: Bool = false,
        _ convert: (String) -> Value?
    ) -> [Value] {
        reader.all(name).compactMap { parameter in
            if let value = convert(parameter.value) { return value }
            let written = isSecret ? "\(name) is wrong" : "\(name) is \"\(parameter.value)\""
            reader.report(.error, at: parameter.location, "\(written), expected \(expected)")
            return nil
        }
    }
}
