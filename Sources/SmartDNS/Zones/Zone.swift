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

        /// Whether there are records of a type.
        func has(_ type: RecordType) -> Bool {
            switch self {
            case .service: type == .a || type == .aaaa || type == .naptr || type == .any
            case .location: type == .srv || type == .any
            }
        }
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
    /// All names that exist, those without records among them (RFC 4592 §2.2.2).
    private(set) var existing: Set<DomainName> = []
    /// Names with records, in canonical order (RFC 4034 §6.1), each with what it is sorted by.
    private var sorted: [(key: [UInt8], name: DomainName)] = []
    /// Whether the serial number is written in the configuration, and changes with that only.
    let hasOwnSerial: Bool
    /// What PowerDNS knows the zone by.
    var id = 0

    init(name: DomainName, authority: StartOfAuthority, nameServers: [DomainName], hasOwnSerial: Bool = true) {
        (self.name, self.authority, self.nameServers) = (name, authority, nameServers)
        self.hasOwnSerial = hasOwnSerial
        insert(name)
    }

    /// The names with records, in canonical order.
    var names: some Sequence<DomainName> { sorted.lazy.map(\.name) }

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
            current = next.parent
        }
    }

    /// Puts the names in order, once all of them are there.
    mutating func seal() {
        sorted = existing.filter { !isEmpty($0) }.map { (key: $0.sortKey, name: $0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// What stands for a name that does not exist: the records of `*` below the closest name that does (RFC 4592 §3.3.1).
    func wildcard(for name: DomainName) -> DomainName? {
        var current = name.parent
        while let next = current, next.isEqualOrBelow(self.name) {
            guard existing.contains(next) else {
                current = next.parent
                continue
            }
            guard let wildcard = DomainName("*")?.appending(next), fixed[wildcard] != nil else { return nil }
            return wildcard
        }
        return nil
    }

    /// Whether a name is there only because others are below it.
    func isEmpty(_ name: DomainName) -> Bool {
        name != self.name && steered[name] == nil && fixed[name] == nil
    }

    /// The names before and behind a name, as denials of existence name them (RFC 4034 §4); names without records have no
    /// denials (RFC 4035 §2.3).
    func neighbours(of name: DomainName) -> (before: DomainName, after: DomainName) {
        guard !sorted.isEmpty else { return (self.name, self.name) }
        let key = name.sortKey
        // The first one behind it.
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if key.lexicographicallyPrecedes(sorted[middle].key) { high = middle } else { low = middle + 1 }
        }
        return (sorted[max(low, 1) - 1].name, sorted[low % sorted.count].name)
    }
}

extension DomainName {
    /// Bytes in whose order names stand in canonical order (RFC 4034 §6.1): the labels from the last one on, in small
    /// letters, each with an end that is smaller than all that may be in it.
    var sortKey: [UInt8] {
        var starts: [Int] = []
        var index = 0
        while index < wire.count, wire[index] != 0 {
            starts.append(index)
            index += Int(wire[index]) + 1
        }
        var key: [UInt8] = []
        key.reserveCapacity(wire.count)
        for start in starts.reversed() {
            for byte in wire[(start + 1)..<min(start + 1 + Int(wire[start]), wire.count)] {
                // 0 is the end of a label, so 0 and 1 take two bytes.
                if byte < 2 { key += [1, byte + 1] } else { key.append(byte.lowercasedASCII) }
            }
            key.append(0)
        }
        return key
    }

    /// Whether this name comes before another one in canonical order.
    func precedes(_ other: DomainName) -> Bool { sortKey.lexicographicallyPrecedes(other.sortKey) }
}
