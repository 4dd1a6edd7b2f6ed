import Base
import SDP
import SIP
import SwitchCore
import XMLConfig

/// The settings of one SIP profile: `<profile name="…">` in `sofia.conf`.
struct ProfileConfiguration: Sendable {
    /// Where the realm of a challenge comes from (`challenge-realm`).
    enum ChallengeRealm: Sendable, Equatable {
        case from, to
        case literal(String)
    }

    let name: String
    var aliases: [String] = []
    var listen: IPEndpoint
    var advertisedAddress: IPAddress?
    var transports: Set<SIPTransportKind> = [.udp, .tcp]
    /// What is said of TLS; `nil` where there is none.
    let tls: TLSSettings?
    var context: String
    var dialplan: String
    var userAgent: String
    var authenticatesCalls: Bool
    var inboundACLs: [String]
    var challengeRealm: ChallengeRealm
    var algorithms: [DigestAlgorithm]
    var nonceTTL: Duration
    var forcedDomain: String?
    var forcesRport: Bool
    var timers = SIPTimers()
    let registration: RegistrationSettings
    let nat: NATSettings
    let media: MediaSettings
    let messages: MessageSettings
    var logsAuthenticationFailures: Bool
    var disablesTransfer: Bool
    var tracesMessages: Bool
    /// Whether programs hear of transfers (`fire-transfer-events`).
    var tellsTransfers: Bool
    var callerIDType: CallerIDType
    /// Whether the dialplan says where a caller goes whose call was sent elsewhere (`manual-redirect`).
    let redirectsInDialplan: Bool
    /// Whether programs hear of messages that wait elsewhere, which nobody has asked about
    /// (`forward-unsolicited-mwi-notify`).
    let forwardsWaitingMessages: Bool

    /// Reads a `<profile>` element.
    ///
    /// - Parameter defaultAddress: What `auto` means.
    init(
        xml: XMLNode,
        defaultAddress: IPAddress,
        version: String,
        diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) {
        guard let name = xml.nonEmpty(attribute: "name") else {
            throw ConfigurationError("a profile needs a name", at: xml.location)
        }
        self.name = name
        var reader = ConfigurationReader(settingsOf: xml)
        let address = { (text: String) -> IPAddress? in text == "auto" ? defaultAddress : IPAddress(text) }
        let sipAddress = reader.value("sip-ip", expecting: "an IP address or auto", address) ?? defaultAddress
        let port = reader.integer("sip-port", in: 0...65_535, default: 5060)
        listen = IPEndpoint(sipAddress, port: UInt16(clamping: port))
        let external = { (text: String) -> IPAddress?? in
            // Without a NAT to ask, the automatic forms mean the address itself.
            text.isEmpty || text.hasPrefix("auto") ? .some(nil) : IPAddress(text).map { .some($0) }
        }
        advertisedAddress = reader.value("ext-sip-ip", expecting: "an IP address or auto", external) ?? nil
        registration = RegistrationSettings(&reader)
        nat = NATSettings(&reader)
        media = MediaSettings(&reader, address: address, external: external, fallback: sipAddress)
        messages = MessageSettings(&reader)
        if let text = reader.string("bind-params") {
            if text.contains("transport=udp") { transports = [.udp] }
            if text.contains("transport=tcp") { transports = [.tcp] }
        }
        tls = TLSSettings(&reader)
        if let tls { transports = tls.isOnly ? [.tls] : transports.union([.tls]) }
        context = reader.string("context", default: "default")
        dialplan = reader.string("dialplan", default: "XML")
        userAgent = reader.string("user-agent-string", default: "Tandem/\(version)")
        if userAgent == "_undef_" { userAgent = "" }
        authenticatesCalls = reader.boolean("auth-calls", default: true)
        inboundACLs = reader.all("apply-inbound-acl").map(\.value)
        switch reader.string("challenge-realm", default: "auto_from") {
        case "auto_from": challengeRealm = .from
        case "auto_to": challengeRealm = .to
        case let text: challengeRealm = .literal(text)
        }
        let names = reader.string("rfc8760-auth-algorithms", default: "MD5").split(separator: ",")
        algorithms = names.compactMap { DigestAlgorithm(name: $0.filter { $0 != " " }) }
        if algorithms.isEmpty { algorithms = [.md5] }
        nonceTTL = .seconds(reader.integer("nonce-ttl", in: 15...86_400, default: 60))
        forcedDomain = reader.string("force-register-domain")
        forcesRport =
            reader.string("NDLB-force-rport").map { $0 == "safe" || $0 == "server-only" || $0.isTrueSetting }
            ?? false
        timers.t1 = .milliseconds(reader.integer("timer-T1", in: 50...10_000, default: 500))
        timers.t2 = .milliseconds(reader.integer("timer-T2", in: 500...60_000, default: 4000))
        timers.t4 = .milliseconds(reader.integer("timer-T4", in: 500...60_000, default: 5000))
        logsAuthenticationFailures = reader.boolean("log-auth-failures", default: false)
        disablesTransfer = reader.boolean("disable-transfer", default: false)
        tellsTransfers = reader.boolean("fire-transfer-events", default: false)
        tracesMessages = reader.boolean("sip-trace", default: false)
        forwardsWaitingMessages = reader.boolean("forward-unsolicited-mwi-notify", default: false)
        redirectsInDialplan = reader.boolean("manual-redirect", default: false)
        callerIDType =
            reader.value("caller-id-type", expecting: "rpid, pid or none") { CallerIDType($0) } ?? .remotePartyID
        aliases = xml.first("aliases")?.children(named: "alias").compactMap { $0[attribute: "name"] } ?? []
        reader.noteUnused(Self.knownElsewhere)
        diagnostics += try reader.finish()
    }
}

extension ProfileConfiguration {
    /// How a peer is spoken to that does not say, and how other nodes speak to this one.
    var usualTransport: SIPTransportKind { [.udp, .tcp, .tls].first { transports.contains($0) } ?? .udp }

    /// The port of a transport.
    func port(over kind: SIPTransportKind) -> UInt16 {
        kind == .tls ? tls?.port ?? kind.defaultPort : listen.port
    }
}
