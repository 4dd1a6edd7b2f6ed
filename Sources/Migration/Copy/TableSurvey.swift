import Database

/// What has to be known of a table's rows before they are copied.
struct TableSurvey: Sendable {
    /// How many rows there are.
    private(set) var rows: Int64 = 0
    /// The columns that tell the rows apart; empty where none do.
    private(set) var key: [String]
    private var withFractions: Set<String> = []

    /// How many digits decimals get after the point, where a column has any.
    private static let scale = 12

    /// Counts the rows, and looks for decimals that are not whole, where the target has to know it.
    init(
        of table: DatabaseCatalogue.Table,
        in source: any DataSource,
        for target: SQLDialect,
        _ settings: CopySettings
    ) async throws(DatabaseError) {
        let dialect = source.dialect
        let isComparable = table.key.allSatisfy { table[$0].map { Self.mayBeKey($0.kind) } ?? false }
        key = isComparable ? table.key : []
        let decimals = target == .mariaDB ? table.columns.filter { $0.kind == .decimal(scale: nil) } : []
        let counted = decimals.map { Self.count("\(dialect.quoted($0.name)) <> ROUND(\(dialect.quoted($0.name)))") }
        // SQLite's keys may be nothing.
        let unkeyed = key.map { Self.count("\(dialect.quoted($0)) IS NULL") }
        let columns = (["COUNT(*)"] + counted + unkeyed).enumerated().map { "\($1) AS c\($0)" }
        let sql = "SELECT \(columns.joined(separator: ", ")) FROM \(dialect.quoted(table.name))"
        guard let row = try await source.query(Statement(sql), within: settings.deadline).first else { return }
        rows = try row.integer("c0") ?? 0
        for (index, column) in decimals.enumerated() where try row.real("c\(index + 1)") ?? 0 > 0 {
            withFractions.insert(column.name)
        }
        for index in unkeyed.indices where try row.real("c\(decimals.count + index + 1)") ?? 0 > 0 { key = [] }
    }

    /// How many digits a decimal column has after the point.
    func scale(of column: DatabaseCatalogue.Column) -> Int { withFractions.contains(column.name) ? Self.scale : 0 }

    private static func count(_ condition: String) -> String {
        "SUM(CASE WHEN \(condition) THEN 1 ELSE 0 END)"
    }

    /// Whether rows can be found again by a key of a kind, given as a text.
    private static func mayBeKey(_ kind: ColumnKind) -> Bool {
        switch kind {
        case .uuid, .text, .integer, .decimal, .timestamp, .date: true
        case .boolean, .real, .json, .bytes: false
        }
    }
}
