/// The rows of one query, within the limits of how many and how big they may be.
struct RowCollector {
    private(set) var rows: [DatabaseRow] = []
    private var bytes = 0
    private let settings: PoolSettings

    init(_ settings: PoolSettings) {
        self.settings = settings
    }

    mutating func add(_ row: DatabaseRow) throws(DatabaseError) {
        guard rows.count < settings.rows else {
            throw DatabaseError(.limit, "the query gives more than \(settings.rows) rows", mayHaveExecuted: true)
        }
        bytes += row.size
        guard bytes <= settings.rowBytes else {
            let text = "the rows of the query take more than \(settings.rowBytes) bytes"
            throw DatabaseError(.limit, text, mayHaveExecuted: true)
        }
        rows.append(row)
    }
}

extension DriverConnection {
    /// Carries out a statement, with all its rows.
    func run(_ statement: Statement, _ settings: PoolSettings) throws(DatabaseError) -> Execution {
        var collector = RowCollector(settings)
        let changes = try run(statement) { (row) throws(DatabaseError) in try collector.add(row) }
        return Execution(changes: changes, rows: collector.rows)
    }

    /// Carries out statements, all or none of them.
    func runAll(_ batch: [Statement]) throws(DatabaseError) {
        try perform(.begin)
        // MariaDB ends the transaction with the first change of tables: what comes later is carried out by itself.
        var hasEnded = false
        do throws(DatabaseError) {
            for statement in batch {
                _ = try run(statement) { _ in }
                hasEnded = hasEnded || !isInTransaction
            }
        } catch {
            try? perform(.rollback)
            guard hasEnded else { throw error.beforeCommit }
            throw error.afterCommit
        }
        do throws(DatabaseError) {
            try perform(.commit)
        } catch {
            try? perform(.rollback)
            throw error
        }
    }
}

extension DatabaseError {
    /// The same error in a transaction whose end the database has not been asked for: nothing of it can stay.
    var beforeCommit: Self {
        guard sqlState != Self.transactionEnded.sqlState else { return self }
        var error = self
        error.mayHaveExecuted = false
        return error
    }

    /// The same error when something of what was asked for stays.
    var afterCommit: Self {
        var error = self
        error.mayHaveExecuted = true
        return error
    }

    /// A statement has ended the transaction that it was in.
    static var transactionEnded: Self {
        let text = "the statement has ended its transaction, and stays with what was before it"
        return Self(.other, text, sqlState: "2D000", mayHaveExecuted: true)
    }

    /// What MariaDB would end the transaction for.
    static var tablesInTransaction: Self {
        Self(.statement, "MariaDB cannot change tables in a transaction: it would end it, and nothing could be undone")
    }
}
