import Base
import DNSMessage
import HTTPTransport
import NetworkConditions
import XMLConfig

/// Reads the data centers and zones of a configuration.
struct ZoneReader {
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
            let name = node[attribute: "name"] ?? ""
            if let refusal = SiteName.refusal(ofDataCenter: name) {
                wrong(node, refusal)
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
        var (servers, serial, ttl): ([DomainName], UInt32?, UInt32?) = ([], nil, nil)
        var mailbox = full("hostmaster", in: name) ?? name
        for parameter in ParameterList(of: node).parameters {
            let value = parameter.value
            func misread(_ expected: String) {
                wrong(node, "\(parameter.name) of zone \(name) is \"\(value)\", expected \(expected)")
            }
            switch parameter.name {
            case "name-server":
                if let server = full(value, in: name) { servers.append(server) } else { misread("a name") }
            case "mailbox":
                if let found = full(value, in: name) { mailbox = found } else { misread("a name") }
            case "serial":
                serial = UInt32(value)
                if serial == nil { misread("a number") }
            case "ttl":
                ttl = UInt32(value).flatMap { $0 <= UInt32(Int32.max) ? $0 : nil }
                if ttl == nil { misread("seconds") }
            default: wrong(node, "a zone has no parameter \(parameter.name)")
            }
        }
        guard let server = servers.first else {
            wrong(node, "zone \(name) has no name-server")
            return nil
        }
        let authority = StartOfAuthority(server: server, mailbox: mailbox, serial: serial ?? 1)
        var zone = Zone(name: name, authority: authority, nameServers: servers, hasOwnSerial: serial != nil)
        if let ttl { zone.ttl = ttl }
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
        for server in servers where server.isEqualOrBelow(name) && !hasAddress(server, in: zone) {
            diagnostics.append(
                Diagnostic(.warning, at: node.location, "name server \(server) has no address in zone \(name)")
            )
        }
        return zone
    }

    private func hasAddress(_ name: DomainName, in zone: Zone) -> Bool {
        zone.fixed[name]?.contains { $0.data.type == .a || $0.data.type == .aaaa } ?? false
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
        if name.wire.starts(with: [1, UInt8(ascii: "*")]) { wrong(node, "a service cannot be a wildcard") }
        if zone.steered[name] != nil { wrong(node, "there are two services \(name)") }
        let places = ServiceTransport.allCases.compactMap { DomainName($0.labels)?.appending(name) }
        for taken in [name] + places where zone.fixed[taken] != nil {
            wrong(node, "\(taken) has records that are the same for everybody")
        }
        let words = ListSplitter.split(node.nonEmpty(attribute: "transports") ?? "udp,tcp").map(\.trimmingBlanks)
        let transports = words.compactMap { ServiceTransport(rawValue: $0.lowercased()) }
        if transports.count != words.count { wrong(node, "transports are udp, tcp, tls, ws and wss") }
        var service = Zone.Service(name: name, transports: transports, ttl: ttl)
        if let text = node.nonEmpty(attribute: "ttl") {
            if let own = UInt32(text), (1...86_400).contains(own) {
                service.ttl = own
            } else {
                wrong(node, "ttl is \"\(text)\", expected seconds from 1 to 86400")
            }
        }
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
