import Base
import DNSMessage

/// All zones, and what they answer.
public struct ZoneSet: Sendable {
    /// One record of an answer.
    struct Row: Hashable, Sendable {
        var name: DomainName
        var data: RecordData
        var ttl: UInt32
        /// For how much of the asker's address it is good; 0 for everybody.
        var scope: Int
    }

    /// What there is to say about a name.
    enum Outcome: Sendable {
        /// Records of the type.
        case rows([Row])
        /// The name exists, and has none of the type.
        case noData(Zone)
        /// The name does not exist.
        case noName(Zone)
        /// It is in no zone of ours.
        case notOurs
    }

    /// The first priority of SRV records, and how far the next ones are behind.
    static let priorityStep: UInt16 = 10
    /// How many names a chain of aliases may have.
    private static let maximumAliases = 8

    /// The zones.
    public let zones: [Zone]
    let dataCenters: [DataCenter]
    /// By how many percent the time varies for which answers may be remembered, so that not everybody comes again at
    /// the same moment.
    var ttlSpread: Int

    init(zones: [Zone], dataCenters: [DataCenter], ttlSpread: Int) {
        (self.zones, self.dataCenters, self.ttlSpread) = (zones, dataCenters, ttlSpread)
    }

    /// The zone that a name is in: the one with the longest name.
    func index(of name: DomainName) -> Int? {
        zones.indices.filter { name.isEqualOrBelow(zones[$0].name) }.max {
            zones[$0].name.wire.count < zones[$1].name.wire.count
        }
    }

    /// What there is to say about a name.
    ///
    /// - Parameters:
    ///   - type: The type of records that are wanted, or any.
    ///   - followsAliases: Whether an alias stands for what is asked for; PowerDNS follows them itself.
    ///   - chance: A random number.
    ///   - decide: Asked only when the answer depends on who asks.
    func answer(
        _ name: DomainName,
        _ type: RecordType,
        followsAliases: Bool = true,
        chance: UInt64,
        decide: () -> SteeringDecision
    ) -> Outcome {
        guard let index = index(of: name) else { return .notOurs }
        let zone = zones[index]
        var rows = fixedRows(zone, name, type)
        if followsAliases, rows.isEmpty, let alias = fixedRows(zone, name, .cname).first {
            rows = chain(zone, alias, type)
        }
        if let steered = zone.steered[name] {
            rows += steeredRows(name, steered, type, chance: chance, decision: decide())
        }
        if !rows.isEmpty { return .rows(rows) }
        return zone.exists(name) ? .noData(zone) : .noName(zone)
    }

    func fixedRows(_ zone: Zone, _ name: DomainName, _ type: RecordType) -> [Row] {
        var rows: [Row] = []
        if name == zone.name {
            if type == .soa || type == .any {
                rows.append(Row(name: name, data: .soa(zone.authority), ttl: zone.ttl, scope: 0))
            }
            if type == .ns || type == .any {
                rows += zone.nameServers.map { Row(name: name, data: .ns($0), ttl: zone.ttl, scope: 0) }
            }
        }
        for record in zone.fixed[name] ?? [] where type == .any || record.data.type == type {
            rows.append(Row(name: name, data: record.data, ttl: record.ttl, scope: 0))
        }
        return rows
    }

    /// An alias, and what it leads to in the same zone.
    private func chain(_ zone: Zone, _ alias: Row, _ type: RecordType) -> [Row] {
        var rows = [alias]
        while rows.count < Self.maximumAliases, case .cname(let target)? = rows.last?.data {
            let found = fixedRows(zone, target, type)
            guard found.isEmpty else { return rows + found }
            guard let next = fixedRows(zone, target, .cname).first else { return rows }
            rows.append(next)
        }
        return rows
    }

    // MARK: - What depends on who asks

    func steeredRows(
        _ name: DomainName,
        _ steered: Zone.SteeredName,
        _ type: RecordType,
        chance: UInt64,
        decision: SteeringDecision
    ) -> [Row] {
        let scope = max(decision.scope, 1)
        switch steered {
        case .service(let service):
            let ttl = varied(service.ttl, chance)
            var order = decision.order
            if let explored = decision.explored { order = [explored] + order.filter { $0 != explored } }
            let data = addresses(order, type, isLastResort: decision.isLastResort) + ways(service, type)
            return data.map { Row(name: name, data: $0, ttl: ttl, scope: scope) }
        case .location(let service, let transport):
            guard type == .srv || type == .any else { return [] }
            let ttl = varied(service.ttl, chance)
            return locations(service, transport, decision).map {
                Row(name: name, data: .srv($0), ttl: ttl, scope: scope)
            }
        }
    }

    /// The addresses of the best data center that has some of the family; of all when none can be preferred.
    ///
    /// A family that no usable data center has is left out: phones with both would prefer the address of a dead one.
    private func addresses(_ order: [Int], _ type: RecordType, isLastResort: Bool) -> [RecordData] {
        [(RecordType.a, IPAddress.Family.v4), (.aaaa, .v6)].flatMap { wanted, family -> [RecordData] in
            guard type == wanted || type == .any else { return [] }
            let found = order.map { center in dataCenters[center].addresses.filter { $0.family == family } }
                .filter { !$0.isEmpty }
            let chosen = isLastResort ? found.flatMap { $0 } : found.first ?? []
            return chosen.map { .address($0) }
        }
    }

    private func ways(_ service: Zone.Service, _ type: RecordType) -> [RecordData] {
        guard type == .naptr || type == .any else { return [] }
        return service.transports.enumerated().compactMap { place, transport in
            guard let target = Zone.location(of: service, transport) else { return nil }
            return .naptr(
                NamingAuthority(
                    order: UInt16(clamping: 10 * (place + 1)),
                    preference: 10,
                    flags: "s",
                    services: transport.service,
                    replacement: target
                )
            )
        }
    }

    /// The best data center first, the others behind it, so that phones have where to go before they ask again
    /// (RFC 3263 §4.3).
    private func locations(
        _ service: Zone.Service,
        _ transport: ServiceTransport,
        _ decision: SteeringDecision
    ) -> [ServiceLocation] {
        guard let index = index(of: service.name) else { return [] }
        let zone = zones[index].name
        return decision.order.enumerated().compactMap { place, center in
            guard let target = DomainName(dataCenters[center].name)?.appending(zone) else { return nil }
            let isTried = center == decision.candidate && decision.candidateWeight > 0
            let isBest = place == 0 && decision.candidate != nil && decision.candidateWeight > 0
            return ServiceLocation(
                priority: isTried ? Self.priorityStep : UInt16(clamping: place + 1) * Self.priorityStep,
                weight: UInt16(
                    clamping: isTried ? decision.candidateWeight : isBest ? 100 - decision.candidateWeight : 100
                ),
                port: service.port(transport),
                target: target
            )
        }
    }

    private func varied(_ ttl: UInt32, _ chance: UInt64) -> UInt32 {
        guard ttlSpread > 0 else { return ttl }
        let part = Int((chance >> 32) % UInt64(2 * ttlSpread + 1)) - ttlSpread
        return UInt32(clamping: max(1, Int(ttl) + Int(ttl) * part / 100))
    }
}

extension ZoneSet {
    /// All that a zone says, as those hear it who copy it (RFC 5936).
    func allRows(of zone: Zone, _ decision: SteeringDecision) -> [Row] {
        zone.names.flatMap { name -> [Row] in
            let fixed = fixedRows(zone, name, .any)
            guard let steered = zone.steered[name] else { return fixed }
            return fixed + steeredRows(name, steered, .any, chance: 0, decision: decision)
        }
    }
}
