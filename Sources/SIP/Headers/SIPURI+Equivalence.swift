import Base

extension SIPURI {
    /// Whether two URIs mean the same resource by the rules of RFC 3261 §19.1.4 (tel: by RFC 3966 §4).
    public func isEquivalent(to other: SIPURI) -> Bool {
        switch (scheme, other.scheme) {
        case (.sip, .sip), (.sips, .sips):
            // The user part is compared with case, everything else without; a port that is not named differs from
            // every port that is, the default one included.
            user == other.user && password == other.password && host.isEquivalent(to: other.host)
                && port == other.port && parametersMatch(other) && headersMatch(other)
        case (.tel, .tel):
            telephoneNumber?.lowercased() == other.telephoneNumber?.lowercased() && telParametersMatch(other)
        case (.other(let left), .other(let right)):
            left.equalsIgnoringASCIICase(right) && opaque == other.opaque
        default:
            false
        }
    }

    /// Parameters on both sides must agree; these may not be on one side only: user, ttl, method, maddr, transport.
    private func parametersMatch(_ other: SIPURI) -> Bool {
        for name in ["user", "ttl", "method", "maddr", "transport"] {
            if parameters.contains(name) != other.parameters.contains(name) { return false }
        }
        return parameters.entries.allSatisfy { entry in
            guard let theirs = other.parameters[entry.name] else { return true }
            // The first of a name counts where it wrongly occurs twice.
            let ours = parameters[entry.name] ?? ""
            return SIPEscaping.unescape(theirs).equalsIgnoringASCIICase(SIPEscaping.unescape(ours))
        }
    }

    private func headersMatch(_ other: SIPURI) -> Bool {
        headers.count == other.headers.count && Self.includes(other.headers, headers)
            && Self.includes(headers, other.headers)
    }

    private static func includes(_ all: [SIPParameter], _ some: [SIPParameter]) -> Bool {
        some.allSatisfy { header in
            all.contains {
                $0.name.equalsIgnoringASCIICase(header.name)
                    && SIPEscaping.unescape($0.value ?? "") == SIPEscaping.unescape(header.value ?? "")
            }
        }
    }

    private func telParametersMatch(_ other: SIPURI) -> Bool {
        parameters.entries.count == other.parameters.entries.count
            && parameters.entries.allSatisfy { entry in
                other.parameters[entry.name]?.equalsIgnoringASCIICase(parameters[entry.name] ?? "") ?? false
            }
    }
}
