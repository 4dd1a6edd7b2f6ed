import Database

/// What a column holds, whichever way a kind of database writes its type.
enum ColumnKind: Sendable, Hashable {
    /// An identifier.
    case uuid
    /// A text of any length.
    case text
    /// A truth.
    case boolean
    /// A whole number.
    case integer
    /// A decimal number, with so many digits after the point; `nil` where its type leaves that open.
    case decimal(scale: Int?)
    /// A number of the machine's.
    case real
    /// A moment.
    case timestamp
    /// A day.
    case date
    /// A text of JSON.
    case json
    /// Bytes.
    case bytes
}

extension SQLDialect {
    /// The type of a column for a kind of values.
    ///
    /// MariaDB's own type for identifiers refuses some that FusionPBX has. SQLite looks for words in the names of types:
    /// without `TEXT`, it would make numbers of what looks like one.
    ///
    /// - Parameter isKey: Whether the column is (part of) the key of its table, which MariaDB limits in length.
    func type(_ kind: ColumnKind, isKey: Bool = false) -> String {
        switch (kind, self) {
        case (.uuid, .postgreSQL): "UUID"
        case (.uuid, .mariaDB): "CHAR(36)"
        case (.uuid, .sqlite): "TEXT"
        case (.text, .mariaDB): isKey ? "VARCHAR(255)" : "LONGTEXT"
        case (.text, _): "TEXT"
        case (.boolean, _): "BOOLEAN"
        case (.integer, .sqlite): "INTEGER"
        case (.integer, _): "BIGINT"
        case (.decimal(let scale), .mariaDB): "DECIMAL(38, \(scale ?? 0))"
        case (.decimal, _): "NUMERIC"
        case (.real, .postgreSQL): "DOUBLE PRECISION"
        case (.real, _): "DOUBLE"
        case (.timestamp, .postgreSQL): "TIMESTAMP WITH TIME ZONE"
        case (.timestamp, .mariaDB): "DATETIME(6)"
        case (.timestamp, .sqlite): "TIMESTAMP TEXT"
        case (.date, .sqlite): "DATE TEXT"
        case (.date, _): "DATE"
        case (.json, .sqlite): "JSON TEXT"
        case (.json, _): "JSON"
        case (.bytes, .postgreSQL): "BYTEA"
        case (.bytes, .mariaDB): "LONGBLOB"
        case (.bytes, .sqlite): "BLOB"
        }
    }
}
