import Base
import DNSMessage

extension NamingAuthority {
    /// What comes first is tried first (RFC 3403 §4.1).
    static func precedes(_ left: NamingAuthority, _ right: NamingAuthority) -> Bool {
        (left.order, left.preference) < (right.order, right.preference)
    }

    /// Whether the rule gives a URI (RFC 6116, flag `u`).
    var givesURI: Bool { flags.equalsIgnoringASCIICase("u") }

    /// Whether the rule only leads to the rules of another name.
    var leadsOn: Bool { flags.isEmpty }
}

extension DNSMessage {
    /// How many aliases of one answer are followed.
    private static let maximumAliases = 8

    /// The rules of a name, or of the one that it is an alias of, in their order.
    ///
    /// - Returns: The rules, and the name at the end of the aliases.
    func rules(of name: DomainName) -> (rules: [NamingAuthority], end: DomainName) {
        var end = name
        for _ in 0..<Self.maximumAliases {
            guard let target = alias(of: end) else { break }
            end = target
        }
        let rules = answers.compactMap { [end] record -> NamingAuthority? in
            guard case .naptr(let rule) = record.data, record.name == end,
                record.recordClass == RecordClass.internet
            else { return nil }
            return rule
        }
        return (rules.sorted(by: NamingAuthority.precedes), end)
    }

    private func alias(of name: DomainName) -> DomainName? {
        for record in answers where record.name == name {
            if case .cname(let target) = record.data { return target }
        }
        return nil
    }
}
