import Database

/// A table into which several machines write rows of their own, and from which others read what is new.
///
/// Times are those of the database's clock: those of the machines need not agree.
struct SharedTable: Sendable {
    /// What a column holds.
    enum Kind: Sendable {
        /// A short text; part of the key.
        case name
        case number
        case real
    }

    let name: String
    let columns: [(name: String, kind: Kind)]
    /// Numbers of seconds that are written and read as ages, and kept as times.
    let times: [String]
    /// Whether rows are looked for by when they were written; not worth it where there are few, and each is written often.
    var isIndexed = true

    /// When a row was written.
    static let written = "written"
    /// How long a short text may be.
    static let nameLength = 64

    /// The columns by which a row is told from others.
    var key: [String] { columns.filter { $0.kind == .name }.map(\.name) }

    private static func now(_ dialect: SQLDialect) -> String {
        // A difference of MariaDB's unsigned numbers cannot be less than nothing.
        dialect == .mariaDB ? "CAST(\(dialect.epoch) AS SIGNED)" : dialect.epoch
    }

    /// Makes the table where it is missing.
    func creation(_ dialect: SQLDialect) -> [Statement] {
        let definitions = columns.map { column in
            switch column.kind {
            case .name: "\(column.name) VARCHAR(\(Self.nameLength)) NOT NULL"
            case .number: "\(column.name) BIGINT NOT NULL"
            case .real: "\(column.name) DOUBLE PRECISION NOT NULL"
            }
        }
        let all = definitions + ["\(Self.written) BIGINT NOT NULL", "PRIMARY KEY (\(key.joined(separator: ", ")))"]
        let table = Statement(
            "CREATE TABLE IF NOT EXISTS \(name) (\(all.joined(separator: ", ")))\(dialect.tableOptions)"
        )
        let index = Statement("CREATE INDEX IF NOT EXISTS \(name)_\(Self.written) ON \(name) (\(Self.written))")
        return isIndexed ? [table, index] : [table]
    }

    /// Puts a row in, or changes it.
    ///
    /// - Parameter values: One for each column; for ``times`` the age in seconds.
    func insertion(_ values: [SQLValue], _ dialect: SQLDialect) -> Statement {
        Statement(insertion(dialect), values)
    }

    /// The text of ``insertion(_:_:)``, which is the same for all rows.
    func insertion(_ dialect: SQLDialect) -> String {
        let now = Self.now(dialect)
        var expressions = [Self.written: now]
        for time in times { expressions[time] = "\(now) - ?" }
        return dialect.upsert(
            into: name,
            columns: columns.map(\.name) + [Self.written],
            key: key,
            expressions: expressions
        )
    }

    /// The rows that were written in the last so many seconds, the newest first, with ages in the place of ``times``.
    func reading(lastSeconds: Int, limit: Int, _ dialect: SQLDialect) -> Statement {
        Statement(
            "\(selection(dialect)) ORDER BY \(Self.written) DESC \(dialect.limit(limit))",
            [.integer(Int64(lastSeconds))]
        )
    }

    /// Some of these rows in the order of their keys: those that come after a key, so that a large table is read part by
    /// part.
    func reading(lastSeconds: Int, after last: [SQLValue]?, limit: Int, _ dialect: SQLDialect) -> Statement {
        var (values, condition) = ([SQLValue.integer(Int64(lastSeconds))], "")
        if let last, let first = last.first, last.count == key.count {
            var (alternatives, places) = ("", [SQLValue]())
            for (column, value) in zip(key, last).reversed() {
                if alternatives.isEmpty {
                    (alternatives, places) = ("\(column) > ?", [value])
                } else {
                    alternatives = "(\(column) > ? OR (\(column) = ? AND \(alternatives)))"
                    places = [value, value] + places
                }
            }
            // The first comparison says nothing new; MariaDB finds a range of the index by it.
            condition = " AND \(key[0]) >= ? AND \(alternatives)"
            values += [first] + places
        }
        let order = key.joined(separator: ", ")
        return Statement("\(selection(dialect))\(condition) ORDER BY \(order) \(dialect.limit(limit))", values)
    }

    private func selection(_ dialect: SQLDialect) -> String {
        let now = Self.now(dialect)
        let selected = columns.map { times.contains($0.name) ? "\(now) - \($0.name) AS \($0.name)" : $0.name }
        return "SELECT \(selected.joined(separator: ", ")) FROM \(name) WHERE \(Self.written) >= \(now) - ?"
    }

    /// Takes out some of the rows that nobody wrote for so many seconds, the oldest first.
    func removal(olderThanSeconds seconds: Int, count: Int, _ dialect: SQLDialect) -> Statement {
        removal("\(Self.written) < \(Self.now(dialect)) - ?", Int64(seconds), count, dialect)
    }

    /// When the row was written that is the first one too many.
    func surplus(beyond count: Int, _ dialect: SQLDialect) -> Statement {
        Statement(
            "SELECT \(Self.written) FROM \(name) ORDER BY \(Self.written) DESC \(dialect.limit(1, offset: count))"
        )
    }

    /// Takes out some of the rows that were written at that time or before, the oldest first.
    func removal(writtenUntil time: Int64, count: Int, _ dialect: SQLDialect) -> Statement {
        removal("\(Self.written) <= ?", time, count, dialect)
    }

    private func removal(_ condition: String, _ value: Int64, _ count: Int, _ dialect: SQLDialect) -> Statement {
        Statement(
            dialect.deletion(from: name, where: condition, firstBy: Self.written, count: count),
            [.integer(value)]
        )
    }
}
