import Base
import SDP
import SIP
import SwitchCore
import XMLConfig

/// The settings of one SIP profile: `<profile name="…">` in `sofia.conf`.
struct ProfileConfiguration: Sendable {
    /// How many registrations of one user are kept apart (`multiple-registrations`).
    enum MultipleRegistrations: Sendable {
        /// A new registration replaces the others of the user.
        case replace
        /// Registrations with different Call-IDs stay side by side.
        case byCallID
        /// Registrations with different contacts stay side by side.
        case byContact
    }

    /// Where the realm of a challenge comes from (`challenge-realm`).
    enum ChallengeRealm: Sendable, Equatable {
        case from, to
        case literal(String)
    }

    let name: String
    var aliases: [String] = []
    var listen: IPEndpoint
    var advertisedAddress: IPAddress?
    var rtpAddress: IPAddress
    var advertisedRTPAddress: IPAddress?
    var transports: Set<SIPTransportKind> = [.udp, .tcp]
    var context: String
    var dialplan: String
    var userAgent: String
    var authenticatesCalls: Bool
    var acceptsBlindRegistrations: Bool
    var disablesRegistrations: Bool
    var inboundACLs: [String]
    var registerACLs: [String]
    var challengeRealm: ChallengeRealm
    var algorithms: [DigestAlgorithm]
    var nonceTTL: Duration
    var forcedDomain: String?
    var forcedDatabaseDomain: String?
    var forcesMatchingUsername: Bool
    var multipleRegistrations: MultipleRegistrations
    var maximumRegistrationsPerUser: Int
    var forcedExpiry: Int?
    var minimumExpiry: Int
    var maximumExpiry: Int
    var expiryMargin: Int
    var inboundCodecs: String
    var outboundCodecs: String
    var negotiation: CodecNegotiation
    var telephoneEventPayloadType: UInt8?
    var comfortNoisePayloadType: UInt8?
    var rtpTimeout: Duration?
    var rtpHoldTimeout: Duration?
    var forcesRport: Bool
    var timers = SIPTimers()
    var logsAuthenticationFailures: Bool
    var callerIDType: CallerIDType

    /// Which header tells a phone who calls (`caller-id-type`).
    enum CallerIDType: Sendable {
        case remotePartyID, assertedIdentity, none
    }

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
        rtpAddress = reader.value("rtp-ip", expecting: "an IP address or auto", address) ?? sipAddress
        let external = { (text: String) -> IPAddress?? in
            // Without a NAT to ask, the automatic forms mean the address itself.
            text.hasPrefix("auto") ? .some(nil) : IPAddress(text).map { .some($0) }
        }
        advertisedAddress = reader.value("ext-sip-ip", expecting: "an IP address or auto", external) ?? nil
        advertisedRTPAddress = reader.value("ext-rtp-ip", expecting: "an IP address or auto", external) ?? nil
        if let text = reader.string("bind-params") {
            if text.contains("transport=udp") { transports = [.udp] }
            if text.contains("transport=tcp") { transports = [.tcp] }
        }
        context = reader.string("context", default: "default")
        dialplan = reader.string("dialplan", default: "XML")
        userAgent = reader.string("user-agent-string", default: "Tandem/\(version)")
        if userAgent == "_undef_" { userAgent = "" }
        authenticatesCalls = reader.boolean("auth-calls", default: true)
        acceptsBlindRegistrations = reader.boolean("accept-blind-reg", default: false)
        disablesRegistrations = reader.boolean("disable-register", default: false)
        inboundACLs = reader.all("apply-inbound-acl").map(\.value)
        registerACLs = reader.all("apply-register-acl").map(\.value)
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
        forcedDatabaseDomain = reader.string("force-register-db-domain")
        forcesMatchingUsername = reader.boolean("inbound-reg-force-matching-username", default: false)
        switch reader.string("multiple-registrations", default: "false") {
        case "contact", "true": multipleRegistrations = .byContact
        case "call-id": multipleRegistrations = .byCallID
        case let word: multipleRegistrations = word.isConfigurationTrue ? .byContact : .replace
        }
        maximumRegistrationsPerUser = reader.integer("max-registrations-per-extension", in: 1...1000, default: 10)
        forcedExpiry = reader.integer("sip-force-expires", in: 10...864_000)
        minimumExpiry = reader.integer("sip-force-expires-min", in: 1...864_000, default: 1)
        maximumExpiry = reader.integer("sip-force-expires-max", in: 1...864_000, default: 86_400)
        expiryMargin = reader.integer("sip-expires-late-margin", in: 0...3600, default: 60)
        let common = reader.string("codec-prefs")
        inboundCodecs = reader.string("inbound-codec-prefs") ?? common ?? "PCMU,PCMA"
        outboundCodecs = reader.string("outbound-codec-prefs") ?? common ?? "PCMU,PCMA"
        negotiation = reader.choice(
            "inbound-codec-negotiation",
            of: ["generous": .generous, "greedy": .greedy, "scrooge": .scrooge],
            default: .generous
        )
        let telephoneEvent = reader.integer("rfc2833-pt", in: 96...127, default: 101)
        telephoneEventPayloadType = reader.string("dtmf-type", default: "rfc2833") == "none" ? nil : UInt8(telephoneEvent)
        let suppresses = reader.boolean("suppress-cng", default: true) || reader.boolean("supress-cng", default: false)
        comfortNoisePayloadType = suppresses ? nil : UInt8(reader.integer("cng-pt", in: 0...127, default: 13))
        rtpTimeout = reader.integer("rtp-timeout-sec", in: 0...86_400).flatMap { $0 == 0 ? nil : .seconds($0) }
        rtpHoldTimeout = reader.integer("rtp-hold-timeout-sec", in: 0...864_000).flatMap { $0 == 0 ? nil : .seconds($0) }
        forcesRport = reader.string("NDLB-force-rport").map { $0 == "safe" || $0 == "server-only" || $0.isConfigurationTrue } ?? false
        timers.t1 = .milliseconds(reader.integer("timer-T1", in: 50...10_000, default: 500))
        timers.t2 = .milliseconds(reader.integer("timer-T2", in: 500...60_000, default: 4000))
        timers.t4 = .milliseconds(reader.integer("timer-T4", in: 500...60_000, default: 5000))
        logsAuthenticationFailures = reader.boolean("log-auth-failures", default: false)
        callerIDType = reader.choice(
            "caller-id-type",
            of: ["rpid": .remotePartyID, "pid": .assertedIdentity, "none": .none],
            default: .remotePartyID
        )
        aliases = xml.first("aliases")?.children(named: "alias").compactMap { $0[attribute: "name"] } ?? []
        Self.noteUnused(in: &reader)
        diagnostics += try reader.finish()
    }
}
