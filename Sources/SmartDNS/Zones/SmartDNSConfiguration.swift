public import Base
public import Cache
import DNSMessage
import DatabaseBalancer
import HTTPTransport
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
    /// How observations of data centers are signed (`node`).
    public var node: String?
    /// Where keys for DNSSEC are kept that PowerDNS gives us (`keys`).
    public var keys: String?
    /// Who may fetch whole zones (`allow-axfr`).
    public var transferNetworks: [IPPrefix] = []
    /// How many answers a network gets in a second (`rate-limit`); 0 for as many as it asks for.
    public var rateLimit = 100
    /// How it decides.
    public var policy = SteeringPolicy()
    /// The data centers, the first one the best when nothing is known.
    public var dataCenters: [DataCenter] = []
    /// The zones.
    public var zones: ZoneSet

    /// Reads `smart_dns.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    public init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        let listen = reader.all("listen-ip").compactMap { IPAddress($0.value) }
        if !listen.isEmpty { addresses = listen }
        port = reader.integer("listen-port", in: 0...65_535, default: port)
        backendSocket = reader.string("backend-socket").flatMap { $0.isEmpty ? nil : $0 }
        backendGroup = reader.string("backend-group").flatMap { $0.isEmpty ? nil : $0 }
        backendPort = reader.integer("backend-http-port", in: 0...65_535, default: 0)
        snapshot = reader.string("snapshot").flatMap { $0.isEmpty ? nil : $0 }
        conditions = reader.string("conditions").flatMap { $0.isEmpty ? nil : $0 }
        conditionsDSN = reader.value("conditions-dsn", expecting: "a data source name") { text in
            text.isEmpty || (try? DataSourceName(text, directory: "")) != nil ? text : nil
        }.flatMap { $0.isEmpty ? nil : $0 }
        conditionsServers =
            reader.value("conditions-memcache-servers", expecting: "host,host:port") { text in
                text.isEmpty ? [] : ServerAddress.list(text)
            } ?? []
        node = reader.nonEmptyString("node")
        keys = reader.string("keys").flatMap { $0.isEmpty ? nil : $0 }
        transferNetworks = reader.all("allow-axfr").compactMap { IPPrefix($0.value) }
        rateLimit = reader.integer("rate-limit", in: 0...1_000_000, default: rateLimit)
        policy.explorationShare = reader.integer("exploration-percent", in: 0...50, default: policy.explorationShare)
        policy.explorationsPerMinute = reader.integer(
            "explorations-per-minute",
            in: 0...1_000_000,
            default: policy.explorationsPerMinute
        )
        policy.dwell = .seconds(reader.integer("dwell", in: 0...86_400, default: 60))
        let ttl = UInt32(clamping: reader.integer("ttl", in: 1...86_400, default: 30))
        let spread = reader.integer("ttl-spread", in: 0...90, default: 20)
        var found = try reader.finish()
        var sections = ZoneReader(ttl: ttl)
        dataCenters = sections.dataCenters(xml)
        let zones = sections.zones(xml, dataCenters)
        self.zones = ZoneSet(zones: zones, dataCenters: dataCenters, ttlSpread: spread)
        found += sections.diagnostics
        if dataCenters.isEmpty { found.append(Diagnostic(.error, at: xml.location, "there is no data center")) }
        if zones.isEmpty { found.append(Diagnostic(.error, at: xml.location, "there is no zone")) }
        if let socket = backendSocket, socket.utf8.count > Self.longestSocket {
            found.append(
                Diagnostic(.error, at: xml.location, "backend-socket is longer than \(Self.longestSocket) bytes")
            )
        }
        guard !found.contains(where: { $0.severity == .error }) else { throw ConfigurationError(found) }
        diagnostics += found
    }

    /// How long the path of a socket may be (`sun_path`).
    private static let longestSocket = 107
}

/// Reads the data centers and zones of a configuration.
private struct ZoneReader {
    let ttl: UInt32
    var diagnostics: [Diagnostic] = []

    init(ttl: UInt32) {
        self.ttl = ttl
    }

    private mutating func wrong(_ node: XMLNode, _ message: String) {
        diagnostics.append(Diagnostic(.error, at: node.location, message))
    }

    mutating func dataCenters(_ xml: XMLNode) -> [DataCenter] {
        var centers: [DataCenter] = []
        for node in xml.first("data-centers")?.children(named: "data-center").map({ $0 }) ?? [] {
            guard let name = node.nonEmpty(attribute: "name"), DomainName(name)?.labelCount == 1 else {
                wrong(node, "a data center needs a name of one label")
                continue
            }
            guard centers.count < Steering.maximumDataCenters else {
                wrong(node, "there are more than \(Steering.maximumDataCenters) data centers")
                break
            }
            var center = DataCenter(name: name)
            for parameter in ParameterList(of: node).parameters {
                switch parameter.name {
                case "address":
                    guard let address = IPAddress(parameter.value) else {
                        wrong(node, "address is \"\(parameter.value)\", expected an IP address")
                        continue
                    }
                    center.addresses.append(address)
                case "probe":
                    guard let url = try? HTTPURL(parameter.value), !url.isEncrypted else {
                        wrong(node, "probe is \"\(parameter.value)\", expected http://address:port/readyz")
                        continue
                    }
                    center.probe = url
                case "draining": center.isDraining = parameter.value.isTrueSetting
                default: wrong(node, "a data center has no parameter \(parameter.name)")
                }
            }
            if center.addresses.isEmpty { wrong(node, "data center \(name) has no address") }
            if centers.contains(where: { $0.name.equalsIgnoringASCIICase(name) }) {
                wrong(node, "there are two data centers \(name)")
            } else {
                centers.append(center)
            }
        }
        return centers
    }

    mutating func zones(_ xml: XMLNode, _ centers: [DataCenter]) -> [Zone] {
        var zones: [Zone] = []
        for node in xml.first("zones")?.children(named: "zone").map({ $0 }) ?? [] {
            guard zones.count < SmartDNSConfiguration.maximumZones else {
                wrong(node, "there are more than \(SmartDNSConfiguration.maximumZones) zones")
                break
            }
            guard let zone = zone(node, centers) else { continue }
            if zones.contains(where: { $0.name == zone.name }) { wrong(node, "there are two zones \(zone.name)") }
            zones.append(zone)
        }
        return zones
    }

    private mutating func zone(_ node: XMLNode, _ centers: [DataCenter]) -> Zone? {
        guard let name = node.nonEmpty(attribute: "name").flatMap({ DomainName($0) }), name != .root else {
            wrong(node, "a zone needs a name")
            return nil
        }
        let parameters = ParameterList(of: node)
        let servers = parameters.all("name-server").compactMap { full($0.value, in: name) }
        guard let server = servers.first else {
            wrong(node, "zone \(name) has no name-server")
            return nil
        }
        let mailbox = parameters["mailbox"].flatMap { full($0, in: name) } ?? full("hostmaster", in: name) ?? name
        let serial = parameters["serial"].flatMap { UInt32($0) } ?? 1
        let authority = StartOfAuthority(server: server, mailbox: mailbox, serial: serial)
        var zone = Zone(name: name, authority: authority, nameServers: servers)
        for center in centers {
            guard let host = full(center.name, in: name) else { continue }
            for address in center.addresses { zone.add(host, .address(address), ttl: zone.ttl) }
        }
        let records = node.children(named: "record")
        for record in records.prefix(SmartDNSConfiguration.maximumRecords) { add(record, to: &zone) }
        for record in records.dropFirst(SmartDNSConfiguration.maximumRecords).prefix(1) {
            wrong(
                record,
                "from here on records of \(name) are left out: \(SmartDNSConfiguration.maximumRecords) are allowed"
            )
        }
        for service in node.children(named: "service") { add(service: service, to: &zone) }
        return zone
    }

    /// A name of a zone: with a dot at its end it is whole, `@` is the zone itself.
    private func full(_ text: String, in zone: DomainName) -> DomainName? {
        if text == "@" { return zone }
        guard let name = DomainName(text) else { return nil }
        return text.hasSuffix(".") ? name : name.appending(zone)
    }

    private mutating func add(_ node: XMLNode, to zone: inout Zone) {
        guard let name = node.nonEmpty(attribute: "name").flatMap({ full($0, in: zone.name) }),
            name.isEqualOrBelow(zone.name)
        else {
            wrong(node, "a record needs a name inside of its zone")
            return
        }
        let content = node[attribute: "content"] ?? ""
        let type = node[attribute: "type"]?.uppercased() ?? ""
        let data: RecordData? =
            switch type {
            case "A": IPAddress(content).flatMap { $0.family == .v4 ? .address($0) : nil }
            case "AAAA": IPAddress(content).flatMap { $0.family == .v6 ? .address($0) : nil }
            case "CNAME": full(content, in: zone.name).map { .cname($0) }
            case "NS": full(content, in: zone.name).map { .ns($0) }
            case "PTR": full(content, in: zone.name).map { .ptr($0) }
            case "TXT": content.utf8.count <= 255 ? .txt([Array(content.utf8)]) : nil
            default: nil
            }
        guard let data else {
            wrong(node, "a record of type \"\(type)\" cannot be \"\(content)\"")
            return
        }
        if let reason = refusal(of: data, at: name, in: zone) {
            wrong(node, reason)
            return
        }
        let given = node.nonEmpty(attribute: "ttl")
        if let given, UInt32(given) == nil { wrong(node, "ttl is \"\(given)\", expected seconds") }
        let ttl = given.flatMap { UInt32($0) } ?? zone.ttl
        zone.add(name, data, ttl: min(ttl, UInt32(Int32.max)))
    }

    /// Why a record cannot be where it is; resolvers and PowerDNS would disagree about what it says.
    private func refusal(of data: RecordData, at name: DomainName, in zone: Zone) -> String? {
        let others = zone.fixed[name] ?? []
        switch data {
        case .ns where name != zone.name: return "\(name) cannot have NS records: nothing below a zone is delegated"
        case .cname where name == zone.name: return "\(name) is a zone, and cannot be an alias (RFC 1034 §3.6.2)"
        case .cname where !others.isEmpty:
            return "\(name) has other records, and cannot be an alias too (RFC 1034 §3.6.2)"
        case _ where others.contains { $0.data.type == .cname }:
            return "\(name) is an alias, and cannot have other records (RFC 1034 §3.6.2)"
        default: return nil
        }
    }

    private mutating func add(service node: XMLNode, to zone: inout Zone) {
        guard let name = node.nonEmpty(attribute: "name").flatMap({ full($0, in: zone.name) }),
            name.isEqualOrBelow(zone.name)
        else {
            wrong(node, "a service needs a name inside of its zone")
            return
        }
        if zone.fixed[name] != nil { wrong(node, "\(name) has records that are the same for everybody") }
        let words = ListSplitter.split(node.nonEmpty(attribute: "transports") ?? "udp,tcp").map(\.trimmingBlanks)
        let transports = words.compactMap { ServiceTransport(rawValue: $0.lowercased()) }
        if transports.count != words.count { wrong(node, "transports are udp, tcp, tls, ws and wss") }
        var service = Zone.Service(name: name, transports: transports, ttl: ttl)
        if let own = node[attribute: "ttl"].flatMap({ UInt32($0) }) { service.ttl = max(1, min(own, 86_400)) }
        for transport in ServiceTransport.allCases {
            guard let text = node.nonEmpty(attribute: "port-\(transport.rawValue)") else { continue }
            guard let port = UInt16(text), port > 0 else {
                wrong(node, "port-\(transport.rawValue) is \"\(text)\", expected a port")
                continue
            }
            service.ports[transport] = port
        }
        zone.add(service)
    }
}
