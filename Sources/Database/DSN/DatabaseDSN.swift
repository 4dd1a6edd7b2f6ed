/// What a data source name means: which kind of database, and where it is.
///
/// Its description says where, without what has to stay secret.
public enum DatabaseDSN: Sendable, Hashable {
    /// A file of SQLite.
    case sqlite(path: String)
    /// A server of PostgreSQL.
    case postgreSQL(PostgreSQLDSN)
    /// A server of MariaDB.
    case mariaDB(MariaDBDSN)

    /// Reads a name as FreeSWITCH's configuration has them.
    ///
    /// A bare name is a file of SQLite in `directory`, with `.db` after it; `sqlite://` is followed by such a name or by
    /// a path. `pgsql://` is followed by what libpq calls a connection string, `mariadb://` by `Name=value;` as ODBC
    /// writes it; `postgresql://` is libpq's URI.
    ///
    /// - Throws: What is wrong. The text is not shown: it may hold a password.
    public init(_ text: String, directory: String) throws(DatabaseError) {
        guard text.utf8.count <= Self.lengthLimit, !text.utf8.contains(0) else {
            throw DatabaseError(
                .dataSource,
                "a data source of more than \(Self.lengthLimit) bytes, or with a NUL in it"
            )
        }
        let (scheme, rest) = Self.split(text)
        switch scheme {
        case "sqlite": self = .sqlite(path: try Self.path(rest, directory))
        case "pgsql": self = .postgreSQL(try PostgreSQLDSN(connectionString: rest))
        case "postgresql", "postgres": self = .postgreSQL(try PostgreSQLDSN(uri: "postgresql://\(rest)"))
        case "mariadb": self = .mariaDB(try MariaDBDSN(attributes: rest))
        case "odbc": throw Self.odbc
        case let scheme?: throw DatabaseError(.dataSource, "\(scheme):// is no kind of database; \(Self.supported)")
        case nil where rest.contains(":"): throw Self.odbc
        case nil: self = .sqlite(path: try Self.path(rest, directory))
        }
    }

    private static let supported = """
        write sqlite://<file>, pgsql://host=<host> dbname=<name> user=<user> password='<password>', or \
        mariadb://Server=<host>;Database=<name>;Uid=<user>;Pwd={<password>};
        """
    private static let odbc = DatabaseError(
        .dataSource,
        "databases are reached by their own clients, not through ODBC; \(supported)"
    )
    /// The longest name of a data source.
    static let lengthLimit = 4096
    /// The longest name of a scheme that is shown.
    private static let schemeLimit = 16

    private static func split(_ text: String) -> (scheme: String?, rest: String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return (nil, text) }
        let scheme = text[..<colon].lowercased()
        let isName =
            scheme.utf8.count <= schemeLimit && scheme.utf8.allSatisfy { ("a"..."z").contains(Unicode.Scalar($0)) }
        guard isName else { return (nil, text) }
        return (scheme, String(text[text.index(colon, offsetBy: 3)...]))
    }

    private static func path(_ name: String, _ directory: String) throws(DatabaseError) -> String {
        guard !name.isEmpty else { throw DatabaseError(.dataSource, "a data source without a file's name") }
        guard !name.lowercased().hasPrefix("memory://") else {
            throw DatabaseError(.dataSource, "a database in memory cannot be read by other programs; \(supported)")
        }
        if name.hasPrefix("/") { return name }
        return "\(directory)/\(name)" + (name.hasSuffix(".db") ? "" : ".db")
    }

    /// How the database writes its SQL.
    public var dialect: SQLDialect {
        switch self {
        case .sqlite: .sqlite
        case .postgreSQL: .postgreSQL
        case .mariaDB: .mariaDB
        }
    }
}

extension DatabaseDSN: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where the database is, for the log; no password is in it.
    public var description: String {
        switch self {
        case .sqlite(let path): "sqlite://\(path)"
        case .postgreSQL(let server): server.description
        case .mariaDB(let server): server.description
        }
    }

    /// The same: what is for the eyes of developers reaches logs too.
    public var debugDescription: String { description }

    /// Nothing to look into: the parts hold the password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
