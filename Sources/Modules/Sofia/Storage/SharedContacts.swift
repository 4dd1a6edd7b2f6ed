import Base
import Database
import SIP

/// A user's contacts as the shared database has them.
struct SharedContacts: Sendable, Equatable {
    /// One with another node.
    struct Contact: Sendable, Equatable {
        let uri: SIPURI
        /// The node's name.
        let host: String
        /// The node, when it is one of ours.
        let node: ClusterNode?
    }

    /// Those with this node, as events write them; `nil` when the database may not have the latest.
    var own: Set<String>?
    let elsewhere: [Contact]

    init(_ rows: [DatabaseRow], host: String) {
        var (own, elsewhere): (Set<String>, [Contact]) = ([], [])
        for row in rows {
            guard let text = row["contact"]?.text, let contact = NameAddress(text), contact.uri.isSIP,
                let name = row["hostname"]?.text
            else { continue }
            guard name != host else {
                own.insert(text)
                continue
            }
            var node: ClusterNode?
            if let uri = row["uri"]?.text.flatMap({ SIPURI($0) }), let secret = row["secret"]?.text {
                node = ClusterNode(uri: uri, secret: secret)
            }
            elsewhere.append(Contact(uri: contact.uri, host: name, node: node))
        }
        (self.own, self.elsewhere) = (own, elsewhere)
    }
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
