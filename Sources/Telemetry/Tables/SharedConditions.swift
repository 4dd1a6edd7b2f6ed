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

        /// The defaults.
        package init() {}
    }

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

    /// Makes the tables where they are missing.
    package func prepare() async throws(DatabaseError) {
        for table in [ConditionTable.table, ObservationTable.table, ArrivalTable.table, LoadTable.table] {
            for statement in table.creation(dialect) { try await execute(statement) }
        }
    }

    // MARK: - Network conditions

    /// Writes rows of a switch.
    package func write(
        _ rows: [NetworkCondition],
        node: String,
        at now: MonotonicInstant
    ) async throws(DatabaseError) {
        try await write(rows.map { ConditionTable.insertion($0, node: node, at: now, dialect) })
    }

    /// Reads rows that were written lately, with the switches that wrote them.
    package func conditions(
        lastSeconds: Int,
        at now: MonotonicInstant,
        _ receive: @escaping @Sendable (NetworkCondition, _ node: String) -> Void
    ) async throws(DatabaseError) {
        let statement = ConditionTable.table.reading(lastSeconds: lastSeconds, limit: limits.rows, dialect)
        try await source.forEachRow(of: statement, within: Self.patience) { row throws(DatabaseError) in
            guard let (condition, node) = ConditionTable.read(row, at: now) else { return }
            receive(condition, node)
        }
    }

    /// Takes out what is old, and what is too much.
    package func cleanUp() async throws(DatabaseError) {
        let (conditions, arrivals) = (ConditionTable.table, ArrivalTable.table)
        try await execute(conditions.removal(olderThanSeconds: limits.retention, dialect))
        try await execute(arrivals.removal(olderThanSeconds: limits.arrivalRetention, dialect))
        try await execute(ObservationTable.table.removal(olderThanSeconds: limits.arrivalRetention, dialect))
        try await execute(LoadTable.table.removal(olderThanSeconds: limits.arrivalRetention, dialect))
        let surplus = try await source.query(conditions.surplus(beyond: limits.rows, dialect), within: Self.patience)
        if let time = surplus.first?[SharedTable.written]?.integer {
            try await execute(conditions.removal(writtenUntil: time))
        }
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
        return try await source.query(statement, within: Self.patience).compactMap(ObservationTable.read)
    }

    /// Writes arrivals, with how many seconds ago they were.
    package func write(_ arrivals: [(arrival: NetworkArrival, age: Int)]) async throws(DatabaseError) {
        let fitting = arrivals.filter { $0.arrival.name.unicodeScalars.count <= SharedTable.nameLength }
        try await write(fitting.map { ArrivalTable.insertion($0.arrival, age: $0.age, dialect) })
    }

    /// Arrivals of the last seconds, with when they were.
    package func arrivals(
        lastSeconds: Int,
        at now: MonotonicInstant
    ) async throws(DatabaseError) -> [(arrival: NetworkArrival, seen: MonotonicInstant)] {
        let statement = ArrivalTable.table.reading(lastSeconds: lastSeconds, limit: Self.arrivals, dialect)
        return try await source.query(statement, within: Self.patience).compactMap { row in
            ArrivalTable.read(row).map { ($0.0, now + .seconds(-min($0.age, NetworkCondition.longestAge))) }
        }
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
        return try await source.query(statement, within: Self.patience).compactMap(LoadTable.read)
    }

    // MARK: - Statements

    private func write(_ statements: [Statement]) async throws(DatabaseError) {
        var rest = statements[...]
        while !rest.isEmpty {
            try await source.execute(Array(rest.prefix(Self.batch)), within: Self.patience)
            rest = rest.dropFirst(Self.batch)
        }
    }

    private func execute(_ statement: Statement) async throws(DatabaseError) {
        _ = try await source.execute(statement, within: Self.patience)
    }
}
