import Base

/// What is asked (RFC 1035 §4.1.2).
public struct DNSQuestion: Hashable, Sendable {
    /// The name.
    public var name: DomainName
    /// The type.
    public var type: RecordType
    /// The class.
    public var recordClass: UInt16

    /// A question, in the class of the Internet where nothing else is said.
    public init(_ name: DomainName, _ type: RecordType, class recordClass: UInt16 = RecordClass.internet) {
        (self.name, self.type, self.recordClass) = (name, type, recordClass)
    }

    init(reading cursor: inout MessageCursor) throws(DNSMessageError) {
        name = try cursor.name()
        type = RecordType(rawValue: try cursor.number16())
        recordClass = try cursor.number16()
    }
}

/// One record (RFC 1035 §4.1.3).
public struct ResourceRecord: Hashable, Sendable {
    /// The name.
    public var name: DomainName
    /// The class.
    public var recordClass: UInt16
    /// For how many seconds it may be remembered.
    public var ttl: UInt32
    /// What the record says.
    public var data: RecordData

    /// A record, in the class of the Internet where nothing else is said.
    public init(_ name: DomainName, ttl: UInt32, _ data: RecordData, class recordClass: UInt16 = RecordClass.internet) {
        (self.name, self.ttl, self.data, self.recordClass) = (name, ttl, data, recordClass)
    }

    /// Reads what follows a record's name and type.
    init(_ name: DomainName, _ type: RecordType, reading cursor: inout MessageCursor) throws(DNSMessageError) {
        self.name = name
        recordClass = try cursor.number16()
        ttl = try cursor.number32()
        data = try RecordData(type, reading: &cursor)
    }
}

extension RecordData {
    /// Reads the length of a record's data, and the data.
    init(_ type: RecordType, reading cursor: inout MessageCursor) throws(DNSMessageError) {
        let end = Int(try cursor.number16()) + cursor.position
        guard end <= cursor.bytes.count else { throw .tooShort }
        switch type {
        case .a:
            self = .address(IPAddress(v4: try cursor.number32()))
        case .aaaa:
            let high = UInt64(try cursor.number32()) << 32 | UInt64(try cursor.number32())
            let low = UInt64(try cursor.number32()) << 32 | UInt64(try cursor.number32())
            self = .address(IPAddress(v6: high, low))
        case .ns: self = .ns(try cursor.name())
        case .cname: self = .cname(try cursor.name())
        case .ptr: self = .ptr(try cursor.name())
        case .soa:
            let (server, mailbox) = (try cursor.name(), try cursor.name())
            var soa = StartOfAuthority(server: server, mailbox: mailbox, serial: try cursor.number32())
            soa.refresh = try cursor.number32()
            soa.retry = try cursor.number32()
            soa.expire = try cursor.number32()
            soa.minimum = try cursor.number32()
            self = .soa(soa)
        case .txt:
            var strings: [[UInt8]] = []
            repeat { strings.append(try cursor.string()) } while cursor.position < end
            self = .txt(strings)
        case .srv:
            let (priority, weight, port) = (try cursor.number16(), try cursor.number16(), try cursor.number16())
            self = .srv(ServiceLocation(priority: priority, weight: weight, port: port, target: try cursor.name()))
        case .naptr:
            let (order, preference) = (try cursor.number16(), try cursor.number16())
            let texts = [try cursor.string(), try cursor.string(), try cursor.string()]
            guard texts.allSatisfy({ $0.allSatisfy { $0 < 0x80 } }) else { throw .wrongData }
            self = .naptr(
                NamingAuthority(
                    order: order,
                    preference: preference,
                    flags: String(decoding: texts[0], as: UTF8.self),
                    services: String(decoding: texts[1], as: UTF8.self),
                    expression: String(decoding: texts[2], as: UTF8.self),
                    replacement: try cursor.name()
                )
            )
        default:
            self = .other(type, Array(try cursor.take(end - cursor.position)))
        }
        guard cursor.position == end else { throw .wrongData }
    }
}
