import Database
import SIP

/// The tables that nodes share: who is registered where, and the nodes themselves.
///
/// The first has FreeSWITCH's name and columns. `sip_user` and `sip_host` are in small letters there: phones write them
/// either way and mean the same. Of two rows for one phone the one that expires later is the newer one: nodes give their
/// phones the same time.
struct RegistrationSchema: Sendable {
    let dialect: SQLDialect
    let host: String
    let profile: String

    static let registrations = MachineTable(
        "sip_registrations",
        columns: RegistrationRecord.columns,
        integers: ["ping_count", "ping_time", "force_ping", "expires", "ping_expires"],
        key: ["sip_user", "sip_host", "contact"],
        reference: "hostname"
    )

    /// Makes what is missing.
    var creation: [Statement] {
        // MariaDB wants to know how long a key is.
        let nodes = """
            CREATE TABLE IF NOT EXISTS sip_nodes (hostname VARCHAR(255) NOT NULL, profile_name VARCHAR(255) NOT NULL, \
            uri \(dialect.textType), secret \(dialect.textType), lease BIGINT, PRIMARY KEY (hostname, profile_name))\
            \(dialect.tableOptions)
            """
        return Self.registrations.creation(dialect) + [Statement(nodes)]
    }

    /// For how many seconds rows that have expired, and nodes that are gone, are kept.
    private static let (rowLife, nodeLife): (Int64, Int64) = (86_400, 7 * 86_400)

    /// Takes out what is of no use any more: this node's own at once, that of nodes that never came back after days.
    func purging(at epoch: Int64) -> [Statement] {
        [
            Statement(
                "DELETE FROM sip_registrations WHERE hostname = ? AND profile_name = ? AND expires <= ?",
                [.text(host), .text(profile), .integer(epoch)]
            ),
            Statement("DELETE FROM sip_registrations WHERE expires <= ?", [.integer(epoch - Self.rowLife)]),
            Statement("DELETE FROM sip_nodes WHERE lease <= \(dialect.epoch) - \(Self.nodeLife)"),
        ]
    }

    // MARK: - This node's rows

    /// What a change of a registration does to the tables.
    ///
    /// A row that is there is changed where it is: a phone that comes back has nothing new but the time, and no index to be
    /// written again.
    func statements(for change: RegistrationRecord.Change) -> [Statement] {
        let record = change.record
        let same: [SQLValue] = [.text(record.user), .text(record.domain), .text(profile)]
        let own = "\(Self.address) AND contact = ? AND hostname = ?"
        let ownValues = same + [.text(record.contact), .text(host)]
        // Which rows of other nodes are of the same phone: with its contact, with its Call-ID, or all of the user's.
        var isOfOthers = "hostname <> ? AND expires <= ?"
        var values = same + [.text(host), .integer(record.expires)]
        if change.kind != .kept(isOnly: true) {
            isOfOthers += " AND (contact = ? OR call_id = ?)"
            values += [.text(record.contact), .text(record.callID)]
        }
        let others = Statement("DELETE FROM sip_registrations WHERE \(Self.address) AND \(isOfOthers)", values)
        guard case .kept = change.kind else {
            return [Statement("DELETE FROM sip_registrations WHERE \(own)", ownValues), others]
        }
        let row = record.row(host: host, profile: profile)
        return [others, Self.registrations.change(to: row, where: own, ownValues)]
            + [Self.registrations.insertion(of: row, unless: own, ownValues)]
    }

    /// Takes out a row of this node's that belongs to no registration.
    func removal(of row: RegistrationDifference.Row) -> Statement {
        Statement(
            "DELETE FROM sip_registrations WHERE \(Self.address) AND contact = ? AND hostname = ?",
            [.text(row.user), .text(row.domain), .text(profile), .text(row.contact), .text(host)]
        )
    }

    private static let address = "sip_user = ? AND sip_host = ? AND profile_name = ?"

    /// What the table has of this node's.
    var own: Statement {
        Statement(
            "SELECT * FROM sip_registrations WHERE hostname = ? AND profile_name = ?",
            [.text(host), .text(profile)]
        )
    }

    /// Says where this node is, and until when it is taken to be alive, by the database's clock.
    func lease(of node: ClusterNode, seconds: Int) -> [Statement] {
        let columns = ["hostname", "profile_name", "uri", "secret"]
        return [
            Statement(
                dialect.upsert(into: "sip_nodes", columns: columns, key: ["hostname", "profile_name"]),
                [.text(host), .text(profile), .text(node.uri.description), .text(node.secret)]
            ),
            Statement(
                """
                UPDATE sip_nodes SET lease = \(dialect.epoch) + \(seconds) WHERE hostname = ? AND profile_name = ?
                """,
                [.text(host), .text(profile)]
            ),
        ]
    }

    // MARK: - Look-ups

    /// The contacts of a user with this node, and with others that are alive: the newest first, in an order that all nodes
    /// have.
    ///
    /// A row of FreeSWITCH's has no node: it counts until it expires.
    func contacts(of user: String, domain: String, at epoch: Int64) -> Statement {
        Statement(
            """
            \(contacts) AND r.sip_user = ? AND r.sip_host = ? \
            AND (r.hostname = ? OR n.lease IS NULL OR n.lease > \(dialect.epoch)) \
            ORDER BY r.expires DESC, r.hostname DESC
            """,
            [.text(profile), .integer(epoch), .text(user.lowercased()), .text(domain.lowercased()), .text(host)]
        )
    }

    /// The contacts with other nodes that are alive which a name means: a Call-ID, `user@domain`, or a domain.
    func contacts(named name: String, at epoch: Int64, limit: Int) -> Statement {
        let parts = name.lowercased().split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init
        )
        let user = parts.count > 1 ? parts[0] : ""
        let isUser = user.isEmpty ? "" : " AND r.sip_user = ?"
        return Statement(
            """
            \(contacts) AND r.hostname <> ? AND (n.lease IS NULL OR n.lease > \(dialect.epoch)) \
            AND (r.call_id = ? OR (r.sip_host = ?\(isUser))) ORDER BY r.expires DESC LIMIT \(limit)
            """,
            [.text(profile), .integer(epoch), .text(host), .text(name), .text(parts.last ?? "")]
                + (user.isEmpty ? [] : [.text(user)])
        )
    }

    /// What is known of contacts and of the nodes that have them, up to further conditions.
    private var contacts: String {
        """
        SELECT r.contact AS contact, r.call_id AS call_id, r.expires AS expires, r.hostname AS hostname, \
        r.server_user AS server_user, r.server_host AS server_host, n.uri AS uri, n.secret AS secret \
        FROM sip_registrations r LEFT JOIN sip_nodes n \
        ON n.hostname = r.hostname AND n.profile_name = r.profile_name \
        WHERE r.profile_name = ? AND r.expires > ?
        """
    }
}
