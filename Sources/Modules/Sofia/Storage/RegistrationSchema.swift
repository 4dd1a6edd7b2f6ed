import Database
import SIP

/// The tables that nodes share: who is registered where, and the nodes themselves.
///
/// The first has FreeSWITCH's name and columns. `sip_user` and `sip_host` are in small letters there: phones write them
/// either way and mean the same.
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

    // MARK: - This node's rows

    /// What a change of a registration does to the tables.
    func statements(for change: RegistrationRecord.Change) -> [Statement] {
        let record = change.record
        var conditions = "sip_user = ? AND sip_host = ? AND profile_name = ?"
        var values: [SQLValue] = [.text(record.user), .text(record.domain), .text(profile)]
        switch change.kind {
        case .removed:
            conditions += " AND contact = ? AND hostname = ?"
            values += [.text(record.contact), .text(host)]
            return [Statement("DELETE FROM sip_registrations WHERE \(conditions)", values)]
        case .kept(isOnly: true):
            // The phone that registered last is the only one, wherever the others are.
            conditions += " AND (contact = ? OR hostname <> ?)"
            values += [.text(record.contact), .text(host)]
        case .kept(isOnly: false):
            // A phone that came here from another node has its Call-ID still, or its contact.
            conditions += " AND (contact = ? OR (call_id = ? AND hostname <> ?))"
            values += [.text(record.contact), .text(record.callID), .text(host)]
        }
        return [
            Statement("DELETE FROM sip_registrations WHERE \(conditions)", values),
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

    /// The registrations that an earlier run has left, those that still count.
    func own(at epoch: Int64) -> Statement {
        Statement(
            "SELECT * FROM sip_registrations WHERE hostname = ? AND profile_name = ? AND expires > ?",
            [.text(host), .text(profile), .integer(epoch)]
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

    /// The contacts of a user on nodes that are alive, with the nodes.
    ///
    /// A row of FreeSWITCH's has no node: it counts until it expires.
    func contacts(of user: String, domain: String, at epoch: Int64) -> Statement {
        Statement(
            """
            SELECT r.contact AS contact, r.hostname AS hostname, n.uri AS uri, n.secret AS secret \
            FROM sip_registrations r LEFT JOIN sip_nodes n \
            ON n.hostname = r.hostname AND n.profile_name = r.profile_name \
            WHERE r.sip_user = ? AND r.sip_host = ? AND r.profile_name = ? AND r.expires > ? \
            AND (r.hostname = ? OR n.lease IS NULL OR n.lease > \(dialect.epoch)) ORDER BY r.expires DESC
            """,
            [.text(user.lowercased()), .text(domain.lowercased()), .text(profile), .integer(epoch), .text(host)]
        )
    }
}
