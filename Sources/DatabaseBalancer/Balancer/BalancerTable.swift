import Database

/// A table of the balancer's own, of texts with a state.
struct BalancerTable: Sendable {
    private let name: String
    private let dialect: SQLDialect

    /// Rows that are older are taken out, by the database's own clock: those of the programs may differ.
    static let lifetime = Duration.seconds(86_400)

    /// What canaries are written to.
    static func canary(_ dialect: SQLDialect) -> Self { Self(name: "tandem_canary", dialect: dialect) }

    /// Where the numbers of requests are noted.
    static func requests(_ dialect: SQLDialect) -> Self { Self(name: "tandem_requests", dialect: dialect) }

    /// The statement that notes an id; it fails when the id is there.
    func insertion(of id: String, state: String) -> Statement {
        let sql = "INSERT INTO \(name) (id, state, noted) VALUES (?, ?, \(dialect.epoch))"
        return Statement(sql, [.text(id), .text(state)])
    }

    /// Notes an id, in a table that is made when it is not there.
    func put(_ id: String, state: String, into pool: DatabasePool) async throws(DatabaseError) {
        do throws(DatabaseError) {
            try await pool.execute(insertion(of: id, state: state))
        } catch  where error.kind == .statement {
            try await make(in: pool)
            try await pool.execute(insertion(of: id, state: state))
        }
    }

    /// The state of an id; `nil` when it is not noted.
    func state(
        of id: String,
        in pool: DatabasePool,
        within deadline: Duration? = nil
    ) async throws(DatabaseError) -> String? {
        let statement = Statement("SELECT state FROM \(name) WHERE id = ?", [.text(id)])
        return try await pool.query(statement, within: deadline).first?.text("state")
    }

    func remove(_ id: String, from pool: DatabasePool) async throws(DatabaseError) {
        try await pool.execute(Statement("DELETE FROM \(name) WHERE id = ?", [.text(id)]))
    }

    /// Takes out ids of one state, from the first to before the last.
    func remove(_ ids: Range<String>, state: String, from pool: DatabasePool) async throws(DatabaseError) {
        let sql = "DELETE FROM \(name) WHERE id >= ? AND id < ? AND state = ?"
        try await pool.execute(Statement(sql, [.text(ids.lowerBound), .text(ids.upperBound), .text(state)]))
    }

    /// Takes out what is old.
    func tidy(_ pool: DatabasePool) async throws(DatabaseError) {
        let lifetime = Self.lifetime.components.seconds
        try await pool.execute(Statement("DELETE FROM \(name) WHERE noted < \(dialect.epoch) - \(lifetime)"))
    }

    /// Whether the table is there.
    func exists(in pool: DatabasePool) async -> Bool {
        (try? await pool.query(Statement("SELECT id FROM \(name) WHERE id = ''"))) != nil
    }

    /// Makes the table, when it is not there.
    func make(in pool: DatabasePool) async throws(DatabaseError) {
        let columns = "id VARCHAR(64) NOT NULL PRIMARY KEY, state VARCHAR(8) NOT NULL, noted BIGINT NOT NULL"
        do throws(DatabaseError) {
            try await pool.execute(
                Statement("CREATE TABLE IF NOT EXISTS \(name) (\(columns))\(dialect.tableOptions)")
            )
            try await pool.execute(Statement("CREATE INDEX IF NOT EXISTS \(name)_noted ON \(name) (noted)"))
        } catch {
            // Somebody else may make it at the same moment, which not every database likes.
            guard await exists(in: pool) else { throw error }
        }
    }
}
