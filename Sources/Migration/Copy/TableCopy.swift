import Database

/// How one table is copied.
struct TableCopy: Sendable {
    /// A column of both databases.
    struct Column: Sendable {
        /// Its name.
        let name: String
        /// The type that the source has for it.
        let type: String
        /// What becomes of its values.
        let conversion: ValueConversion
    }

    /// The table as the target has it, or will have it.
    let definition: TableDefinition
    /// What is copied.
    let columns: [Column]
    /// The columns by which the source's rows are told apart; empty where it has none.
    let key: [String]
    /// How many rows the source has.
    let rows: Int64
    /// Whether the target does not have the table yet.
    let isNew: Bool
    /// The columns that the target's table lacks.
    let additions: [TableDefinition.Column]

    /// The table's name.
    var name: String { definition.name }

    // MARK: - The source

    /// Selects rows that come after others, in the order of the key: all columns, and then the key as texts.
    ///
    /// Without a key the rows are in the order of all their columns: those that are alike in it are the same.
    ///
    /// - Parameters:
    ///   - position: After which rows.
    ///   - count: How many at most.
    func selection(after position: CopyPosition, count: Int, from dialect: SQLDialect) -> Statement {
        let texts = key.map { dialect == .postgreSQL ? "CAST(\(dialect.quoted($0)) AS TEXT)" : dialect.quoted($0) }
        let selected = columns.map { Self.reading($0, dialect) } + texts
        // With the table before them: what is selected may bear the same names.
        let names = key.map { "t.\(dialect.quoted($0))" }
        let isAfter = position.key.map { key in
            "(\(names.joined(separator: ", "))) > (\(key.map { _ in "?" }.joined(separator: ", ")))"
        }
        // By their numbers: some types have no order of their own, their texts have.
        let order = names.isEmpty ? columns.indices.map { String($0 + 1) } : names
        let offset = names.isEmpty ? Int(clamping: position.rows) : 0
        let sql = """
            SELECT \(selected.joined(separator: ", ")) FROM \(dialect.quoted(name)) t \
            \(isAfter.map { "WHERE \($0) " } ?? "")ORDER BY \(order.joined(separator: ", ")) \
            \(dialect.limit(count, offset: offset))
            """
        return Statement(sql, (position.key ?? []).map { .text($0) })
    }

    /// A column as it is read: moments of UTC, and what has no kind of its own as texts.
    private static func reading(_ column: Column, _ dialect: SQLDialect) -> String {
        let name = dialect.quoted(column.name)
        guard dialect == .postgreSQL else { return name }
        return switch column.conversion.source {
        case .timestamp:
            "to_char(\(name)\(column.type.hasSuffix("without time zone") ? "" : " AT TIME ZONE 'UTC'"), "
                + "'YYYY-MM-DD HH24:MI:SS.US')"
        case .text, .json: "CAST(\(name) AS TEXT)"
        default: name
        }
    }

    // MARK: - The target

    /// Puts so many rows in.
    func insertion(rows: Int) -> String {
        let dialect = columns.first?.conversion.dialect ?? .sqlite
        let row = "(\(columns.map { _ in "?" }.joined(separator: ", ")))"
        let names = columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
        let places = Array(repeating: row, count: rows).joined(separator: ", ")
        return "INSERT INTO \(dialect.quoted(name)) (\(names)) VALUES \(places)"
    }
}

/// How far a table has been copied.
struct CopyPosition: Sendable, Hashable {
    /// The key of the last row, as texts; `nil` before the first, and in a table without a key.
    var key: [String]?
    /// How many rows there were so far.
    var rows: Int64 = 0
}
