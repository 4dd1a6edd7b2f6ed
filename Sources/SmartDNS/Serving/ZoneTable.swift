import Base
import Database
import XMLConfig

/// One table of the smart DNS, as it is read.
struct ZoneTable: Sendable {
    /// A row that is enabled.
    struct Row: Sendable {
        /// The table, and the row's key.
        let location: SourceLocation
        private let values: [String: String]

        fileprivate init(_ table: ZoneTable, _ row: DatabaseRow) {
            var values: [String: String] = [:]
            for column in table.columns {
                guard let text = row[column]?.text, !text.isEmpty else { continue }
                values[column] = text
            }
            self.values = values
            let zone = values["zone"].map { " of \($0)" } ?? ""
            let words = [values["name"] ?? "without a name", values["type"]].compactMap { $0 }
            location = SourceLocation(file: "\(table.name), row \(words.joined(separator: " "))\(zone)", line: 0)
        }

        /// The text of a column; `nil` when it is `NULL` or empty.
        subscript(column: String) -> String? { values[column] }

        /// The words of a column, between commas or blanks.
        func words(_ column: String) -> [String] {
            (values[column] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        }

        /// What keeps the row from being an element.
        fileprivate var fault: Diagnostic? {
            let wrong = values.sorted { $0.key < $1.key }.first { _, text in
                text.utf8.count > ZoneTable.maximumText || text.unicodeScalars.contains { $0.value < 0x20 }
            }
            return wrong.map { column, _ in
                Diagnostic(.error, at: location, "\(column) is longer than \(ZoneTable.maximumText) bytes, or no text")
            }
        }

        /// The row as an element of the configuration.
        ///
        /// - Parameters:
        ///   - columns: Those that become attributes, with a hyphen where a column has `_`.
        func element(
            _ name: String,
            _ columns: [String],
            parameters: [(String, String)] = [],
            _ contents: [XMLNode] = []
        ) -> XMLNode {
            let attributes = columns.compactMap { column in
                self[column].map { (name: String(column.map { $0 == "_" ? "-" : $0 }), value: $0) }
            }
            let written = parameters.map {
                XMLNode("param", attributes: [("name", $0), ("value", $1)], location: location)
            }
            return XMLNode(name, attributes: attributes, children: written + contents, location: location)
        }
    }

    /// How many rows are read.
    private static let maximumRows = 50_000
    /// How many at a time.
    private static let page = 5000
    /// How long that may take.
    private static let patience = Duration.seconds(5)
    /// How long a text may be, in bytes.
    private static let maximumText = 4096

    let name: String
    let columns: [String]
    /// What the rows are in the order of.
    let order: [String]

    /// The rows that are enabled, and can be elements.
    func rows(in source: any DataSource, _ faults: inout [Diagnostic]) async throws(DatabaseError) -> [Row] {
        var (rows, count) = ([Row](), 0)
        while count < Self.maximumRows {
            let statement = reading(limit: Self.page, offset: count, source.dialect)
            let page = try await source.query(statement, within: Self.patience)
            for row in page where row["enabled"]?.text?.isTrueSetting ?? true {
                let read = Row(self, row)
                if let fault = read.fault { faults.append(fault) } else { rows.append(read) }
            }
            count += page.count
            if page.count < Self.page { return rows }
        }
        throw DatabaseError(.limit, "\(name) has \(Self.maximumRows) rows or more")
    }

    private func reading(limit: Int, offset: Int, _ dialect: SQLDialect) -> Statement {
        func list(_ names: [String]) -> String { names.map(dialect.quoted).joined(separator: ", ") }
        return Statement(
            "SELECT \(list(columns + ["enabled"])) FROM \(dialect.quoted(name)) ORDER BY \(list(order)) "
                + dialect.limit(limit, offset: offset)
        )
    }
}
