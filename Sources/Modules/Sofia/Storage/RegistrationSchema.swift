import Base
import Database
import SIP

/// The tables that nodes share: who is registered where, and the nodes themselves.
///
/// The first has FreeSWITCH's name and columns. `sip_user` and `sip_host` are in small letters there: phones write them
/// either way and mean the same. A column of our own, `registered_ms`, says when the REGISTER was, by the database's clock:
/// of two rows for one phone the one with the later REGISTER counts. A row without it, from FreeSWITCH or an earlier
/// version, is older than all that have one; between two such rows the one that expires later counts.
struct RegistrationSchema: Sendable {
    let dialect: SQLDialect
    let host: String
    let profile: String
    /// Whether the table has the column of our own.
    var hasTimes = true

    static let registrations = MachineTable(
        "sip_registrations",
        columns: RegistrationRecord.columns,
        integers: ["ping_count", "ping_time", "force_ping", "expires", "ping_expires"],
        key: ["sip_user", "sip_host", "contact"],
        reference: "hostname",
        reckoned: "registered_ms"
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

    // MARK: - When the REGISTER was

    /// Fails where the table does not have the column, and where there is no table.
    static let timesProbe = Statement("SELECT registered_ms FROM sip_registrations WHERE 1 = 0")
    static let tableProbe = Statement("SELECT hostname FROM sip_registrations WHERE 1 = 0")

    /// The time of something that was a while ago by this node's clock, by that of the database: they need not agree.
    private func time(_ age: Int64) -> Statement? {
        hasTimes ? Statement("\(dialect.epochMilliseconds) - ?", [.integer(age)]) : nil
    }

    /// Which rows of other nodes say what was before a REGISTER that was a while ago.
    ///
    /// A row from the future has the time of another node of the database, whose clock goes wrong: it does not stand
    /// against a phone that has just spoken.
    private func isOlder(than age: Int64) -> Statement? {
        guard hasTimes else { return nil }
        let margin: Int64 = age < Self.latestMilliseconds ? 0 : Self.rowLife * 1000
        let now = dialect.epochMilliseconds
        return Statement(
            "(registered_ms IS NULL OR registered_ms <= \(now) - ? OR registered_ms > \(now) + ?)",
            [.integer(age), .integer(margin)]
        )
    }

    /// How long ago a phone spoke that has just spoken.
    private static let latestMilliseconds: Int64 = 10_000

    // MARK: - This node's rows

    /// What a change of a registration does to the tables.
    ///
    /// A row that is there is changed where it is: a phone that comes back has nothing new but the time, and no index to be
    /// written again.
    ///
    /// - Parameter now: The time that the change's is a part of.
    func statements(for change: RegistrationRecord.Change, at now: MonotonicInstant) -> [Statement] {
        let record = change.record
        let same: [SQLValue] = [.text(record.user), .text(record.domain), .text(profile)]
        let own = "\(Self.address) AND contact = ? AND hostname = ?"
        let ownValues = same + [.text(record.contact), .text(host)]
        // Which rows of other nodes are of the same phone: with its contact, with its Call-ID, or all of the user's.
        let age = max((now - change.time).wholeMilliseconds, 0)
        let isOlder = isOlder(than: age) ?? Statement("expires <= ?", [.integer(record.expires)])
        var isOfOthers = "hostname <> ? AND \(isOlder.sql)"
        var values = same + [.text(host)] + isOlder.values
        if change.kind != .kept(isOnly: true), change.kind != .removedAll {
            isOfOthers += " AND (contact = ? OR call_id = ?)"
            values += [.text(record.contact), .text(record.callID)]
        }
        let others = Statement("DELETE FROM sip_registrations WHERE \(Self.address) AND \(isOfOthers)", values)
        guard case .kept = change.kind else {
            return [Statement("DELETE FROM sip_registrations WHERE \(own)", ownValues), others]
        }
        let row = record.row(host: host, profile: profile)
        return [
            others, Self.registrations.change(to: row, reckoning: time(age), where: own, ownValues),
            Self.registrations.insertion(of: row, reckoning: time(age), unless: own, ownValues),
        ]
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
            """
            SELECT *, \(dialect.epochMilliseconds) AS now_ms FROM sip_registrations \
            WHERE hostname = ? AND profile_name = ?
            """,
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
            ORDER BY \(hasTimes ? "COALESCE(r.registered_ms, 0) DESC, " : "")r.expires DESC, r.hostname DESC
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

    /// Some contacts with other nodes that are reached from everywhere, over UDP and not behind a NAT: those that come after a
    /// contact, in their order.
    func reachable(after contact: String, at epoch: Int64, limit: Int) -> Statement {
        Statement(
            """
            \(contacts) AND r.hostname <> ? AND r.status = 'Registered(UDP)' AND r.contact > ? \
            ORDER BY r.contact LIMIT \(limit)
            """,
            [.text(profile), .integer(epoch), .text(host), .text(contact)]
        )
    }

    /// What is known of contacts and of the nodes that have them, up to further conditions.
    private var contacts: String {
        """
        SELECT r.contact AS contact, r.call_id AS call_id, r.expires AS expires, r.hostname AS hostname, \
        r.server_user AS server_user, r.server_host AS server_host, n.uri AS uri, n.secret AS secret, \
        n.lease AS lease\
        \(hasTimes ? ", r.registered_ms AS registered_ms, \(dialect.epochMilliseconds) AS now_ms" : "") \
        FROM sip_registrations r LEFT JOIN sip_nodes n \
        ON n.hostname = r.hostname AND n.profile_name = r.profile_name \
        WHERE r.profile_name = ? AND r.expires > ?
        """
    }
}
