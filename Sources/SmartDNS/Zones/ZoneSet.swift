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

    private let suffixes: ZoneIndex
    private let ofNumber: [Int: Int]
    /// The serial number of zones without one of their own.
    let serial = ZoneSerial()

    init(zones: [Zone], dataCenters: [DataCenter], ttlSpread: Int) {
        suffixes = ZoneIndex(zones.map(\.name))
        var sealed = zones
        for (place, number) in suffixes.numbers.enumerated() {
            sealed[place].seal()
            sealed[place].id = number
        }
        ofNumber = Dictionary(sealed.enumerated().map { ($1.id, $0) }) { first, _ in first }
        (self.zones, self.dataCenters, self.ttlSpread) = (sealed, dataCenters, ttlSpread)
    }

    /// The zone that a name is in: the one with the longest name.
    func index(of name: DomainName) -> Int? { suffixes.zone(of: name) }

    /// The zone of that very name.
    func index(named name: DomainName) -> Int? {
        suffixes.zone(of: name).flatMap { zones[$0].name == name ? $0 : nil }
    }

    /// The zone with a number of PowerDNS's.
    func index(numbered number: Int) -> Int? { ofNumber[number] }

    /// Goes on with the serial numbers of what was in force before, which is newer where it says something else.
    func adoptSerials(of before: ZoneSet, at time: UInt32) {
        serial.set(before.serial.value)
        func contents(_ set: ZoneSet) -> [[Row]] {
            let all = SteeringDecision(order: Array(set.dataCenters.indices), scope: 1, isLastResort: true)
            return set.zones.map { set.allRows(of: $0, all).filter { $0.data.type != .soa } }
        }
        if contents(self) != contents(before) { serial.advance(to: time) }
    }

    /// The beginning of a zone as it is now.
    func authority(of zone: Zone) -> StartOfAuthority {
        guard !zone.hasOwnSerial else { return zone.authority }
        var authority = zone.authority
        authority.serial = serial.value
        return authority
    }

    /// How a decision is asked for: whether the answer can send somebody where more should be known.
    typealias Decide = (_ explores: Bool) -> SteeringDecision

    /// What there is to say about a name.
    ///
    /// - Parameters:
    ///   - type: The type of records that are wanted, or any.
    ///   - isWhole: Whether aliases and wildcards stand for what is asked for; PowerDNS sees to that itself.
    ///   - chance: A random number.
    ///   - decide: Asked only when the answer depends on who asks.
    func answer(
        _ name: DomainName,
        _ type: RecordType,
        isWhole: Bool = true,
        chance: UInt64,
        decide: Decide
    ) -> Outcome {
        // What a zone's parent says of it, the zone does not (RFC 4035 §3.1.4.1).
        let around = type == .ds && isWhole ? suffixes.zone(of: name, isBelow: true) : nil
        guard let index = around ?? index(of: name) else { return .notOurs }
        let zone = zones[index]
        if around != nil, index != self.index(of: name) { return .noData(zone) }
        var rows = fixedRows(zone, name, type)
        if isWhole, rows.isEmpty, let alias = fixedRows(zone, name, .cname).first {
            rows = chain(zone, alias, type)
        }
        if let steered = zone.steered[name], steered.has(type) {
            let isAddress = type == .a || type == .aaaa || type == .any
            rows += steeredRows(name, steered, type, chance: chance, decision: decide(isAddress))
        }
        if !rows.isEmpty { return .rows(rows) }
        if zone.exists(name) { return .noData(zone) }
        guard isWhole, let wildcard = zone.wildcard(for: name) else { return .noName(zone) }
        rows = fixedRows(zone, wildcard, type)
        if rows.isEmpty, let alias = fixedRows(zone, wildcard, .cname).first { rows = chain(zone, alias, type) }
        for place in rows.indices where rows[place].name == wildcard { rows[place].name = name }
        return rows.isEmpty ? .noData(zone) : .rows(rows)
    }

    func fixedRows(_ zone: Zone, _ name: DomainName, _ type: RecordType) -> [Row] {
        var rows: [Row] = []
        if name == zone.name {
            if type == .soa || type == .any {
                rows.append(Row(name: name, data: .soa(authority(of: zone)), ttl: zone.ttl, scope: 0))
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
            let ttl = lifetime(service, decision, chance)
            var order = decision.order
            if let explored = decision.explored { order = [explored] + order.filter { $0 != explored } }
            let data = addresses(order, type, isLastResort: decision.isLastResort) + ways(service, type)
            return data.map { Row(name: name, data: $0, ttl: ttl, scope: scope) }
        case .location(let service, let transport):
            guard type == .srv || type == .any else { return [] }
            let ttl = lifetime(service, decision, chance)
            return locations(service, transport, decision).map {
                Row(name: name, data: .srv($0), ttl: ttl, scope: scope)
            }
        }
    }

    /// The addresses of the best data center that has some of the family; of all when none can be preferred.
    ///
    /// A family that no usable data center has is left out: phones with both would prefer the address of a dead one.
    private func addresses(_ order: [Int], _ type: RecordType, isLastResort: Bool) -> [RecordData] {
        var data: [RecordData] = []
        for isV6 in [false, true] where type == .any || type == (isV6 ? .aaaa : .a) {
            let before = data.count
            for center in order where isLastResort || data.count == before {
                for address in dataCenters[center].addresses where (address.family == .v6) == isV6 {
                    data.append(.address(address))
                }
            }
        }
        return data
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

    /// For how many seconds an answer may be remembered.
    private func lifetime(_ service: Zone.Service, _ decision: SteeringDecision, _ chance: UInt64) -> UInt32 {
        let ttl = service.ttl
        guard !decision.isHasty else { return 1 }
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
