public import Database

/// Copies FusionPBX's tables from one database to another, whichever kinds they are.
///
/// What is done is recorded in the target together with the rows, so a copy that was cut off at any moment goes on where
/// it was, and no row comes twice. No more than two batches are in memory.
public struct DatabaseCopy: Sendable {
    /// What a copy has done, or would do.
    public struct Result: Sendable, Hashable {
        /// A table, with what was done.
        public struct Table: Sendable, Hashable {
            /// Its name.
            public var name: String
            /// How many rows of it are in the target.
            public var rows: Int64
            /// Whether the copy has made the table.
            public var isNew: Bool
        }

        /// The tables in the order in which they were copied.
        public var tables: [Table] = []
        /// What is different, or was not copied.
        public var notes: [MigrationNote] = []
    }

    private let source: any DataSource
    private let sourceName: String
    private let target: (any DataSource)?
    private let dialect: SQLDialect
    private let settings: CopySettings

    /// A copy of a database.
    ///
    /// - Parameters:
    ///   - name: The source's name, by which another copy into the same target is told from this one; without a password.
    ///   - target: Where the tables come to be; `nil` for a database that is not there, into which nothing can be copied.
    ///   - dialect: The kind of database that the target is.
    public init(
        from source: any DataSource,
        named name: String,
        to target: (any DataSource)?,
        _ dialect: SQLDialect,
        _ settings: CopySettings = CopySettings()
    ) {
        (self.source, sourceName, self.target) = (source, name, target)
        (self.dialect, self.settings) = (dialect, settings)
    }

    /// Says what would be done, and changes nothing.
    public func rehearse() async throws -> Result {
        let (plan, _) = try await MigrationError.describing("looking at the databases") { try await look() }
        var result = Result(notes: plan.notes)
        for table in plan.tables {
            result.tables.append(Result.Table(name: table.name, rows: table.rows, isNew: table.isNew))
            if !table.additions.isEmpty {
                let names = table.additions.map(\.name).shortList
                result.notes.append(MigrationNote.note("the target's \(table.name) gets the columns \(names)"))
            }
        }
        return result
    }

    /// Copies everything, or what is left of it.
    ///
    /// - Parameter report: Is told how far it is, after each batch.
    public func run(_ report: @escaping @Sendable (CopyProgress) -> Void = { _ in }) async throws -> Result {
        guard let target else { throw MigrationError("there is no database to copy into") }
        let (plan, records) = try await MigrationError.describing("preparing the target") {
            let seen = try await look()
            try await target.execute(CopyRecord.definition.creation(dialect))
            for table in seen.plan.tables { try await prepare(table, in: target) }
            return seen
        }
        var progress = CopyProgress()
        progress.total = plan.rows
        progress.earlier = records.values.reduce(0) { $0 + $1.position.rows }
        progress.rows = progress.earlier
        var result = Result(notes: plan.notes)
        var batches = 0
        for table in plan.tables {
            progress.table = table.name
            let record = records[table.name] ?? CopyRecord(source: sourceName)
            let copied = try await MigrationError.describing(table.name) {
                try await copy(table, from: record, to: target, &batches) { rows in
                    progress.rows += rows
                    report(progress)
                }
            }
            result.tables.append(Result.Table(name: table.name, rows: copied.position.rows, isNew: table.isNew))
            result.notes += Self.notes(about: copied, of: table)
        }
        return result
    }

    // MARK: - Before

    /// What is to be done, and what earlier runs have recorded.
    private func look() async throws -> (plan: CopyPlan, records: [String: CopyRecord]) {
        guard let target else {
            return (try await CopyPlan(from: source, to: DatabaseCatalogue(), dialect, settings), [:])
        }
        let catalogue = try await DatabaseCatalogue.read(target)
        let plan = try await CopyPlan(from: source, to: catalogue, dialect, settings)
        return (plan, try await records(in: target, catalogue, plan))
    }

    /// What earlier runs have recorded; throws when the target is not one that may be copied into.
    private func records(
        in target: any DataSource,
        _ catalogue: DatabaseCatalogue,
        _ plan: CopyPlan
    ) async throws -> [String: CopyRecord] {
        let isOurs = [SchemaMigration.record, CopyRecord.definition].contains { catalogue[$0.name] != nil }
        let records = catalogue[CopyRecord.definition.name] == nil ? [:] : try await CopyRecord.all(in: target)
        if let other = records.values.first(where: { $0.source != sourceName }) {
            throw MigrationError("the target has a copy of \(other.source) already: name an empty database")
        }
        for table in plan.tables where !table.isNew && records[table.name] == nil {
            let rows = try await target.query(Statement("SELECT 1 AS one FROM \(dialect.quoted(table.name)) LIMIT 1"))
            guard rows.isEmpty else {
                throw MigrationError(
                    "the target has rows in \(table.name) that are not of this copy: name an empty one"
                )
            }
            guard isOurs || table.additions.isEmpty else {
                let names = table.additions.map(\.name).shortList
                throw MigrationError("the target's \(table.name), which this program has not made, lacks \(names)")
            }
        }
        return records
    }

    private func prepare(_ table: TableCopy, in target: any DataSource) async throws(DatabaseError) {
        if table.isNew { try await target.execute(table.definition.creation(dialect)) }
        for column in table.additions { try await target.execute(table.definition.addition(of: column, dialect)) }
        if table.isNew {
            for statement in table.definition.indexCreation(dialect) { try await target.execute(statement) }
        }
    }

    // MARK: - Rows

    /// Copies the rest of a table; the next batch is read while one is written.
    private func copy(
        _ table: TableCopy,
        from start: CopyRecord,
        to target: any DataSource,
        _ batches: inout Int,
        _ report: (Int64) -> Void
    ) async throws -> CopyRecord {
        var record = start
        guard !record.isFinished else { return record }
        let reader = BatchReader(table, from: source, settings)
        var writer = BatchWriter(table, settings, losses: record.losses)
        var batch = try await reader.batch(after: record.position)
        while true {
            if let limit = settings.batchLimit, batches >= limit {
                throw MigrationError("stopped after \(limit) batches")
            }
            try Task.checkCancellation()
            let current = batch
            let isLast = current.rows.isEmpty
            async let following = isLast ? current : reader.batch(after: current.position)
            let rows = try writer.statements(for: current.rows)
            (record.position, record.losses, record.isFinished) = (current.position, writer.losses, isLast)
            try await target.execute(rows + [record.statement(for: table.name, dialect)], within: settings.deadline)
            report(Int64(current.rows.count))
            batches += 1
            if isLast { return record }
            batch = try await following
        }
    }

    private static func notes(about record: CopyRecord, of table: TableCopy) -> [MigrationNote] {
        let lost = record.losses.sorted { $0.key < $1.key }.map { column, count in
            let kind = table.columns.first { $0.name == column }.map { "\($0.conversion.target)" } ?? ""
            let text = "\(table.name).\(column): \(count) values are no \(kind) for the target, and are NULL there"
            return MigrationNote.warning(text)
        }
        guard record.position.rows != table.rows else { return lost }
        let text =
            "\(table.name): \(record.position.rows) rows were copied, and the source has \(table.rows): it was changed"
        return lost + [MigrationNote.warning(text + " meanwhile; copy it again when nobody writes it")]
    }
}
