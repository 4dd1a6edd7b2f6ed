import Base
public import Database

/// A data source name: one database, or a balancer over several.
public enum DataSourceName: Sendable, Hashable, CustomStringConvertible {
    case database(DatabaseDSN)
    /// The balancer of that name in `balancer.conf`: `balancer://<name>`.
    case balancer(String)

    private static let scheme = "balancer://"

    /// Reads a name as configurations have them.
    ///
    /// - Parameter directory: Where the databases are that are named without a path.
    public init(_ text: String, directory: String) throws(DatabaseError) {
        guard text.lowercased().hasPrefix(Self.scheme) else {
            self = .database(try DatabaseDSN(text, directory: directory))
            return
        }
        let name = String(text.dropFirst(Self.scheme.count))
        guard Self.isBalancerName(name) else {
            throw DatabaseError(.dataSource, "balancer:// is followed by the name of a balancer in balancer.conf")
        }
        self = .balancer(name)
    }

    /// Whether a text can be the name of a balancer or of a node.
    static func isBalancerName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || "-_.".unicodeScalars.contains(scalar)
            }
    }

    /// Where the data is; no password is in it.
    public var description: String {
        switch self {
        case .database(let dsn): dsn.description
        case .balancer(let name): Self.scheme + name
        }
    }
}
