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
    func statements(for change: RegistrationRecord.Change) -> [Statement] {
        let record = change.record
        let address = "sip_user = ? AND sip_host = ? AND profile_name = ?"
        let values: [SQLValue] = [.text(record.user), .text(record.domain), .text(profile)]
        let own = Statement(
            "DELETE FROM sip_registrations WHERE \(address) AND contact = ? AND hostname = ?",
            values + [.text(record.contact), .text(host)]
        )
        guard case .kept(let isOnly) = change.kind else { return [own] }
        // Which rows of other nodes are of the same phone: with its contact, with its Call-ID, or all of the user's.
        let same = isOnly ? "hostname <> ?" : "hostname <> ? AND (contact = ? OR call_id = ?)"
        let sameValues: [SQLValue] =
            isOnly ? [.text(host)] : [.text(host), .text(record.contact), .text(record.callID)]
        return [
            own,
            Statement(
                "DELETE FROM sip_registrations WHERE \(address) AND \(same) AND expires <= ?",
                values + sameValues + [.integer(record.expires)]
            ),
            Self.registrations.insertion(of: record.row(host: host, profile: profile)),
        ]
    }

    /// Takes out all registrations of the profile here.
    var clearing: Statement {
        Statement(
            "DELETE FROM sip_registrations WHERE hostname = ? AND profile_name = ?",
            [.text(host), .text(profile)]
        )
    }

    /// The registrations that an earlier run has left.
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

    /// The contacts of a user with other nodes that are alive, the newest first.
    ///
    /// A row of FreeSWITCH's has no node: it counts until it expires.
    func contacts(of user: String, domain: String, at epoch: Int64) -> Statement {
        Statement(
            """
            \(elsewhere) AND r.sip_user = ? AND r.sip_host = ? ORDER BY r.expires DESC
            """,
            scope(at: epoch) + [.text(user.lowercased()), .text(domain.lowercased())]
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
            "\(elsewhere) AND (r.call_id = ? OR (r.sip_host = ?\(isUser))) ORDER BY r.expires DESC LIMIT \(limit)",
            scope(at: epoch) + [.text(name), .text(parts.last ?? "")] + (user.isEmpty ? [] : [.text(user)])
        )
    }

    /// What is known of contacts of other nodes that are alive, up to further conditions.
    private var elsewhere: String {
        """
        SELECT r.contact AS contact, r.call_id AS call_id, r.expires AS expires, r.hostname AS hostname, \
        r.server_user AS server_user, r.server_host AS server_host, n.uri AS uri, n.secret AS secret \
        FROM sip_registrations r LEFT JOIN sip_nodes n \
        ON n.hostname = r.hostname AND n.profile_name = r.profile_name \
        WHERE r.profile_name = ? AND r.expires > ? AND r.hostname <> ? \
        AND (n.lease IS NULL OR n.lease > \(dialect.epoch))
        """
    }

    private func scope(at epoch: Int64) -> [SQLValue] { [.text(profile), .integer(epoch), .text(host)] }
}
