import Base
import SIP
import SwitchCore
import XMLConfig

/// What commands tell of a gateway, as it is now.
struct GatewayReport: Sendable {
    let name: String
    /// `profile::name`.
    let key: String
    let to: String
    let state: String
    let pingTime: String
    let calls: Gateway.Calls
    /// The seconds until a registration is tried again, where that is to be.
    private let retry: Int64?
    private let isRetryable: Bool
    /// Each fact with its label and its tag; a fact without a tag is in the text alone.
    private let facts: [Fact]

    private struct Fact: Sendable {
        let label: String
        let tag: String
        let value: String

        init(_ label: String, _ tag: String, _ value: String) {
            (self.label, self.tag, self.value) = (label, tag, value)
        }
    }

    /// The report; made on the profile's loop.
    init(_ gateway: Gateway, of profile: Profile) {
        let configuration = gateway.configuration
        let now = profile.loop.now
        name = gateway.name
        key = "\(profile.name)::\(gateway.name)"
        to = "sip:\(configuration.username)@\(configuration.proxyText)"
        state = gateway.registration.state.rawValue
        pingTime = (Double(gateway.ping?.time.wholeNanoseconds ?? 0) / 1e6).text(places: 2)
        calls = gateway.calls
        isRetryable = [.failed, .trying, .waiting].contains(gateway.registration.state)
        retry = gateway.registration.deadline.map { max(($0 - now).wholeMilliseconds / 1000, 0) }
        facts =
            Self.account(gateway, profile, to) + Self.ping(gateway, profile, pingTime)
            + Self.state(gateway, state, at: now)
    }

    private static func account(_ gateway: Gateway, _ profile: Profile, _ to: String) -> [Fact] {
        let configuration = gateway.configuration
        return [
            Fact("Name", "name", gateway.name), Fact("Profile", "profile", profile.name),
            Fact("Scheme", "scheme", configuration.scheme), Fact("Realm", "realm", configuration.realm),
            Fact("Username", "username", configuration.username),
            Fact("Password", "password", configuration.password.isEmpty ? "no" : "yes"),
            Fact("From", "from", NameAddress(profile.address(of: gateway)).description),
            Fact("Contact", "contact", profile.contact(of: gateway).description),
            Fact("Exten", "exten", configuration.destinationText), Fact("To", "to", to),
            Fact("Proxy", "proxy", "sip:\(configuration.proxyText)"),
            Fact("Context", "context", configuration.context ?? profile.configuration.context),
            Fact("Expires", "expires", String(gateway.registration.expires)),
            Fact("Freq", "freq", String(gateway.registration.expires)),
        ]
    }

    private static func ping(_ gateway: Gateway, _ profile: Profile, _ time: String) -> [Fact] {
        let pinging = gateway.configuration.pinging
        let next = gateway.ping.map { ping in
            profile.softswitch.wallClock() / 1_000_000 + (ping.next - profile.loop.now).wholeMilliseconds / 1000
        }
        let (least, most) = (pinging?.minimum ?? 0, pinging?.maximum ?? 0)
        let count = gateway.ping?.count ?? 0
        return [
            Fact("Ping", "ping", String(next ?? 0)), Fact("PingFreq", "pingfreq", String(pinging?.interval ?? 0)),
            Fact("", "pingmin", String(least)), Fact("", "pingcount", String(count)), Fact("", "pingmax", String(most)),
            Fact("PingTime", "pingtime", time), Fact("PingState", "", "\(least)/\(count)/\(most)"),
        ]
    }

    private static func state(_ gateway: Gateway, _ state: String, at now: MonotonicInstant) -> [Fact] {
        let isPending = gateway.ping?.isPending == true
        let status = gateway.isUp ? "UP" : "DOWN"
        let uptime = gateway.uptime(at: now).wholeNanoseconds
        let calls = gateway.calls
        return [
            Fact("", "pinging", isPending ? "1" : "0"), Fact("State", "state", state),
            Fact("Status", "", status + (isPending ? " (ping)" : "")), Fact("", "status", status),
            Fact("Uptime", "", "\(uptime / 1_000_000_000)s"), Fact("", "uptime-usec", String(uptime / 1000)),
            Fact("CallsIN", "calls-in", String(calls.inbound)), Fact("CallsOUT", "calls-out", String(calls.outbound)),
            Fact("FailedCallsIN", "failed-calls-in", String(calls.failedInbound)),
            Fact("FailedCallsOUT", "failed-calls-out", String(calls.failedOutbound)),
        ]
    }

    // MARK: - Texts

    /// When it is tried again.
    var retryText: String {
        guard isRetryable else { return "" }
        return retry.map { $0 > 0 ? " (retry: \($0)s)" : " (retry: NEVER)" } ?? " (retry: NEVER)"
    }

    /// The state, and when it is tried again.
    var stateText: String { state + retryText }

    /// One fact a line.
    var text: String {
        facts.filter { !$0.label.isEmpty }.map { fact in
            fact.label + String(repeating: " ", count: max(8 - fact.label.count, 0)) + "\t\(fact.value)\n"
        }.joined()
    }

    /// The element `gateway`.
    var xml: String {
        var lines = facts.filter { !$0.tag.isEmpty }.map { fact in
            "    <\(fact.tag)>\(XMLNode.escaped(fact.value, inAttribute: false))</\(fact.tag)>\n"
        }
        if isRetryable { lines.append("    <retry>\(retry.map { "\($0)s" } ?? "NEVER")</retry>\n") }
        return "  <gateway>\n\(lines.joined())  </gateway>\n"
    }
}

extension Profile {
    /// What is told of all gateways.
    func gatewayReports() -> [GatewayReport] { allGateways.map { GatewayReport($0, of: self) } }
}

extension Gateway.Calls {
    /// Failed and all.
    var inboundText: String { "\(failedInbound)/\(inbound)" }
    var outboundText: String { "\(failedOutbound)/\(outbound)" }

    /// Adds those of another gateway.
    mutating func add(_ other: Self) {
        inbound &+= other.inbound
        failedInbound &+= other.failedInbound
        outbound &+= other.outbound
        failedOutbound &+= other.failedOutbound
    }
}
