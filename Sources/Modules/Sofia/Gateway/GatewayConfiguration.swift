import Base
import SIP
import XMLConfig

/// A gateway: another switch that calls go to and come from, and where this one may have an account
/// (`<gateway name="…">` in `sofia.conf` or in the directory).
struct GatewayConfiguration: Sendable {
    /// Where a call from the gateway goes (`extension`).
    enum Destination: Sendable, Equatable {
        /// To the account's name, where the gateway calls the Contact that bears its own.
        case account
        /// Where To says, when the gateway calls the Contact that bears its own (`auto`).
        case automatic
        /// Where To says (`auto_to_user`).
        case toUser
        case number(String)
    }

    /// What a call to the gateway has from the call that it is made for (`from-domain`).
    enum BorrowedFrom: String, Sendable {
        case domain = "auto-aleg-domain"
        case wholeAddress = "auto-aleg-full"
    }

    /// The questions whether the gateway is there (`ping`).
    struct Pinging: Sendable {
        let interval: Int
        let minimum: Int
        let maximum: Int
        let userAgent: String?
        let hasContact: Bool
        /// Whether an event tells of every answer (`ping-monitoring`).
        let isTold: Bool
    }

    let name: String
    /// The element as it was written, by which a change is known.
    let definition: String
    let registers: Bool
    let scheme: String
    let realm: String
    let username: String
    let authenticationName: String
    let password: String
    let fromUser: String
    /// The domain of the account: `from-domain` where it names one, or else the proxy.
    let home: SIPURI
    let proxy: SIPURI
    /// `proxy` as it was written, without its scheme.
    let proxyText: String
    let registerProxy: SIPURI?
    let outboundProxy: SIPURI?
    let transport: SIPTransportKind
    let policy: ClientRegistration.Policy
    let destination: Destination
    let isDestinationInContact: Bool
    let contactHost: String?
    let contactParameters: SIPParameters
    let hasPlainContact: Bool
    /// The number of the flow that the Contact names (RFC 5626 §4.2).
    let flowID: String?
    let isCallerInFrom: Bool
    let borrowedFrom: BorrowedFrom?
    let callerIDType: CallerIDType?
    let context: String?
    let hasDistinctTo: Bool
    let destinationPrefix: String
    let codecs: String?
    let accessList: String?
    /// How many calls there may be with the gateway when one more goes there (`max-channels`); any number without it.
    let maximumChannels: Int?
    let pinging: Pinging?
    /// What is wanted to be heard from it.
    let subscriptions: [GatewaySubscriptionSettings]
    let inboundVariables: [(name: String, value: String)]
    let outboundVariables: [(name: String, value: String)]

    /// Reads a `<gateway>` element.
    ///
    /// - Parameter diagnostics: Takes the warnings; a value that cannot be used gives way to the default.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        guard let name = xml.nonEmpty(attribute: "name"), Self.isName(name) else {
            throw ConfigurationError(
                "a gateway needs a name of letters, digits, dots, dashes and \"_\"",
                at: xml.location
            )
        }
        self.name = name
        definition = xml.description
        var reader = ConfigurationReader(ParameterList(of: xml))
        registers = reader.boolean("register", default: true)
        scheme = reader.nonEmptyString("scheme") ?? "Digest"
        let proxy = reader.nonEmptyString("proxy")
        realm = reader.nonEmptyString("realm") ?? proxy ?? name
        proxyText = (proxy ?? realm).withoutScheme
        self.proxy = reader.hop("proxy") ?? Self.hop(proxy ?? realm) ?? SIPURI(host: SIPHost(name))
        registerProxy = reader.hop("register-proxy")
        outboundProxy = reader.hop("outbound-proxy")
        borrowedFrom = reader.nonEmptyString("from-domain").flatMap { BorrowedFrom(rawValue: $0.lowercased()) }
        home = (borrowedFrom == nil ? reader.hop("from-domain") : nil) ?? self.proxy.withoutParameters
        let user = reader.nonEmptyString("username")
        username = user ?? "Tandem"
        password = reader.nonEmptyString("password") ?? ""
        if registers, user == nil || password.isEmpty {
            reader.report(
                .error,
                at: xml.location,
                "the gateway \"\(name)\" registers: it needs a username and a password"
            )
        }
        authenticationName = reader.nonEmptyString("auth-username") ?? username
        fromUser = reader.nonEmptyString("from-user") ?? username
        transport = reader.transport()
        policy = reader.policy()
        destination = reader.destination()
        isDestinationInContact = reader.boolean("extension-in-contact", default: false)
        contactHost = reader.nonEmptyString("contact-host")
        contactParameters = SIPParameters(contactText: reader.nonEmptyString("contact-params") ?? "")
        hasPlainContact = reader.boolean("use-standard-contact", default: false)
        flowID = reader.boolean("rfc-5626", default: false) ? reader.nonEmptyString("reg-id") ?? "1" : nil
        reader.allow(["reg-id"])
        isCallerInFrom = reader.boolean("caller-id-in-from", default: false)
        callerIDType = reader.value("cid-type", expecting: "rpid, pid or none") { CallerIDType($0) }
        context = reader.nonEmptyString("context")
        hasDistinctTo = reader.boolean("distinct-to", default: false)
        destinationPrefix = reader.nonEmptyString("destination-prefix") ?? ""
        codecs = reader.nonEmptyString("codec-prefs")
        accessList = reader.nonEmptyString("gw-auth-acl")
        maximumChannels = reader.integer("max-channels", in: 1...100_000)
        pinging = reader.pinging()
        subscriptions = try GatewaySubscriptionSettings.all(of: xml, diagnostics: &diagnostics)
        let variables = Self.variables(of: xml)
        inboundVariables = variables.filter { $0.isInbound }.map { ($0.name, $0.value) }
        outboundVariables = variables.filter { $0.isOutbound }.map { ($0.name, $0.value) }
        reader.noteUnused(Self.knownElsewhere)
        diagnostics += try reader.finish()
    }

    /// The URI that calls from the gateway are told apart by when they come to its Contact.
    static let contactPrefix = "gw+"
    /// What FreeSWITCH's gateways know beside that, and what FusionPBX writes.
    private static let knownElsewhere = [
        "supress-cng", "suppress-cng", "force-sipport", "register-route", "registration-spread",
    ]
    private static let nameLimit = 128

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= nameLimit
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
    }

    /// A host, or a URI; one with `sips:` is reached over TLS, whatever else it says.
    fileprivate static func hop(_ text: String) -> SIPURI? {
        guard var uri = SIPURI("sip:" + text.withoutScheme), !uri.hostText.isEmpty else { return nil }
        if text.lowercased().hasPrefix("sips:") { uri["transport"] = SIPTransportKind.tls.uriName }
        return uri
    }

    /// What is wrong with a gateway of a profile that has no TLS; `nil` where it needs none.
    var faultWithoutTLS: String? {
        guard needsTLS else { return nil }
        return """
            the gateway "\(name)" is reached over TLS, which its profile does not have (tls): it is not used, and nothing \
            goes in the clear instead
            """
    }

    /// Whether something of the gateway's goes over TLS.
    private var needsTLS: Bool {
        [proxy, registerProxy, outboundProxy].contains { $0.map(goesOverTLS) ?? false }
    }

    /// Whether what is sent to a host goes over TLS.
    func goesOverTLS(_ hop: SIPURI) -> Bool {
        over(hop)["transport"]?.lowercased() == SIPTransportKind.tls.uriName
    }
}

// MARK: - Variables

extension GatewayConfiguration {
    private struct Variable {
        let name: String
        let value: String
        let isInbound: Bool
        let isOutbound: Bool
    }

    /// How many variables count in each direction.
    private static let variableLimit = 256

    /// `<variable name="…" value="…" direction="inbound"/>`, inside `<variables>` or directly; without a direction, both.
    private static func variables(of xml: XMLNode) -> [Variable] {
        let nodes = (xml.first("variables") ?? xml).children(named: "variable").prefix(variableLimit)
        return nodes.compactMap { node in
            guard let name = node.nonEmpty(attribute: "name"), let value = node[attribute: "value"] else { return nil }
            let direction = node[attribute: "direction"]?.lowercased()
            let isBoth = direction == nil || direction == "both"
            return Variable(
                name: name,
                value: value,
                isInbound: isBoth || direction == "inbound",
                isOutbound: isBoth || direction == "outbound"
            )
        }
    }
}

// MARK: - Parameters

extension ConfigurationReader {
    /// A host or a URI to send requests to.
    fileprivate mutating func hop(_ name: String) -> SIPURI? {
        guard nonEmptyString(name) != nil else { return nil }
        return value(name, expecting: "a host or a SIP URI") { text in
            guard let uri = GatewayConfiguration.hop(name == "from-domain" ? text.withoutScheme : text) else {
                return nil
            }
            return ["ws", "wss"].contains(uri["transport"]?.lowercased()) ? nil : uri
        }
    }

    /// How the gateway is reached.
    fileprivate mutating func transport() -> SIPTransportKind {
        let kinds: [String: SIPTransportKind] = ["udp": .udp, "tcp": .tcp, "tls": .tls]
        return value("register-transport", expecting: "udp, tcp or tls") { kinds[$0.lowercased()] } ?? .udp
    }

    /// Seconds; what is no number, or too few, gives way to the default with a warning.
    mutating func seconds(_ name: String, atLeast least: Int, default fallback: Int) -> Int {
        guard let text = nonEmptyString(name) else { return fallback }
        if let number = Int(text), (least...604_800).contains(number) { return number }
        let place = parameters.last(name)?.location
        report(.warning, at: place, "\(name) is \"\(text)\", expected \(least) to 604800 seconds: \(fallback) is used")
        return fallback
    }

    fileprivate mutating func policy() -> ClientRegistration.Policy {
        var policy = ClientRegistration.Policy()
        policy.expires = seconds("expire-seconds", atLeast: 5, default: policy.expires)
        // Some configurations spell it so.
        let fallback = seconds("retry_seconds", atLeast: 5, default: policy.retry)
        policy.retry = seconds("retry-seconds", atLeast: 5, default: fallback)
        policy.maximumRetry = seconds("max-retry-seconds", atLeast: 5, default: policy.maximumRetry)
        policy.timeout = seconds("timeout-seconds", atLeast: 5, default: policy.timeout)
        let afterTimeout = seconds("908-retry-seconds", atLeast: 1, default: 0)
        policy.retryAfterTimeout = afterTimeout > 0 ? afterTimeout : nil
        return policy
    }

    fileprivate mutating func destination() -> GatewayConfiguration.Destination {
        switch nonEmptyString("extension") {
        case nil: .account
        case let text? where text.lowercased() == "auto": .automatic
        case let text? where text.lowercased() == "auto_to_user": .toUser
        case let text?: .number(text)
        }
    }

    fileprivate mutating func pinging() -> GatewayConfiguration.Pinging? {
        let interval = seconds("ping", atLeast: 5, default: 0)
        let pinging = GatewayConfiguration.Pinging(
            interval: interval,
            minimum: integer("ping-min", in: 0...10_000, default: 0),
            maximum: integer("ping-max", in: 0...10_000, default: 0),
            userAgent: nonEmptyString("ping-user-agent"),
            hasContact: boolean("contact-in-ping", default: false),
            isTold: boolean("ping-monitoring", default: false)
        )
        return interval > 0 ? pinging : nil
    }
}

extension String {
    /// The text without `sip:` or `sips:` before it.
    fileprivate var withoutScheme: String {
        for scheme in ["sip:", "sips:"] where lowercased().hasPrefix(scheme) { return String(dropFirst(scheme.count)) }
        return self
    }

    /// Whether `sip:` or `sips:` stands before the text.
    var hasScheme: Bool { withoutScheme.count != count }
}

extension SIPURI {
    /// The URI without parameters and headers.
    var withoutParameters: SIPURI {
        var uri = self
        (uri.parameters, uri.headers) = ([:], [])
        return uri
    }
}

extension SIPParameters {
    /// Reads `;name=value;name`, with or without the first semicolon.
    init(contactText text: String) {
        self.init(
            text.split(separator: ";").map { part in
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return SIPParameter(pair[0], pair.count > 1 ? pair[1] : nil)
            }
        )
    }
}
