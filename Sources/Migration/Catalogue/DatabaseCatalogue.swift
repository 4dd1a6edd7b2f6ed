import Database

/// Which tables a database has, as its own catalogue says.
struct DatabaseCatalogue: Sendable {
    /// A table, with what its columns hold.
    struct Table: Sendable, Hashable {
        /// Its name.
        let name: String
        /// The columns in their order.
        var columns: [Column] = []
        /// The columns of the primary key in their order.
        var key: [String] = []
        /// How many other indexes there are.
        var indexes = 0

        /// The column of a name.
        subscript(column: String) -> Column? { columns.first { $0.name == column } }
    }

    /// A column, with its type.
    struct Column: Sendable, Hashable {
        /// Its name.
        let name: String
        /// What it holds.
        let kind: ColumnKind
        /// The type as the database writes it.
        let type: String
    }

    /// The tables, by name.
    private(set) var tables: [String: Table] = [:]
    /// The names of views.
    private(set) var views: [String] = []

    /// A table.
    subscript(name: String) -> Table? { tables[name] }

    /// Whether there is a table or a view.
    func hasRelation(_ name: String) -> Bool { tables[name] != nil || views.contains(name) }

    /// Reads what a database says of itself.
    static func read(_ source: any DataSource) async throws(DatabaseError) -> DatabaseCatalogue {
        let queries = CatalogueQueries(source.dialect)
        var catalogue = DatabaseCatalogue()
        for row in try await source.query(Statement(queries.relations)) {
            guard let name = try row.text("name") else { continue }
            if try row.text("kind") == "view" {
                catalogue.views.append(name)
            } else {
                catalogue.tables[name] = Table(name: name)
            }
        }
        for row in try await source.query(Statement(queries.columns)) {
            guard let table = try row.text("relation"), let name = try row.text("name"),
                let type = try row.text("type")
            else { continue }
            let isJSON = try row.integer("is_json") == 1
            let kind = isJSON ? .json : ColumnTypes(source.dialect).kind(ofType: type, column: name)
            catalogue.tables[table]?.columns.append(Column(name: name, kind: kind, type: type))
        }
        for row in try await source.query(Statement(queries.keys)) {
            guard let table = try row.text("relation"), let name = try row.text("name") else { continue }
            catalogue.tables[table]?.key.append(name)
        }
        for row in try await source.query(Statement(queries.indexes)) {
            guard let table = try row.text("relation") else { continue }
            catalogue.tables[table]?.indexes = Int(clamping: try row.integer("number") ?? 0)
        }
        return catalogue
    }
}
