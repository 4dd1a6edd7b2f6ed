/// The type of a record, or of records that are asked for (RFC 1035 §3.2.2 and later).
public struct RecordType: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt16

    /// A type by its number.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// An IPv4 address.
    public static let a = RecordType(rawValue: 1)
    /// A name server of a zone.
    public static let ns = RecordType(rawValue: 2)
    /// The name that another one stands for.
    public static let cname = RecordType(rawValue: 5)
    /// The beginning of a zone.
    public static let soa = RecordType(rawValue: 6)
    /// The name of an address.
    public static let ptr = RecordType(rawValue: 12)
    /// What kind of machine it is; nowadays, that all types are not told (RFC 8482).
    public static let hinfo = RecordType(rawValue: 13)
    /// Text.
    public static let txt = RecordType(rawValue: 16)
    /// An IPv6 address (RFC 3596).
    public static let aaaa = RecordType(rawValue: 28)
    /// Where a service is (RFC 2782).
    public static let srv = RecordType(rawValue: 33)
    /// How to go on from a name (RFC 3403).
    public static let naptr = RecordType(rawValue: 35)
    /// What the sender is able to do (RFC 6891).
    public static let opt = RecordType(rawValue: 41)
    /// What changed in a zone (RFC 1995).
    public static let ixfr = RecordType(rawValue: 251)
    /// A whole zone (RFC 5936).
    public static let axfr = RecordType(rawValue: 252)
    /// All types, or all classes.
    public static let any = RecordType(rawValue: 255)

    /// What a zone's parent says of its keys (RFC 4034 §5).
    public static let ds = RecordType(rawValue: 43)

    // IANA, Resource Record (RR) TYPEs; those that programs ask for by name.
    private static let names: [(type: RecordType, name: String)] =
        [
            (.a, "A"), (.ns, "NS"), (.cname, "CNAME"), (.soa, "SOA"), (.ptr, "PTR"), (.hinfo, "HINFO"), (.txt, "TXT"),
            (.aaaa, "AAAA"), (.srv, "SRV"), (.naptr, "NAPTR"), (.opt, "OPT"), (.ixfr, "IXFR"), (.axfr, "AXFR"),
            (.any, "ANY"), (.ds, "DS"),
        ]
        + [
            (15, "MX"), (17, "RP"), (18, "AFSDB"), (24, "SIG"), (25, "KEY"), (29, "LOC"), (36, "KX"), (37, "CERT"),
            (39, "DNAME"), (42, "APL"), (44, "SSHFP"), (45, "IPSECKEY"), (46, "RRSIG"), (47, "NSEC"), (48, "DNSKEY"),
            (49, "DHCID"), (50, "NSEC3"), (51, "NSEC3PARAM"), (52, "TLSA"), (53, "SMIMEA"), (55, "HIP"), (59, "CDS"),
            (60, "CDNSKEY"), (61, "OPENPGPKEY"), (62, "CSYNC"), (63, "ZONEMD"), (64, "SVCB"), (65, "HTTPS"),
            (99, "SPF"),
            (108, "EUI48"), (109, "EUI64"), (249, "TKEY"), (250, "TSIG"), (253, "MAILB"), (254, "MAILA"), (256, "URI"),
            (257, "CAA"),
        ].map { (RecordType(rawValue: $0.0), $0.1) }

    /// A type by its name, or as `TYPE65` (RFC 3597 §5); the case of letters does not count.
    public init?(name: some StringProtocol) {
        let upper = name.uppercased()
        if let known = Self.names.first(where: { $0.name == upper }) {
            self = known.type
            return
        }
        guard upper.hasPrefix("TYPE"), let number = UInt16(upper.dropFirst(4)) else { return nil }
        self.init(rawValue: number)
    }
}

extension RecordType: CustomStringConvertible {
    /// Its text.
    public var description: String {
        Self.names.first { $0.type == self }?.name ?? "TYPE\(rawValue)"
    }
}

/// The classes that have a meaning (RFC 1035 §3.2.4).
public enum RecordClass {
    /// The Internet.
    public static let internet: UInt16 = 1
    /// What servers tell of themselves.
    public static let chaos: UInt16 = 3
    /// All types, or all classes.
    public static let any: UInt16 = 255
}

/// What a message is about (RFC 1035 §4.1.1, RFC 1996).
public enum Operation {
    /// A question.
    public static let query: UInt8 = 0
    /// A zone has changed.
    public static let notify: UInt8 = 4
}

/// How a question went (RFC 1035 §4.1.1, RFC 6895 §2.3).
public enum ResponseCode: UInt16, Hashable, Sendable {
    case noError = 0
    case formatError = 1
    case serverFailure = 2
    case nameError = 3
    case notImplemented = 4
    case refused = 5
    case notAuthoritative = 9
    /// A version of EDNS that is not known; only its upper bits are in the OPT record.
    case badVersion = 16
    case badCookie = 23
}
