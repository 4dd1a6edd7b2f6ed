/// What a data source name means: which kind of database, and where it is.
public enum DatabaseDSN: Sendable, Hashable {
    /// A file of SQLite.
    case sqlite(path: String)

    /// Reads a name as FreeSWITCH's configuration has them.
    ///
    /// A bare name is a file of SQLite in `directory`, with `.db` after it; `sqlite://` is followed by such a name or by
    /// a path.
    ///
    /// - Throws: What is wrong. The text is not shown: it may hold a password.
    public init(_ text: String, directory: String) throws(DatabaseError) {
        let (scheme, rest) = Self.split(text)
        switch scheme {
        case "sqlite": self = .sqlite(path: try Self.path(rest, directory))
        case let scheme?:
            throw DatabaseError(.dataSource, "\(scheme):// is not supported in this version; \(Self.supported)")
        case nil where rest.contains(":"):
            throw DatabaseError(.dataSource, "an ODBC data source is not supported in this version; \(Self.supported)")
        case nil: self = .sqlite(path: try Self.path(rest, directory))
        }
    }

    private static let supported = "sqlite://<file> is"
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
        }
    }

    /// Opens a connection, which may take as long as the settings allow.
    func connect(_ settings: PoolSettings) throws(DatabaseError) -> any DriverConnection {
        switch self {
        case .sqlite(let path): try SQLiteConnection(path: path, settings)
        }
    }
}
