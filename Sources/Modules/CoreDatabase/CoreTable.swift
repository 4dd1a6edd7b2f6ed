import Database
import SwitchCore

/// A table of the core database: its columns, and the statements that keep it.
///
/// The statements are those that every kind of database has: a row is replaced by taking it out and putting it in.
struct CoreTable: Sendable {
    /// The name, which is FreeSWITCH's.
    let name: String
    private let columns: [String]
    private let integers: Set<String>
    /// The columns that tell the rows of one machine apart.
    private let key: [String]

    init(_ name: String, columns: [String], integers: Set<String> = [], key: [String]) {
        (self.name, self.columns, self.integers, self.key) = (name, columns, integers, key)
    }

    /// The longest text of a column; longer ones are kept all the same in SQLite.
    private static let textLength = 4096

    /// Makes the table where it is missing.
    var creation: [Statement] {
        let definitions = columns.map { column in
            "\(column) " + (integers.contains(column) ? "BIGINT" : "VARCHAR(\(Self.textLength))")
        }
        return [
            Statement("CREATE TABLE IF NOT EXISTS \(name) (\(definitions.joined(separator: ", ")))"),
            Statement("CREATE INDEX IF NOT EXISTS \(name)_key ON \(name) (\(key.joined(separator: ", ")))"),
        ]
    }

    /// Takes out every row of a machine.
    func clearing(host: String) -> Statement {
        Statement("DELETE FROM \(name) WHERE hostname = ?", [.text(host)])
    }

    /// Takes out the rows that have these values in the key's columns.
    func removal(key values: [String]) -> Statement {
        let conditions = key.map { "\($0) = ?" }.joined(separator: " AND ")
        return Statement("DELETE FROM \(name) WHERE \(conditions)", zip(key, values).map(value))
    }

    /// Takes out a row.
    func removal(of row: [String]) -> Statement {
        let values = Dictionary(zip(columns, row)) { first, _ in first }
        return removal(key: key.map { values[$0] ?? "" })
    }

    /// Puts a row in.
    func insertion(of row: [String]) -> Statement {
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let sql = "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(places))"
        return Statement(sql, zip(columns, row).map(value))
    }

    private func value(_ column: String, _ text: String) -> Statement.Value {
        guard integers.contains(column) else { return .text(text) }
        return Int64(text).map { .integer($0) } ?? .null
    }
}
