import Base
import Database

/// What PostgreSQL says of itself, as a primary or as a standby.
enum PostgreSQLFacts {
    /// One statement, so that everything is of the same moment.
    static let question: Statement = """
        SELECT pg_is_in_recovery() AS recovery, current_setting('default_transaction_read_only') AS read_only, \
        (SELECT system_identifier::text FROM pg_control_system()) AS system, \
        (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END \
        - '0/0'::pg_lsn)::bigint AS position, \
        CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline, \
        (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) \
        FROM pg_control_checkpoint() AS c, pg_control_recovery() AS r)::bigint AS followed
        """

    /// Reads the row of the answer.
    static func read(_ rows: [DatabaseRow]) -> HealthFacts {
        var facts = HealthFacts()
        guard let row = rows.first, let isStandby = row["recovery"]?.boolean else {
            facts.fault = "its answer cannot be read"
            return facts
        }
        facts.takesChanges = !isStandby && row["read_only"]?.text != "on"
        facts.isReplicated = isStandby
        facts.view = HealthFacts.View(cluster: row["system"]?.text ?? "")
        facts.position = row["position"]?.integer
        // A standby of a server that was promoted tells of it even where that one cannot be reached.
        let own = row["timeline"]?.text.flatMap { Int64($0, radix: 16) }
        facts.generation = (isStandby ? row["followed"]?.integer : own) ?? 0
        return facts
    }
}
