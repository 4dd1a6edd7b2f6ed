import Base
import Database

/// What the names of types mean, in each kind of database.
struct ColumnTypes {
    private let dialect: SQLDialect

    init(_ dialect: SQLDialect) {
        self.dialect = dialect
    }

    /// What a column of a type holds.
    ///
    /// SQLite and MariaDB have texts where PostgreSQL has identifiers; there the name of the column tells them.
    func kind(ofType type: String, column: String) -> ColumnKind {
        let type = type.lowercased()
        let word = String(type.prefix { $0 != "(" && $0 != " " })
        let kind = kind(ofWord: word, type)
        guard kind == .text, Self.isIdentifier(column) else { return kind }
        switch dialect {
        case .postgreSQL: return .text
        case .sqlite: return .uuid
        case .mariaDB: return type == "char(36)" ? .uuid : .text
        }
    }

    private func kind(ofWord word: String, _ type: String) -> ColumnKind {
        switch word {
        case "uuid": .uuid
        case "boolean", "bool": .boolean
        case "tinyint" where type.hasPrefix("tinyint(1)"): .boolean
        case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "int2", "int4", "int8", "year": .integer
        case "numeric", "decimal": .decimal(scale: Self.scale(of: type) ?? (dialect == .mariaDB ? 0 : nil))
        case "real", "double", "float": .real
        case "timestamp", "datetime", "timestamptz": .timestamp
        // FusionPBX calls moments so in SQLite.
        case "date": dialect == .sqlite && type != "date text" ? .timestamp : .date
        case "json", "jsonb": .json
        case "bytea", "blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary": .bytes
        default: .text
        }
    }

    /// The digits after the point, of `numeric(10,2)`.
    private static func scale(of type: String) -> Int? {
        guard let open = type.firstIndex(of: "("), let close = type[open...].firstIndex(of: ")") else { return nil }
        let numbers = type[type.index(after: open)..<close].split(separator: ",").map { Int($0.trimmingBlanks) }
        return numbers.count > 1 ? numbers[1] : 0
    }

    private static func isIdentifier(_ column: String) -> Bool {
        column.hasSuffix("_uuid") || column == "insert_user" || column == "update_user"
    }
}
