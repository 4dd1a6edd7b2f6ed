import Base
import Crypto
import SIP

/// A node of the cluster that phones are registered with: where it is, and what a call for one of them has to know.
struct ClusterNode: Sendable, Hashable {
    /// Where requests for its phones go.
    let uri: SIPURI
    /// What only those know who read the shared database, in hexadecimal digits.
    let secret: String
}

/// What a node writes into the Route of a request so that the node of a phone hands it to the phone, past its dialplan.
///
/// It proves that the sender reads the shared database: a code over the method, the user, the contact, the Call-ID and the
/// time, made with the secret of the node that it is for. It is good for one request. It leads to a contact that is registered there and nowhere else, so no call can go
/// round in circles.
struct DeliveryPass: Sendable, Hashable {
    let user: String
    let domain: String
    private let time: Int64
    let code: [UInt8]

    /// For how many seconds a pass counts, and how far apart the clocks of nodes may be.
    static let life: Int64 = 60

    /// A pass to the contact of a user.
    init(
        _ method: SIPMethod = .invite,
        to contact: SIPURI,
        of user: String,
        _ domain: String,
        in callID: String,
        at epoch: Int64,
        for node: ClusterNode
    ) {
        (self.user, self.domain, time) = (user, domain, epoch)
        code = Array(
            HMAC<SHA256>.authenticationCode(
                for: Self.content(method, contact, user, domain, callID, epoch),
                using: SymmetricKey(data: Array(node.secret.utf8))
            )
        )
    }

    /// Whether a Route has something that looks like one.
    static func isThere(in route: SIPURI) -> Bool {
        route.parameters.contains("tandem-to") || route.parameters.contains("tandem-code")
    }

    /// The pass in a Route; `nil` when there is none.
    init?(_ route: SIPURI) {
        guard let address = route.parameters["tandem-to"].map({ PercentEncoding.decode($0) }),
            let mark = address.lastIndex(of: "@"), let time = route.parameters["tandem-at"].flatMap({ Int64($0) }),
            let code = route.parameters["tandem-code"].flatMap({ Hexadecimal.bytes($0, count: SHA256.byteCount) })
        else { return nil }
        (user, domain) = (String(address[..<mark]), String(address[address.index(after: mark)...]))
        (self.time, self.code) = (time, code)
    }

    /// Whether it was made by somebody who knows the secret, for this contact, a short time ago.
    func counts(
        _ method: SIPMethod = .invite,
        for contact: SIPURI,
        in callID: String,
        at epoch: Int64,
        secret: String
    ) -> Bool {
        let age = epoch.subtractingReportingOverflow(time)
        guard !age.overflow, (-Self.life...Self.life).contains(age.partialValue) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code,
            authenticating: Self.content(method, contact, user, domain, callID, time),
            using: SymmetricKey(data: Array(secret.utf8))
        )
    }

    /// The Route that leads to a node with it.
    func route(to node: ClusterNode) -> NameAddress {
        var uri = node.uri
        uri["lr"] = ""
        uri["tandem-to"] = PercentEncoding.encode("\(user)@\(domain)")
        uri["tandem-at"] = String(time)
        uri["tandem-code"] = Hexadecimal.text(code)
        return NameAddress(uri)
    }

    private static func content(
        _ method: SIPMethod,
        _ contact: SIPURI,
        _ user: String,
        _ domain: String,
        _ callID: String,
        _ time: Int64
    ) -> [UInt8] {
        Array("\(method.name)\n\(user)\n\(domain)\n\(callID)\n\(time)\n\(contact)".utf8)
    }
}
