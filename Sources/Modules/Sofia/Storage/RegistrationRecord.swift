import Base
import Database
import SIP

/// A registration as a row of `sip_registrations`.
struct RegistrationRecord: Sendable, Hashable {
    /// FreeSWITCH's columns.
    static let columns = [
        "call_id", "sip_user", "sip_host", "presence_hosts", "contact", "status", "ping_status", "ping_count",
        "ping_time",
        "force_ping", "rpid", "expires", "ping_expires", "user_agent", "server_user", "server_host", "profile_name",
        "hostname", "network_ip", "network_port", "sip_username", "sip_realm", "mwi_user", "mwi_host",
        "orig_server_host", "orig_hostname", "sub_host",
    ]

    /// What happens to a row.
    struct Change: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            /// It is as the record says; `isOnly` when it takes the place of all others of the user.
            case kept(isOnly: Bool)
            case removed
        }

        let kind: Kind
        let record: RegistrationRecord
    }

    /// The user and the domain, in small letters.
    let user: String
    let domain: String
    let contact: String
    let callID: String
    private let status: String
    private let expires: Int64
    private let userAgent: String
    private let server: (user: String, domain: String)
    private let remote: IPEndpoint
    private let local: IPAddress
    private let account: (username: String, realm: String)

    /// - Parameter expires: When the registration is forgotten, in seconds since 1970.
    init(_ registration: Registration, expires: Int64) {
        (user, domain) = (registration.user.lowercased(), registration.domain.lowercased())
        contact = registration.contactText
        callID = Self.fitting(registration.callID)
        status = registration.status
        self.expires = expires
        userAgent = Self.fitting(registration.userAgent)
        server = (registration.user, registration.domain)
        (remote, local) = (registration.flow.remote, registration.flow.local.address)
        account = (registration.username, registration.realm)
    }

    /// How long a text may be in a table that FreeSWITCH has made.
    private static let lengthLimit = 255

    private static func fitting(_ text: String) -> String { String(text.unicodeScalars.prefix(lengthLimit)) }

    /// The values of the columns.
    func row(host: String, profile: String) -> [String] {
        [
            callID, user, domain, "", contact, status, "Reachable", "0", "0", "0", "unknown", String(expires), "0",
            userAgent, server.user, server.domain, profile, host, "\(remote.address)", String(remote.port),
            account.username, account.realm, server.user, server.domain, "\(local)", host, server.domain,
        ]
    }

    static func == (one: Self, other: Self) -> Bool {
        one.row(host: "", profile: "") == other.row(host: "", profile: "")
    }

    func hash(into hasher: inout Hasher) { hasher.combine(contact) }
}

extension Registration {
    /// A registration that an earlier run has left in a row; `nil` when the row makes no sense.
    ///
    /// - Parameters:
    ///   - local: Where the profile listens.
    ///   - margin: How many seconds later than the phone was told it is forgotten.
    init?(_ row: DatabaseRow, local: IPEndpoint, margin: Int, epoch: Int64, now: MonotonicInstant) {
        guard let address = row["network_ip"]?.text.flatMap({ IPAddress($0) }),
            let port = row["network_port"]?.text.flatMap({ UInt16($0) }),
            let contact = row["contact"]?.text.flatMap({ NameAddress($0) }), contact.uri.isSIP,
            let user = row["server_user"]?.text, !user.isEmpty, let domain = row["server_host"]?.text,
            let status = row["status"]?.text, let expires = row["expires"]?.integer
        else { return nil }
        let left = expires.subtractingReportingOverflow(epoch)
        guard !left.overflow, (1...Int64(Self.longestLife)).contains(left.partialValue) else { return nil }
        let transport: SIPTransportKind = status.hasPrefix("Registered(TCP") ? .tcp : .udp
        let margin = min(Int64(margin), left.partialValue)
        self.init(
            user: user,
            domain: domain,
            contact: contact.uri.withoutOwnParameters,
            displayName: contact.displayName,
            flow: SIPFlow(transport: transport, local: local, remote: IPEndpoint(address, port: port)),
            isBehindNAT: contact.uri.parameters["fs_nat"] == "yes",
            callID: row["call_id"]?.text ?? "",
            cseq: 0,
            expires: Int(left.partialValue),
            expiresAt: now + .seconds(left.partialValue - margin),
            forgottenAt: now + .seconds(left.partialValue),
            userAgent: row["user_agent"]?.text ?? "",
            username: row["sip_username"]?.text ?? user,
            realm: row["sip_realm"]?.text ?? domain
        )
    }

    /// The longest time, in seconds, that a row can have left: more is no registration's.
    private static let longestLife = 10 * 86_400
}
