package import Base
package import Database
package import NetworkConditions

/// The tables by which switches and name servers tell each other what they see.
package struct SharedConditions: Sendable {
    /// How rows are kept in them.
    package struct Limits: Hashable, Sendable {
        /// How many rows of network conditions there may be; the oldest go first.
        package var rows = 200_000
        /// For how many seconds nobody need have written a row.
        package var retention = 24 * 3600
        /// For how many seconds arrivals stay.
        package var arrivalRetention = 600
        /// How many rows of a large table are read at a time.
        package var page = 5000
        /// How many rows are taken out at a time: a cluster has to agree on what is in one transaction.
        package var piece = 1000

        /// The defaults.
        package init() {}
    }

    /// How many rows a table may have at most, whoever writes it.
    package static let maximumRows = 2_000_000

    /// How many rows are written in one transaction.
    private static let batch = 250
    /// How long a statement may take.
    private static let patience = Duration.seconds(2)
    /// How many observations are read: 64 observers of 16 data centers.
    private static let observations = 1024
    /// How many arrivals are read at a time.
    private static let arrivals = 5000

    private let source: any DataSource
    /// How rows are kept.
    package let limits: Limits

    /// The tables in a database.
    package init(_ source: any DataSource, _ limits: Limits = Limits()) {
        (self.source, self.limits) = (source, limits)
    }

    private var dialect: SQLDialect { source.dialect }

    /// Does something with the tables, and makes them where they are missing; also when they went away meanwhile.
    ///
    /// Whoever may only read needs no more than that they are there.
    private func withTables<Result>(
        _ body: () async throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        do throws(DatabaseError) {
            return try await body()
        } catch {
            guard error.isMissingTable else { throw error }
        }
        let fault = await create()
        do throws(DatabaseError) {
            return try await body()
        } catch {
            throw error.isMissingTable ? fault ?? error : error
        }
    }

    /// Makes the tables.
    ///
    /// - Returns: What went wrong: others who do so at the same time are in the way, for "if not exists" is no lock, and
    ///   leave it done.
    private func create() async -> DatabaseError? {
        var first: DatabaseError?
        for table in [ConditionTable.table, ObservationTable.table, ArrivalTable.table, LoadTable.table] {
            for statement in table.creation(dialect) {
                do throws(DatabaseError) {
                    _ = try await source.execute(statement, within: Self.patience)
                } catch {
                    first = first ?? error
                }
            }
        }
        return first
    }

    // MARK: - Network conditions

    /// Writes rows of a switch.
    package func write(
        _ rows: [NetworkCondition],
        node: String,
        at now: MonotonicInstant
    ) async throws(DatabaseError) {
        try await write(ConditionTable.insertions(rows, node: node, at: now, dialect))
    }

    /// Reads rows that were written lately, with the switches that wrote them; the newest are those that there is room for.
    package func conditions(
        lastSeconds: Int,
        at now: MonotonicInstant,
        _ receive: @escaping @Sendable (NetworkCondition, _ node: String) -> Void
    ) async throws(DatabaseError) {
        let statement = ConditionTable.table.reading(lastSeconds: lastSeconds, limit: Self.maximumRows, dialect)
        try await withTables { () async throws(DatabaseError) in
            try await source.forEachRow(of: statement, within: Self.patience) { row throws(DatabaseError) in
                guard let (condition, node) = ConditionTable.read(row, at: now) else { return }
                receive(condition, node)
            }
        }
    }

    /// Reads all rows, part by part: each part has as much time as a small table, and nobody waits for the whole.
    ///
    /// - Returns: Whether those were all.
    package func allConditions(
        clock: @Sendable () -> MonotonicInstant,
        _ receive: @escaping @Sendable (NetworkCondition, _ node: String) -> Void
    ) async throws(DatabaseError) -> Bool {
        let table = ConditionTable.table
        var (last, count) = ([SQLValue]?.none, 0)
        while count < Self.maximumRows {
            let statement = table.reading(
                lastSeconds: limits.retention,
                after: last,
                limit: min(limits.page, Self.maximumRows - count),
                dialect
            )
            let rows = try await withTables { () async throws(DatabaseError) in
                try await source.query(statement, within: Self.patience)
            }
            let now = clock()
            for row in rows {
                if let (condition, node) = ConditionTable.read(row, at: now) { receive(condition, node) }
            }
            count += rows.count
            // As it is written there: what cannot be understood is gone past, too.
            last = rows.last.map { row in table.key.map { row[$0] ?? .null } }
            guard rows.count == limits.page else { return true }
        }
        return false
    }

    /// Takes out what is old, and what is too much, piece by piece.
    ///
    /// - Parameter time: How long another piece is begun.
    /// - Returns: Whether that was all.
    package func cleanUp(for time: Duration) async throws(DatabaseError) -> Bool {
        let end = MonotonicInstant.now + time
        let (conditions, arrivals) = (ConditionTable.table, ArrivalTable.table)
        let piece = limits.piece
        var removals = [
            conditions.removal(olderThanSeconds: limits.retention, count: piece, dialect),
            arrivals.removal(olderThanSeconds: limits.arrivalRetention, count: piece, dialect),
            ObservationTable.table.removal(olderThanSeconds: limits.arrivalRetention, count: piece, dialect),
            LoadTable.table.removal(olderThanSeconds: limits.arrivalRetention, count: piece, dialect),
        ]
        let surplus = try await source.query(conditions.surplus(beyond: limits.rows, dialect), within: Self.patience)
        if let time = surplus.first?[SharedTable.written]?.integer {
            removals.append(conditions.removal(writtenUntil: time, count: piece, dialect))
        }
        for removal in removals {
            while try await source.execute(removal, within: Self.patience).changes >= piece {
                guard MonotonicInstant.now < end else { return false }
            }
        }
        return true
    }

    // MARK: - Data centers, arrivals

    /// Writes what an observer sees.
    package func write(_ observations: [CenterObservation]) async throws(DatabaseError) {
        try await write(observations.map { ObservationTable.insertion($0, dialect) })
    }

    /// What everybody has seen in the last seconds.
    package func observations(lastSeconds: Int) async throws(DatabaseError) -> [CenterObservation] {
        let table = ObservationTable.table
        let statement = table.reading(lastSeconds: lastSeconds, limit: Self.observations, dialect)
        return try await query(statement).compactMap(ObservationTable.read)
    }

    /// Writes arrivals.
    package func write(_ arrivals: [SeenArrival], at now: MonotonicInstant) async throws(DatabaseError) {
        let fitting = arrivals.filter { $0.arrival.name.unicodeScalars.count <= SharedTable.nameLength }
        try await write(fitting.map { ArrivalTable.insertion($0, at: now, dialect) })
    }

    /// Arrivals of the last seconds.
    package func arrivals(
        lastSeconds: Int,
        at now: MonotonicInstant
    ) async throws(DatabaseError) -> [SeenArrival] {
        let statement = ArrivalTable.table.reading(lastSeconds: lastSeconds, limit: Self.arrivals, dialect)
        return try await query(statement).compactMap { ArrivalTable.read($0, at: now) }
    }

    // MARK: - Loads

    /// How many switches' loads are read.
    private static let loads = 1024

    /// Writes how much a switch has to do.
    package func write(_ load: SwitchLoad) async throws(DatabaseError) {
        try await write([LoadTable.insertion(load, dialect)])
    }

    /// How much switches have to do that have said so in the last seconds.
    package func loads(lastSeconds: Int) async throws(DatabaseError) -> [SwitchLoad] {
        let statement = LoadTable.table.reading(lastSeconds: lastSeconds, limit: Self.loads, dialect)
        return try await query(statement).compactMap(LoadTable.read)
    }

    // MARK: - Statements

    private func query(_ statement: Statement) async throws(DatabaseError) -> [DatabaseRow] {
        try await withTables { () async throws(DatabaseError) in
            try await source.query(statement, within: Self.patience)
        }
    }

    private func write(_ statements: [Statement]) async throws(DatabaseError) {
        var rest = statements[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batch))
            try await withTables { () async throws(DatabaseError) in
                try await source.execute(batch, within: Self.patience)
            }
            rest = rest.dropFirst(Self.batch)
        }
    }
}
