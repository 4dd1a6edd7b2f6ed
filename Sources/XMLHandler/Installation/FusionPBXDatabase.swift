/// One of the databases that FusionPBX's `config.conf` names: `database.0.host = 127.0.0.1`.
struct FusionPBXDatabase {
    /// FusionPBX's own, with its tables.
    static let system = 0
    /// The switch's, with its registrations and calls.
    static let core = 1

    let settings: FusionPBXSettings
    let number: Int

    private subscript(name: String) -> String? { settings["database.\(number).\(name)"] }

    /// The name of the data source; `nil` where there is none.
    ///
    /// It may hold a password.
    var dataSource: String? {
        guard let type = self["type"] else { return nil }
        switch type {
        case "sqlite": return self["name"].map { "sqlite://" + (self["path"].map { "\($0)/" } ?? "") + $0 }
        case "mysql", "mariadb": return "mariadb://" + mariaDBAttributes
        default: return "\(type)://" + connectionString
        }
    }

    /// What libpq reads: `host=… dbname=…`.
    private var connectionString: String {
        let host = self["hostaddr"].map { ("hostaddr", $0) } ?? self["host"].map { ("host", $0) }
        let others = [
            ("port", "port"), ("dbname", "name"), ("user", "username"), ("password", "password"),
            ("sslmode", "sslmode"),
        ].compactMap { key, name in self[name].map { (key, $0) } }
        return ([host].compactMap { $0 } + others).map { "\($0)=\(Self.quoted($1))" }.joined(separator: " ")
    }

    /// A value as connection strings of PostgreSQL have it: what could end it is inside of quotes.
    private static func quoted(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\\") }) else {
            return value
        }
        return "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    /// What a data source of MariaDB has: `Server={…};Database={…};`.
    private var mariaDBAttributes: String {
        let encryption: [(String, String)] =
            switch self["sslmode"] {
            case "require": [("ForceTLS", "1")]
            case "verify-ca", "verify-full": [("ForceTLS", "1"), ("SSLVerify", "1")]
            default: []
            }
        let place = [
            ("Server", self["hostaddr"] ?? self["host"]), ("Port", self["port"]), ("Database", self["name"]),
            ("Uid", self["username"]), ("Pwd", self["password"]),
        ].compactMap { name, value in value.map { (name, $0) } }
        return (place + encryption).map { "\($0)={\($1.replacing("}", with: "}}"))};" }.joined()
    }
}
