import Base
import SIP

/// What follows `sofia/` in a dial string.
struct SofiaDestination: Equatable {
    enum Target: Equatable {
        /// A URI of its own; `route` is the `fs_path` that leads to it.
        case uri(SIPURI, route: SIPURI?)
        /// The contacts that a user of the profile registered.
        case registered(user: String, domain: String?)
        /// A number, or `user@host`, by way of a gateway; the parameters go into the Contact.
        case gateway(name: String, number: String, parameters: SIPParameters)
    }

    /// The profile; empty where any that has the gateway is meant.
    let profile: String
    let target: Target
    /// Who is named in the header To, when it is not who is called.
    private(set) var to: String?
    /// The node that has registered the contact, when it is another one.
    private(set) var owner: ContactOwner?

    /// No such form.
    struct ParseError: Error, Equatable {}

    /// Reads `internal/1000@example.org;transport=tcp`, `internal/sips:…`, `internal/1000@example.org^2000@example.org`,
    /// `internal/1000`, `internal/1000%domain`, `gateway/name/number`, `gateway/profile::name/number`.
    init(_ text: String) throws(ParseError) {
        guard let slash = text.firstIndex(of: "/") else { throw ParseError() }
        let first = String(text[..<slash])
        var rest = String(text[text.index(after: slash)...])
        guard first.lowercased() != "gateway" else {
            guard let end = rest.firstIndex(of: "/") else { throw ParseError() }
            let reference = GatewayReference(String(rest[..<end]))
            let parts = rest[rest.index(after: end)...].split(
                separator: ";",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            profile = reference.profile ?? ""
            target = .gateway(
                name: reference.name,
                number: String(parts[0]),
                parameters: SIPParameters(contactText: parts.count > 1 ? String(parts[1]) : "")
            )
            return
        }
        profile = first
        let split = rest.split(separator: "^", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        rest = split[0]
        if let to = split.count > 1 ? split[1] : nil {
            guard !to.isEmpty, to.unicodeScalars.allSatisfy(Self.plain.contains) else { throw ParseError() }
            self.to = to
        }
        if !rest.contains("@"), !rest.hasScheme {
            let parts = rest.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            target = .registered(user: parts[0], domain: parts.count > 1 ? parts[1] : nil)
            return
        }
        guard let uri = SIPURI(rest.hasScheme ? rest : "sip:" + rest), uri.isSIP else { throw ParseError() }
        let path = uri.parameters["fs_path"].flatMap { SIPURI(PercentEncoding.decode($0)) }
        target = .uri(uri.withoutOwnParameters, route: path)
        owner = ContactOwner(uri.parameters)
        if to != nil, named(at: uri) == nil { throw ParseError() }
    }

    /// What may be in a user or an address that the header To names: nothing that means something in a dial string.
    private static let plain = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*+#%@:;=".unicodeScalars
    )

    /// Whom the header To names in a call to an address: a user of the host that is called, where no other is said.
    func named(at called: SIPURI) -> SIPURI? {
        guard let to else { return nil }
        if !to.contains("@"), !to.hasScheme {
            var uri = called.withoutParameters
            uri.user = to
            return uri
        }
        guard let uri = SIPURI(to.hasScheme ? to : "sip:" + to), uri.isSIP, uri.user != nil else { return nil }
        return uri.withoutOwnParameters
    }
}

extension SIPURI {
    /// The URI without what is for the switch itself, as `fs_path` is: it goes to nobody, and peers have no say in it.
    var withoutOwnParameters: SIPURI {
        var uri = self
        uri.parameters = SIPParameters(parameters.entries.filter { !$0.name.lowercased().hasPrefix("fs_") })
        return uri
    }

    /// The URI as a part of a dial string: what means something there, and not in a URI, is escaped.
    ///
    /// A phone registers what it likes, and `sip:a,sofia/external/…@h` would ring a second destination.
    var inDialString: String {
        var text = ""
        for scalar in description.unicodeScalars {
            if scalar.value <= 0x20 || scalar.value >= 0x7F || Self.meaningfulInDialStrings.contains(scalar) {
                text += PercentEncoding.encode(String(scalar))
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        // One replacement can leave another mark behind, in ":_:_:".
        while text.contains(":_:") { text = text.replacing(":_:", with: ":%5F:") }
        return text
    }

    private static let meaningfulInDialStrings: Set<Unicode.Scalar> = [
        ",", "|", "'", "\"", "^", "$", "\\", "{", "}", "<", ">",
    ]
}
