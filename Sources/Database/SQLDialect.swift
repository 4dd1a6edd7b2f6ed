/// How a kind of database writes SQL, as far as they differ: all the differences are here.
public enum SQLDialect: Sendable, Hashable, CaseIterable {
    case sqlite
    case postgreSQL
    case mariaDB

    /// A name in the quotes that make it a name, whatever it is.
    public func quoted(_ name: String) -> String {
        let mark: Character = self == .mariaDB ? "`" : "\""
        var quoted = String(mark)
        for character in name {
            // Where a NUL is, some database would take the end of the text to be.
            if character == "\0" { continue }
            if character == mark { quoted.append(mark) }
            quoted.append(character)
        }
        quoted.append(mark)
        return quoted
    }

    /// What stands for a truth in a text of SQL.
    public func literal(_ truth: Bool) -> String {
        self == .postgreSQL ? (truth ? "TRUE" : "FALSE") : (truth ? "1" : "0")
    }

    /// The end of a statement that gives only some of its rows.
    public func limit(_ count: Int, offset: Int = 0) -> String {
        "LIMIT \(max(count, 0))" + (offset > 0 ? " OFFSET \(offset)" : "")
    }

    /// Text that puts a row into a table, or changes the one that has the same key already.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - columns: The columns, with a place for each.
    ///   - key: Those of them that a unique index is over.
    ///   - expressions: What the database reckons for a column, in the place of a value: SQL that may have places.
    public func upsert(
        into table: String,
        columns: [String],
        key: [String],
        expressions: [String: String] = [:]
    ) -> String {
        let names = columns.map(quoted)
        let places = columns.map { expressions[$0] ?? "?" }.joined(separator: ", ")
        let insertion = "INSERT INTO \(quoted(table)) (\(names.joined(separator: ", "))) VALUES (\(places))"
        let changed = columns.filter { !key.contains($0) }.map(quoted)
        let keys = key.map(quoted)
        switch self {
        case .sqlite, .postgreSQL:
            let changes = changed.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
            return "\(insertion) ON CONFLICT (\(keys.joined(separator: ", "))) DO "
                + (changed.isEmpty ? "NOTHING" : "UPDATE SET \(changes)")
        case .mariaDB:
            // Something has to be changed: a key into itself changes nothing.
            let changes =
                changed.isEmpty ? keys.prefix(1).map { "\($0) = \($0)" } : changed.map { "\($0) = VALUES(\($0))" }
            return "\(insertion) ON DUPLICATE KEY UPDATE \(changes.joined(separator: ", "))"
        }
    }

    /// Text that takes out the first rows of a table for which something is true, and no others.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - condition: What has to be true, as SQL that may have places.
    ///   - order: The column that says which rows are the first ones.
    ///   - count: How many rows.
    public func deletion(from table: String, where condition: String, firstBy order: String, count: Int) -> String {
        let rest = "FROM \(quoted(table)) WHERE \(condition) ORDER BY \(quoted(order)) \(limit(count))"
        return switch self {
        case .sqlite: "DELETE FROM \(quoted(table)) WHERE rowid IN (SELECT rowid \(rest))"
        // By its place a row is found only as it was: one that is written anew meanwhile stays.
        case .postgreSQL: "DELETE FROM \(quoted(table)) WHERE ctid = ANY(ARRAY(SELECT ctid \(rest)))"
        case .mariaDB: "DELETE \(rest)"
        }
    }

    /// The type of a column for texts of any length.
    public var textType: String {
        switch self {
        case .sqlite: "VARCHAR(4096)"
        case .postgreSQL: "TEXT"
        case .mariaDB: "MEDIUMTEXT"
        }
    }

    /// A column for texts as a part of an index.
    ///
    /// An index of MariaDB's holds 3072 bytes, which is the beginnings of three texts.
    public func indexed(_ column: String) -> String { self == .mariaDB ? "\(column)(255)" : column }

    /// What follows the columns of a new table, so that texts are equal only when they are the same.
    public var tableOptions: String {
        self == .mariaDB ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" : ""
    }

    /// The seconds since 1970 by the database's own clock.
    public var epoch: String {
        switch self {
        case .sqlite: "CAST(strftime('%s', 'now') AS INTEGER)"
        case .postgreSQL: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"
        case .mariaDB: "UNIX_TIMESTAMP()"
        }
    }

    /// The milliseconds since 1970 by the database's own clock.
    public var epochMilliseconds: String {
        switch self {
        case .sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)"
        case .postgreSQL: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
        // From a local time it would be an hour wrong when summer time ends.
        case .mariaDB: "CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS SIGNED)"
        }
    }

    /// The smaller of two numbers.
    public func least(_ first: String, _ second: String) -> String {
        "\(self == .sqlite ? "MIN" : "LEAST")(\(first), \(second))"
    }

    /// Texts that are put together.
    public func concatenation(_ parts: [String]) -> String {
        // MariaDB takes || for "or", unless it was told otherwise.
        self == .mariaDB ? "CONCAT(\(parts.joined(separator: ", ")))" : parts.joined(separator: " || ")
    }
}
