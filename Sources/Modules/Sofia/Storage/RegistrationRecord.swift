import Base
import Database
import SIP

/// A registration as a row of `sip_registrations`.
struct RegistrationRecord: Sendable {
    /// FreeSWITCH's columns.
    static let columns = [
        "call_id", "sip_user", "sip_host", "presence_hosts", "contact", "status", "ping_status", "ping_count",
        "ping_time",
        "force_ping", "rpid", "expires", "ping_expires", "user_agent", "server_user", "server_host", "profile_name",
        "hostname", "network_ip", "network_port", "sip_username", "sip_realm", "mwi_user", "mwi_host",
        "orig_server_host", "orig_hostname", "sub_host",
    ]

    /// What happens to a row.
    struct Change: Sendable {
        enum Kind: Sendable, Hashable {
            /// It is as the record says; `isOnly` when it takes the place of all others of the user.
            case kept(isOnly: Bool)
            case removed
            /// All rows of the user are gone, those of other nodes too.
            case removedAll
        }

        let kind: Kind
        let record: RegistrationRecord
        /// When a phone said so; for what nobody said, such as an end in time, when the phone last spoke.
        let time: MonotonicInstant
    }

    /// The user and the domain, in small letters.
    let user: String
    let domain: String
    let contact: String
    let callID: String
    /// When the registration is forgotten, in seconds since 1970.
    let expires: Int64
    let registeredAt: MonotonicInstant
    private let status: String
    private let userAgent: String
    private let server: (user: String, domain: String)
    private let remote: IPEndpoint
    private let local: IPAddress
    private let account: (username: String, realm: String)

    /// - Returns: `nil` when it has no place in a table that FreeSWITCH may have made, or in its index.
    init?(_ registration: Registration, expires: Int64) {
        (user, domain) = (registration.user.lowercased(), registration.domain.lowercased())
        contact = registration.storedContact
        guard user.utf8.count <= Self.lengthLimit, domain.utf8.count <= Self.lengthLimit,
            contact.utf8.count <= Self.contactLimit
        else { return nil }
        callID = Self.fitting(registration.callID)
        status = registration.status
        (self.expires, registeredAt) = (expires, registration.registeredAt)
        userAgent = Self.fitting(registration.userAgent)
        server = (Self.fitting(registration.user), Self.fitting(registration.domain))
        (remote, local) = (registration.flow.remote, registration.flow.local.address)
        account = (Self.fitting(registration.username), Self.fitting(registration.realm))
    }

    /// How long a text may be, in octets, and how long a contact.
    private static let lengthLimit = 255
    static let contactLimit = 1024

    private static func fitting(_ text: String) -> String {
        guard text.utf8.count > lengthLimit else { return text }
        return String(text.unicodeScalars.prefix(lengthLimit / 4))
    }

    /// The values of the columns.
    func row(host: String, profile: String) -> [String] {
        [
            callID, user, domain, "", contact, status, "Reachable", "0", "0", "0", "unknown", String(expires), "0",
            userAgent, server.user, server.domain, profile, host, "\(remote.address)", String(remote.port),
            account.username, account.realm, server.user, server.domain, "\(local)", host, server.domain,
        ]
    }
}

extension Registration {
    /// The contact as rows have it: what the phone wrote, but for parameters that mean something to switches, and how it
    /// is reached behind a NAT.
    var storedContact: String {
        var text = Registration.text(contact.withoutOwnParameters, displayName, isBehindNAT: isBehindNAT)
        if isBehindNAT {
            text.removeLast()
            text += ";fs_path=\(PercentEncoding.encode(flow.hop))>"
        }
        return text
    }

    /// A registration that an earlier run has left in a row; `nil` when the row makes no sense, or has expired.
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
            registeredAt: now + .milliseconds(-(row.registrationAge ?? Self.unknownAge)),
            expiresAt: now + .seconds(left.partialValue - margin),
            forgottenAt: now + .seconds(left.partialValue),
            userAgent: row["user_agent"]?.text ?? "",
            username: row["sip_username"]?.text ?? user,
            realm: row["sip_realm"]?.text ?? domain
        )
    }

    /// The longest time, in seconds, that a row can have left: more is no registration's.
    private static let longestLife = 10 * 86_400
    /// How long ago a REGISTER was whose time no row says, in milliseconds.
    private static let unknownAge: Int64 = 86_400_000
}

extension DatabaseRow {
    /// How long ago the REGISTER of a row was, in milliseconds, by the database's clock; `nil` when nobody wrote that down.
    var registrationAge: Int64? {
        guard let time = self["registered_ms"]?.integer, let now = self["now_ms"]?.integer else { return nil }
        let age = now.subtractingReportingOverflow(time)
        // A hundred years: what a column says is not to be trusted.
        return age.overflow ? nil : min(max(age.partialValue, -3_155_760_000_000), 3_155_760_000_000)
    }
}

extension SIPFlow {
    /// Where the peer is, as `fs_path` has it.
    var hop: String { "sip:\(remote)" + (transport == .udp ? "" : ";transport=\(transport.uriName)") }
}
