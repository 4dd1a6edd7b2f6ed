import Database

/// What a copy consists of: which tables, with which columns, and what will be different.
struct CopyPlan: Sendable {
    /// The tables in the order in which they are copied.
    var tables: [TableCopy] = []
    /// What is not copied as it is.
    var notes: [MigrationNote] = []

    /// How many rows there are in all.
    var rows: Int64 { tables.reduce(0) { $0 + $1.rows } }

    /// The tables without which it is not FusionPBX's database.
    private static let required = ["v_domains", "v_extensions", "v_dialplans"]

    /// Whether a table is copied: FusionPBX's are, and those of the smart DNS, which somebody may have beside them.
    private static func isCopied(_ table: String) -> Bool {
        table.hasPrefix("v_") || SmartDNSTables.all.contains { $0.name == table }
    }

    /// Looks at both databases.
    ///
    /// - Parameters:
    ///   - target: What the target has; nothing when it is not there yet.
    ///   - dialect: The kind of database that the target is.
    init(
        from source: any DataSource,
        to target: DatabaseCatalogue,
        _ dialect: SQLDialect,
        _ settings: CopySettings
    ) async throws {
        let catalogue = try await DatabaseCatalogue.read(source)
        let missing = Self.required.filter { catalogue[$0] == nil }
        guard missing.isEmpty else {
            throw MigrationError("the source is not FusionPBX's database: it has no \(missing.shortList)")
        }
        // What another migration has recorded about itself stays with it.
        let ours = catalogue.tables.values.filter { Self.isCopied($0.name) }.sorted { $0.name < $1.name }
        for table in ours {
            let survey = try await TableSurvey(of: table, in: source, for: dialect, settings)
            tables.append(try Self.copy(table, survey, target, dialect))
            if survey.key.isEmpty {
                let text = "\(table.name) has no key: its rows are copied in the order of all columns, which is slow"
                notes.append(MigrationNote.note(text))
            }
        }
        noteWhatStays(catalogue, ours, target)
    }

    private static func copy(
        _ table: DatabaseCatalogue.Table,
        _ survey: TableSurvey,
        _ target: DatabaseCatalogue,
        _ dialect: SQLDialect
    ) throws(MigrationError) -> TableCopy {
        let existing = target[table.name]
        if existing == nil, target.hasRelation(table.name) {
            throw MigrationError("the target has a view \(table.name) in the place of the table")
        }
        let columns = table.columns.map { column in
            let kind = column.kind == .decimal(scale: nil) ? .decimal(scale: survey.scale(of: column)) : column.kind
            return TableCopy.Column(
                name: column.name,
                type: column.type,
                conversion: ValueConversion(
                    source: column.kind,
                    target: existing?[column.name]?.kind ?? kind,
                    dialect: dialect
                )
            )
        }
        let wanted = columns.map { TableDefinition.Column(name: $0.name, kind: $0.conversion.target) }
        let known = FusionPBXTables.all.first { $0.name == table.name }?.indexes ?? []
        return TableCopy(
            definition: TableDefinition(
                table.name,
                columns: wanted,
                key: survey.key,
                indexes: known.filter { table[$0] != nil }
            ),
            columns: columns,
            key: survey.key,
            rows: survey.rows,
            isNew: existing == nil,
            additions: existing.map { existing in wanted.filter { existing[$0.name] == nil } } ?? []
        )
    }

    private mutating func noteWhatStays(
        _ source: DatabaseCatalogue,
        _ ours: [DatabaseCatalogue.Table],
        _ target: DatabaseCatalogue
    ) {
        let others = source.tables.keys.filter { !Self.isCopied($0) && !$0.hasPrefix("sqlite_") }.sorted()
        if !others.isEmpty {
            let text = "not copied, as their names are neither FusionPBX's nor the smart DNS's: \(others.shortList)"
            notes.append(MigrationNote.note(text))
        }
        if !source.views.isEmpty {
            notes.append(MigrationNote.note("views are not copied: \(source.views.shortList)"))
        }
        let indexes = ours.reduce(0) { $0 + $1.indexes }
        if indexes > 0 {
            let text = "indexes are made for the tables that calls are routed by; the source has \(indexes) in all"
            notes.append(MigrationNote.note(text))
        }
        let texts = ours.flatMap { table in
            table.columns.filter { $0.type.lowercased().hasSuffix("without time zone") }.map {
                "\(table.name).\($0.name)"
            }
        }
        if !texts.isEmpty {
            notes.append(MigrationNote.note("moments without a zone are taken to be of UTC: \(texts.shortList)"))
        }
    }
}
