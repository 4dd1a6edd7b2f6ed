import Base

/// What FusionPBX's `config.conf` says, as far as its XML handler reads it: `database.0.host = 127.0.0.1`.
public struct FusionPBXSettings: Hashable, Sendable {
    /// Where FusionPBX's installer puts the file.
    public static let usualPath = "/etc/fusionpbx/config.conf"
    /// How long the file may be, in bytes.
    public static let lengthLimit = 1 << 20

    private let values: [String: String]

    /// The settings of a text; of those with the same name the last counts.
    public init(_ text: String) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where line.first != "#" && line.first != ";" {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            values[String(parts[0].trimmingBlanks)] = String(parts[1].trimmingBlanks)
        }
        self.values = values
    }

    /// A setting that is there and not empty.
    public subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// Whether a setting is true; as it is by default where it is not there.
    func isTrue(_ name: String, default fallback: Bool) -> Bool { self[name]?.isTrueSetting ?? fallback }

    // MARK: - The database

    /// The name of the data source that FusionPBX's own tables are in; `nil` where there is none.
    ///
    /// It may hold a password.
    public var dataSource: String? {
        guard let type = self["database.0.type"] else { return nil }
        switch type {
        case "sqlite": return database("name").map { "sqlite://" + (database("path").map { "\($0)/" } ?? "") + $0 }
        case "mysql", "mariadb": return "mariadb://" + mariaDBAttributes
        default: return "\(type)://" + connectionString
        }
    }

    private func database(_ name: String) -> String? { self["database.0.\(name)"] }

    /// What libpq reads: `host=… dbname=…`.
    private var connectionString: String {
        let host = database("hostaddr").map { ("hostaddr", $0) } ?? database("host").map { ("host", $0) }
        let others = [
            ("port", "port"), ("dbname", "name"), ("user", "username"), ("password", "password"),
            ("sslmode", "sslmode"),
        ].compactMap { key, name in database(name).map { (key, $0) } }
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
            switch database("sslmode") {
            case "require": [("ForceTLS", "1")]
            case "verify-ca", "verify-full": [("ForceTLS", "1"), ("SSLVerify", "1")]
            default: []
            }
        let place = [
            ("Server", database("hostaddr") ?? database("host")), ("Port", database("port")),
            ("Database", database("name")), ("Uid", database("username")), ("Pwd", database("password")),
        ].compactMap { name, value in value.map { (name, $0) } }
        return (place + encryption).map { "\($0)={\($1.replacing("}", with: "}}"))};" }.joined()
    }

    // MARK: - What documents take from it

    /// Puts what the file says into options.
    public func apply(to options: inout HandlerOptions) {
        if let path = self["switch.sounds.dir"] { options.soundsDirectory = path }
        if let path = self["switch.recordings.dir"] { options.recordingsDirectory = path }
        options.registersAsNumberAlias = isTrue("xml_handler.reg_as_number_alias", default: false)
        options.usesNumberAsPresenceID = isTrue("xml_handler.number_as_presence_id", default: true)
    }

    /// What the file asks for that this version does not do.
    public var withoutEffect: [String] {
        isTrue("xml_handler.fs_path", default: false)
            ? ["xml_handler.fs_path has no effect: this version does not send calls to other nodes"] : []
    }
}
