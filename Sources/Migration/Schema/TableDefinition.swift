import Database

/// A table as it is made: one description for every kind of database.
struct TableDefinition: Sendable, Hashable {
    /// A column.
    struct Column: Sendable, Hashable {
        /// Its name.
        let name: String
        /// What it holds.
        let kind: ColumnKind
    }

    /// The name.
    let name: String
    /// The columns in their order.
    let columns: [Column]
    /// The columns that tell the rows apart; empty where nothing does.
    let key: [String]
    /// The columns that rows are looked for by, each with an index of its own.
    let indexes: [String]

    init(_ name: String, columns: [Column], key: [String], indexes: [String] = []) {
        (self.name, self.columns, self.key, self.indexes) = (name, columns, key, indexes)
    }

    /// A table of FusionPBX's, which also says when its rows were made and changed, and by whom.
    ///
    /// Each argument but the key and the indexes has the names of columns, divided by blanks.
    init(
        _ name: String,
        key: String,
        uuids: String = "",
        texts: String = "",
        booleans: String = "",
        numbers: String = "",
        documents: String = "",
        indexes: [String] = []
    ) {
        let lists: [(String, ColumnKind)] = [
            (key, .uuid), (uuids, .uuid), (texts, .text), (booleans, .boolean), (numbers, .decimal(scale: 0)),
            (documents, .json), ("insert_date update_date", .timestamp), ("insert_user update_user", .uuid),
        ]
        let columns = lists.flatMap { names, kind in
            names.split(separator: " ").map { Column(name: String($0), kind: kind) }
        }
        self.init(name, columns: columns, key: [key], indexes: indexes)
    }

    /// Makes the table where it is missing.
    func creation(_ dialect: SQLDialect) -> Statement {
        var parts = columns.map { definition(of: $0, dialect) }
        if !key.isEmpty { parts.append("PRIMARY KEY (\(key.map(dialect.quoted).joined(separator: ", ")))") }
        let options = dialect.tableOptions
        return Statement(
            "CREATE TABLE IF NOT EXISTS \(dialect.quoted(name)) (\(parts.joined(separator: ", ")))\(options)"
        )
    }

    private func definition(of column: Column, _ dialect: SQLDialect) -> String {
        let isKey = key.contains(column.name)
        return "\(dialect.quoted(column.name)) \(dialect.type(column.kind, isKey: isKey))" + (isKey ? " NOT NULL" : "")
    }

    /// Adds a column that the table does not have yet.
    func addition(of column: Column, _ dialect: SQLDialect) -> Statement {
        Statement("ALTER TABLE \(dialect.quoted(name)) ADD COLUMN \(definition(of: column, dialect))")
    }

    /// Makes the indexes that are missing.
    func indexCreation(_ dialect: SQLDialect) -> [Statement] {
        indexes.map { column in
            let isText = columns.contains { $0.name == column && $0.kind == .text }
            let part = isText ? dialect.indexed(column) : column
            return Statement("CREATE INDEX IF NOT EXISTS \(name)_\(column)_index ON \(name) (\(part))")
        }
    }
}
