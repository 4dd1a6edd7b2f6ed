public import Database

/// Makes the tables that the XML handler reads, in a database that may have some of them already.
public struct SchemaSetup: Sendable {
    /// What was done.
    public struct Result: Sendable, Hashable {
        /// The steps that were carried out now, in words.
        public var applied: [String] = []
        /// How many had been carried out before.
        public var earlier = 0
    }

    private let database: any DataSource

    /// For a database.
    public init(_ database: any DataSource) {
        self.database = database
    }

    /// Carries out the steps that the database has not seen yet.
    ///
    /// - Parameter changesOthers: Whether a database with tables of FusionPBX's that this program has not made may get
    ///   those that it lacks.
    /// - Throws: ``MigrationError``, with what an operator can do about it.
    public func run(changesOthers: Bool = false) async throws -> Result {
        try await MigrationError.describing("making the tables") {
            let catalogue = try await DatabaseCatalogue.read(database)
            if catalogue[SchemaMigration.record.name] == nil {
                let others = FusionPBXTables.all.map(\.name).filter { catalogue.hasRelation($0) }
                guard changesOthers || others.isEmpty else { throw MigrationError.foreignTables(others) }
                try await database.execute(SchemaMigration.record.creation(database.dialect))
            }
            return try await applyMissing()
        }
    }

    /// Whether the database has none of the tables that ``run(changesOthers:)`` makes.
    public func isNew() async throws -> Bool {
        try await MigrationError.describing("looking at the database") {
            let catalogue = try await DatabaseCatalogue.read(database)
            return !Self.tables.contains { catalogue.hasRelation($0.name) }
        }
    }

    /// Removes those tables and what is in them, for who has made them for a while only.
    public func removeAll() async throws {
        try await MigrationError.describing("removing the tables") {
            for table in Self.tables {
                try await database.execute(Statement("DROP TABLE IF EXISTS \(database.dialect.quoted(table.name))"))
            }
        }
    }

    private static let tables = FusionPBXTables.all + SmartDNSTables.all + [SchemaMigration.record]

    private func applyMissing() async throws -> Result {
        let rows = try await database.query("SELECT number FROM tandem_migrations ORDER BY number")
        let known = Set(try rows.compactMap { (row) throws(DatabaseError) in try row.integer("number") })
        if let newest = known.max(), newest > Int64(SchemaMigration.all.count) {
            throw MigrationError("the tables are of a newer version of this program (step \(newest)): use that one")
        }
        var result = Result(earlier: known.count)
        for migration in SchemaMigration.all where !known.contains(Int64(migration.number)) {
            let record = Statement(
                "INSERT INTO tandem_migrations (number, name, applied) VALUES (?, ?, CURRENT_TIMESTAMP)",
                [.integer(Int64(migration.number)), .text(migration.name)]
            )
            try await database.execute(migration.statements(database.dialect) + [record])
            result.applied.append("\(migration.number) \(migration.name)")
        }
        return result
    }
}
