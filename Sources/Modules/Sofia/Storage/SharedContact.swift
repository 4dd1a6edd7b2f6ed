import Base
import Database
import SIP

/// A user's contact with another node, as the shared database has it.
struct SharedContact: Sendable, Equatable {
    /// What it says of itself, without what means something to switches.
    let uri: SIPURI
    /// The contact as the row has it.
    let text: String
    let callID: String
    /// When it is forgotten, in seconds since 1970.
    let expires: Int64
    /// How long ago its REGISTER was, in milliseconds; `nil` when the row does not say so.
    let age: Int64?
    /// The node's name.
    let host: String
    /// The node, when it is one of ours.
    let node: ClusterNode?
    /// Until when that is taken to be alive, by the clock of the database.
    let lease: Int64?
    /// Where a phone of another switch is reached, when it says so.
    let path: String?

    /// A row; `nil` when it makes no sense.
    init?(_ row: DatabaseRow) {
        guard let text = row["contact"]?.text, let contact = NameAddress(text), contact.uri.isSIP,
            let host = row["hostname"]?.text, let expires = row["expires"]?.integer
        else { return nil }
        (uri, self.text, self.host, self.expires) = (contact.uri.withoutOwnParameters, text, host, expires)
        (callID, path) = (row["call_id"]?.text ?? "", contact.uri.parameters["fs_path"])
        (age, lease) = (row.registrationAge, row["lease"]?.integer)
        if let address = row["uri"]?.text.flatMap({ SIPURI($0) }), let secret = row["secret"]?.text {
            node = ClusterNode(uri: address, secret: secret)
        } else {
            node = nil
        }
    }

    /// Whether it is of the same phone as a registration here.
    ///
    /// - Parameter policy: Which registrations of a user stay beside each other.
    func isSamePhone(
        as registration: Registration,
        _ policy: RegistrationSettings.MultipleRegistrations
    ) -> Bool {
        if case .replace = policy { return true }
        return text == registration.storedContact || callID == registration.callID
    }

    /// Whether it is of the same phone as another node's row.
    func isSamePhone(as other: SharedContact, _ policy: RegistrationSettings.MultipleRegistrations) -> Bool {
        if case .replace = policy { return true }
        return text == other.text || callID == other.callID
    }
}

/// What the shared database says of a user's contacts.
struct SharedContacts: Sendable {
    /// Those with other nodes, the newest first.
    var elsewhere: [SharedContact] = []
    /// Those with this node; `nil` when the database may not have all of them.
    var here: [SharedContact]?
}

/// The node that a contact is registered with, and for whom.
struct ContactOwner: Sendable, Equatable {
    let host: String
    let user: String
    let domain: String

    /// The parameters of a URI that say so.
    init?(_ parameters: SIPParameters) {
        guard let host = parameters["fs_node"].map({ PercentEncoding.decode($0) }),
            let address = parameters["fs_aor"].map({ PercentEncoding.decode($0) }),
            let mark = address.lastIndex(of: "@")
        else { return nil }
        self.init(host: host, user: String(address[..<mark]), domain: String(address[address.index(after: mark)...]))
    }

    init(host: String, user: String, domain: String) {
        (self.host, self.user, self.domain) = (host, user, domain)
    }

    /// The parameters.
    var parameters: String {
        ";fs_node=\(PercentEncoding.encode(host));fs_aor=\(PercentEncoding.encode("\(user)@\(domain)"))"
    }
}
