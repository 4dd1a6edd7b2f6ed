public import Base

/// What a record says.
public enum RecordData: Hashable, Sendable {
    /// An address of either family: A or AAAA.
    case address(IPAddress)
    case ns(DomainName)
    case cname(DomainName)
    case ptr(DomainName)
    case soa(StartOfAuthority)
    /// Strings of at most 255 bytes each.
    case txt([[UInt8]])
    case srv(ServiceLocation)
    case naptr(NamingAuthority)
    /// What has no form of its own here.
    case other(RecordType, [UInt8])

    /// The type of a record that says this.
    public var type: RecordType {
        switch self {
        case .address(let address): address.family == .v4 ? .a : .aaaa
        case .ns: .ns
        case .cname: .cname
        case .ptr: .ptr
        case .soa: .soa
        case .txt: .txt
        case .srv: .srv
        case .naptr: .naptr
        case .other(let type, _): type
        }
    }
}

/// The beginning of a zone (RFC 1035 §3.3.13).
public struct StartOfAuthority: Hashable, Sendable {
    /// The name server with the zone's original.
    public var server: DomainName
    /// The mailbox of whoever is responsible, with a dot in the place of the `@`.
    public var mailbox: DomainName
    /// The number of the zone's version.
    public var serial: UInt32
    /// After how many seconds a copy is compared with the original.
    public var refresh: UInt32 = 3600
    /// After how many seconds that is tried again.
    public var retry: UInt32 = 600
    /// After how many seconds a copy that could not be compared is given up.
    public var expire: UInt32 = 604_800
    /// For how many seconds it may be remembered that something does not exist (RFC 2308 §4).
    public var minimum: UInt32 = 60

    /// The beginning of a zone.
    public init(server: DomainName, mailbox: DomainName, serial: UInt32) {
        (self.server, self.mailbox, self.serial) = (server, mailbox, serial)
    }
}

/// Where a service is (RFC 2782).
public struct ServiceLocation: Hashable, Sendable {
    /// Lower ones are tried first.
    public var priority: UInt16
    /// The share among those with the same priority.
    public var weight: UInt16
    /// The port.
    public var port: UInt16
    /// The host's name, which is no alias.
    public var target: DomainName

    /// A place of a service.
    public init(priority: UInt16, weight: UInt16, port: UInt16, target: DomainName) {
        (self.priority, self.weight, self.port, self.target) = (priority, weight, port, target)
    }
}

/// How to go on from a name (RFC 3403 §4.1).
public struct NamingAuthority: Hashable, Sendable {
    /// Lower ones come first, and end the search when they are understood.
    public var order: UInt16
    /// Among those of one order, lower ones come first.
    public var preference: UInt16
    /// `s` when an SRV record comes next, `a` for an address.
    public var flags: String
    /// `SIP+D2U`.
    public var services: String
    /// What the replacement is made with; empty where there is one already.
    public var expression: String
    /// The name to go on with.
    public var replacement: DomainName

    /// A way to go on.
    public init(
        order: UInt16,
        preference: UInt16,
        flags: String,
        services: String,
        expression: String = "",
        replacement: DomainName
    ) {
        (self.order, self.preference, self.flags) = (order, preference, flags)
        (self.services, self.expression, self.replacement) = (services, expression, replacement)
    }
}

/// As in a zone's file (RFC 1035 §5.1).
extension RecordData: CustomStringConvertible {
    /// Its text.
    public var description: String {
        switch self {
        case .address(let address): return "\(address)"
        case .ns(let name), .cname(let name), .ptr(let name): return "\(name)"
        case .soa(let soa):
            return "\(soa.server) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .txt(let strings): return strings.map(Self.quoted).joined(separator: " ")
        case .srv(let srv): return "\(srv.priority) \(srv.weight) \(srv.port) \(srv.target)"
        case .naptr(let naptr):
            let texts = [naptr.flags, naptr.services, naptr.expression].map { Self.quoted(Array($0.utf8)) }
            return "\(naptr.order) \(naptr.preference) \(texts.joined(separator: " ")) \(naptr.replacement)"
        case .other(_, let bytes):
            return "\\# \(bytes.count) \(Hexadecimal.text(bytes))"
        }
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(Unicode.Scalar(byte))
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return text + "\""
    }
}
