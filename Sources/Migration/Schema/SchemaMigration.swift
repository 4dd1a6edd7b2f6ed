import Database

/// One step by which the tables of this program come to be; its number is recorded in the database.
///
/// Steps are only ever added: what one of them did in somebody's database is not changed afterwards. Each may be carried
/// out again after it was cut off in the middle, for not every database undoes what has made tables.
struct SchemaMigration: Sendable {
    /// Which one it is, counted from one.
    let number: Int
    /// What it does.
    let name: String
    /// The statements for a kind of database.
    let statements: @Sendable (SQLDialect) -> [Statement]

    /// All steps, in their order.
    static let all = [
        SchemaMigration(number: 1, name: "tables for XML") { dialect in
            FusionPBXTables.all.map { $0.creation(dialect) }
        },
        SchemaMigration(number: 2, name: "indexes for XML") { dialect in
            FusionPBXTables.all.flatMap { $0.indexCreation(dialect) }
        },
        SchemaMigration(number: 3, name: "tables for the smart DNS") { dialect in
            SmartDNSTables.all.map { $0.creation(dialect) }
        },
    ]

    /// Where it is recorded which steps were carried out, and when.
    static let record = TableDefinition(
        "tandem_migrations",
        columns: [
            .init(name: "number", kind: .integer), .init(name: "name", kind: .text),
            .init(name: "applied", kind: .timestamp),
        ],
        key: ["number"]
    )
}
