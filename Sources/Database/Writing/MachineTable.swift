/// A table in which each machine keeps rows of its own: its columns, and the statements that keep it.
///
/// The statements are those that every kind of database has.
package struct MachineTable: Sendable {
    /// The name, which is FreeSWITCH's.
    package let name: String
    private let columns: [String]
    private let integers: Set<String>
    /// The columns that tell the rows of one machine apart.
    private let key: [String]
    /// A column by which rows are joined, which has an index of its own.
    private let reference: String?
    /// A column with a number that the database reckons.
    private let reckoned: String?

    /// A table whose column `hostname` says whose a row is.
    package init(
        _ name: String,
        columns: [String],
        integers: Set<String> = [],
        key: [String],
        reference: String? = nil,
        reckoned: String? = nil
    ) {
        (self.name, self.columns, self.integers, self.key) = (name, columns, integers, key)
        (self.reference, self.reckoned) = (reference, reckoned)
    }

    /// How many columns the index is over: they tell nearly all rows apart, and an index of MariaDB's holds no more.
    private static let indexLimit = 3

    /// Makes the table where it is missing.
    package func creation(_ dialect: SQLDialect) -> [Statement] {
        let definitions =
            columns.map { "\($0) " + (integers.contains($0) ? "BIGINT" : dialect.textType) }
            + (reckoned.map { ["\($0) BIGINT"] } ?? [])
        let table = "CREATE TABLE IF NOT EXISTS \(name) (\(definitions.joined(separator: ", ")))\(dialect.tableOptions)"
        let keyIndex = index("key", over: Array(key.prefix(Self.indexLimit)), dialect)
        return [Statement(table), keyIndex] + (reference.map { [index($0, over: [$0], dialect)] } ?? [])
    }

    private func index(_ suffix: String, over columns: [String], _ dialect: SQLDialect) -> Statement {
        let parts = columns.map { integers.contains($0) ? $0 : dialect.indexed($0) }
        return Statement(
            "CREATE INDEX IF NOT EXISTS \(name)_\(suffix) ON \(name) (\(parts.joined(separator: ", ")))"
        )
    }

    /// Takes out every row of a machine.
    package func clearing(host: String) -> Statement {
        Statement("DELETE FROM \(name) WHERE hostname = ?", [.text(host)])
    }

    /// Takes out the rows that have these values in the key's columns.
    package func removal(key values: [String]) -> Statement {
        let conditions = key.map { "\($0) = ?" }.joined(separator: " AND ")
        return Statement("DELETE FROM \(name) WHERE \(conditions)", zip(key, values).map(value))
    }

    /// Takes out a row.
    package func removal(of row: [String]) -> Statement {
        let values = Dictionary(zip(columns, row)) { first, _ in first }
        return removal(key: key.map { values[$0] ?? "" })
    }

    /// Puts a row in.
    package func insertion(of row: [String]) -> Statement {
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let sql = "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(places))"
        return Statement(sql, zip(columns, row).map(value))
    }

    /// Puts a row in unless there is one for which a condition holds.
    ///
    /// - Parameter number: What is reckoned for the column that is; `nil` where the table does not have it.
    package func insertion(
        of row: [String],
        reckoning number: Statement?,
        unless condition: String,
        _ values: [SQLValue]
    ) -> Statement {
        let places = (columns.map { _ in "?" } + (number.map { [$0.sql] } ?? [])).joined(separator: ", ")
        let names = (columns + (number == nil ? [] : reckoned.map { [$0] } ?? [])).joined(separator: ", ")
        // MariaDB wants a table to select from.
        let source = "SELECT \(places) FROM (SELECT 1 AS one) AS single"
        return Statement(
            "INSERT INTO \(name) (\(names)) \(source) WHERE NOT EXISTS (SELECT 1 FROM \(name) WHERE \(condition))",
            zip(columns, row).map(value) + (number?.values ?? []) + values
        )
    }

    /// Changes the rows for which a condition holds into another one, but for the key and the machine.
    ///
    /// - Parameter number: What is reckoned for the column that is; `nil` where the table does not have it.
    package func change(
        to row: [String],
        reckoning number: Statement?,
        where condition: String,
        _ values: [SQLValue]
    ) -> Statement {
        let changed = zip(columns, row).filter { !key.contains($0.0) && $0.0 != "hostname" }
        var changes = changed.map { "\($0.0) = ?" }
        if let number, let reckoned { changes.append("\(reckoned) = \(number.sql)") }
        return Statement(
            "UPDATE \(name) SET \(changes.joined(separator: ", ")) WHERE \(condition)",
            changed.map(value) + (number?.values ?? []) + values
        )
    }

    /// Adds the column with a number that is reckoned, where an earlier version, or another program, has made the table.
    package var addition: Statement? { reckoned.map { Statement("ALTER TABLE \(name) ADD COLUMN \($0) BIGINT") } }

    private func value(_ column: String, _ text: String) -> SQLValue {
        // A peer may send a NUL in a name; PostgreSQL takes none, and one row would hold up all the others.
        guard integers.contains(column) else { return .text(text.replacing("\0", with: "")) }
        return Int64(text).map { .integer($0) } ?? .null
    }
}
