import Database

/// Makes the statements that put batches into a table of the target.
struct BatchWriter {
    private let table: TableCopy
    private let settings: CopySettings
    /// How many values of each column could not be kept, and are nothing now.
    private(set) var losses: [String: Int64]

    /// - Parameter losses: What was lost before, in an earlier part of the copy.
    init(_ table: TableCopy, _ settings: CopySettings, losses: [String: Int64]) {
        (self.table, self.settings, self.losses) = (table, settings, losses)
    }

    /// The statements for some rows; full ones first, so that there are few different texts to prepare.
    mutating func statements(for rows: [[SQLValue]]) throws(MigrationError) -> [Statement] {
        let width = max(table.columns.count, 1)
        let most = max(min(settings.statementValues / width, Self.rowLimit), 1)
        var statements: [Statement] = []
        var values: [SQLValue] = []
        var (count, bytes) = (0, 0)
        func flush() {
            guard count > 0 else { return }
            if count == most {
                statements.append(Statement(table.insertion(rows: count), values))
            } else {
                let single = table.insertion(rows: 1)
                for start in stride(from: 0, to: values.count, by: width) {
                    statements.append(Statement(single, Array(values[start..<min(start + width, values.count)])))
                }
            }
            (values, count, bytes) = ([], 0, 0)
        }
        for row in rows {
            let size = row.reduce(0) { $0 + $1.size }
            if bytes + size > settings.statementBytes { flush() }
            values += try converted(row)
            (count, bytes) = (count + 1, bytes + size)
            if count == most { flush() }
        }
        flush()
        return statements
    }

    /// How many rows a statement puts in at most.
    private static let rowLimit = 100

    private mutating func converted(_ row: [SQLValue]) throws(MigrationError) -> [SQLValue] {
        var values: [SQLValue] = []
        values.reserveCapacity(row.count)
        for (column, value) in zip(table.columns, row) {
            if let converted = column.conversion.convert(value) {
                values.append(converted)
            } else if table.definition.key.contains(column.name) {
                throw MigrationError(
                    "\(table.name).\(column.name) is \"\(value.text?.prefix(60) ?? "")\" in a row, which the target "
                        + "cannot have as a key"
                )
            } else {
                losses[column.name, default: 0] += 1
                values.append(.null)
            }
        }
        return values
    }
}
