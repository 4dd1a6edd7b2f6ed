import Base
public import DNSMessage

/// A zone: what it says to everybody, and the names whose answers depend on who asks.
public struct Zone: Sendable {
    /// A record that is the same for everybody.
    struct FixedRecord: Hashable, Sendable {
        var data: RecordData
        var ttl: UInt32
    }

    /// A name whose answers depend on who asks.
    enum SteeredName: Hashable, Sendable {
        /// The service's own name: addresses of the best data center, and how to go on (NAPTR).
        case service(Service)
        /// Where a service is over a transport: all data centers that live, in order.
        case location(Service, ServiceTransport)
    }

    /// What phones call.
    struct Service: Hashable, Sendable {
        /// Its name.
        var name: DomainName
        /// How it is reached, the preferred way first.
        var transports: [ServiceTransport]
        /// The ports that are not the usual ones.
        var ports: [ServiceTransport: UInt16] = [:]
        /// For how many seconds answers may be remembered.
        var ttl: UInt32

        func port(_ transport: ServiceTransport) -> UInt16 { ports[transport] ?? transport.usualPort }
    }

    /// The zone's name.
    public let name: DomainName
    /// The zone's beginning.
    public var authority: StartOfAuthority
    /// The name servers, outside of the zone or with addresses among ``fixed``.
    var nameServers: [DomainName]
    /// For how many seconds what is the same for everybody may be remembered.
    var ttl: UInt32 = 3600
    private(set) var fixed: [DomainName: [FixedRecord]] = [:]
    private(set) var steered: [DomainName: SteeredName] = [:]
    /// All names that exist, those without records among them (RFC 4592 §2.2.2), in canonical order.
    private(set) var names: [DomainName] = []
    private var existing: Set<DomainName> = []

    init(name: DomainName, authority: StartOfAuthority, nameServers: [DomainName]) {
        (self.name, self.authority, self.nameServers) = (name, authority, nameServers)
        insert(name)
    }

    /// Whether a name exists.
    func exists(_ name: DomainName) -> Bool { existing.contains(name) }

    mutating func add(_ name: DomainName, _ data: RecordData, ttl: UInt32) {
        fixed[name, default: []].append(FixedRecord(data: data, ttl: ttl))
        insert(name)
    }

    mutating func add(_ service: Service) {
        steered[service.name] = .service(service)
        insert(service.name)
        for transport in service.transports {
            guard let name = Self.location(of: service, transport) else { continue }
            steered[name] = .location(service, transport)
            insert(name)
        }
    }

    /// The name of the SRV records of a service.
    static func location(of service: Service, _ transport: ServiceTransport) -> DomainName? {
        DomainName(transport.labels)?.appending(service.name)
    }

    private mutating func insert(_ name: DomainName) {
        var current: DomainName? = name
        while let next = current, next.isEqualOrBelow(self.name), existing.insert(next).inserted {
            names.insert(next, at: names.firstIndex { next.precedes($0) } ?? names.count)
            current = next.parent
        }
    }

    /// Whether a name is there only because others are below it.
    func isEmpty(_ name: DomainName) -> Bool {
        name != self.name && steered[name] == nil && fixed[name] == nil
    }

    /// The names before and behind a name, as denials of existence name them (RFC 4034 §4); names without records have no
    /// denials (RFC 4035 §2.3).
    func neighbours(of name: DomainName) -> (before: DomainName, after: DomainName) {
        let named = names.filter { !isEmpty($0) }
        let index = named.lastIndex { !name.precedes($0) } ?? 0
        return (named[index], named[(index + 1) % named.count])
    }
}

extension DomainName {
    /// Whether this name comes before another one in canonical order (RFC 4034 §6.1).
    func precedes(_ other: DomainName) -> Bool {
        let (left, right) = (reversedLabels, other.reversedLabels)
        for (own, its) in zip(left, right) where own != its { return own.lexicographicallyPrecedes(its) }
        return left.count < right.count
    }

    private var reversedLabels: [[UInt8]] {
        var labels: [[UInt8]] = []
        var index = 0
        while index < wire.count, wire[index] != 0 {
            let end = min(index + 1 + Int(wire[index]), wire.count)
            labels.append(wire[(index + 1)..<end].map(\.lowercasedASCII))
            index = end
        }
        return labels.reversed()
    }
}
