import Base

/// Where a database of MariaDB is and who asks it.
public struct MariaDBDSN: Sendable, Hashable {
    /// The host's name or address.
    private(set) var server = "localhost"
    /// The port; without one, `localhost` is the unix socket that the server has there.
    private(set) var port: UInt16?
    /// The path of a unix socket, in the place of host and port.
    private(set) var socket: String?
    private(set) var database: String?
    private(set) var user: String?
    private(set) var password: String?
    /// How many seconds it may take to connect.
    private(set) var timeout: UInt32?
    /// What is carried out on each new connection.
    private(set) var initialStatement: String?
    private(set) var encryption = Encryption()

    /// How the connection is encrypted.
    struct Encryption: Sendable, Hashable {
        /// Whether there has to be TLS; otherwise there is none.
        var isRequired = false
        /// Whether the server has to prove who it is, by its name; so it is when authorities are named.
        var verifiesServer: Bool?
        /// The file with the authorities' certificates.
        var authorities: String?
        /// The directory with the authorities' certificates.
        var authorityDirectory: String?
        var certificate: String?
        var key: String?
        var ciphers: String?
    }

    /// Reads `Server=…;Port=…;Database=…;Uid=…;Pwd=…;`.
    ///
    /// - Throws: Which of the attributes is wrong, by its place: the text may be a piece of a password.
    init(attributes text: String) throws(DatabaseError) {
        let attributes: ODBCAttributes
        do throws(ODBCAttributes.Fault) {
            attributes = try ODBCAttributes(text)
        } catch {
            throw Self.wrong(Self.text(error))
        }
        var seen: Set<String> = []
        for (index, (name, value)) in attributes.pairs.enumerated() {
            guard let attribute = Self.attributes[name] else {
                let names = "Server, Port, Database, Uid, Pwd, Socket, Timeout, InitStmt, ForceTLS, SSLVerify, SSLCA, …"
                throw Self.wrong("attribute \(index + 1) is none of \(names); a value with ; is written {in braces}")
            }
            guard seen.insert(name).inserted else { throw Self.wrong("attribute \(index + 1) is there twice") }
            guard attribute(&self, value) else {
                throw Self.wrong("attribute \(index + 1), \(name), has a wrong value")
            }
        }
        guard !attributes.pairs.isEmpty else {
            throw Self.wrong("mariadb:// is followed by Server=<host>;Database=<name>;Uid=<user>;Pwd={<password>};")
        }
    }

    private static func wrong(_ hint: String) -> DatabaseError {
        DatabaseError(.dataSource, "the data source of MariaDB cannot be read: \(hint)")
    }

    private static func text(_ fault: ODBCAttributes.Fault) -> String {
        switch fault {
        case .noValue(let attribute): "attribute \(attribute) has no =; a value with ; is written {in braces}"
        case .openBrace(let attribute): "attribute \(attribute) lacks the brace at its end; a } in it is written }}"
        case .textAfterBrace(let attribute): "attribute \(attribute) goes on after its brace; a } in it is written }}"
        case .tooMany: "there are more than \(ODBCAttributes.limit) attributes"
        }
    }

    /// What sets one attribute, and tells whether its value is one.
    private typealias Setter = @Sendable (inout MariaDBDSN, String) -> Bool

    /// The attributes, by the names that MariaDB's ODBC connector has for them.
    private static let attributes: [String: Setter] = [
        "server": setServer,
        "servername": setServer,
        "port": { dsn, value in
            dsn.port = UInt16(value)
            return dsn.port ?? 0 != 0
        },
        "socket": { $0.set(\.socket, $1) },
        "database": { $0.set(\.database, $1) },
        "db": { $0.set(\.database, $1) },
        "uid": { $0.set(\.user, $1) },
        "user": { $0.set(\.user, $1) },
        "pwd": { $0.set(\.password, $1) },
        "password": { $0.set(\.password, $1) },
        "timeout": setTimeout,
        "conn_timeout": setTimeout,
        "initstmt": { $0.set(\.initialStatement, $1) },
        "forcetls": { dsn, value in
            dsn.encryption.isRequired = value.isTrueSetting
            return true
        },
        "sslverify": { dsn, value in
            dsn.encryption.verifiesServer = value.isTrueSetting
            return true
        },
        "sslca": { $0.set(\.encryption.authorities, $1) },
        "sslcapath": { $0.set(\.encryption.authorityDirectory, $1) },
        "sslcert": { $0.set(\.encryption.certificate, $1) },
        "sslkey": { $0.set(\.encryption.key, $1) },
        "sslcipher": { $0.set(\.encryption.ciphers, $1) },
        // Which client is meant, and how texts are encoded, is not for the configuration to choose.
        "driver": { _, _ in true },
        "charset": { _, _ in true },
        "option": { _, _ in true },
    ]

    /// A name with = or ; in it would be a whole configuration for the client.
    private static let setServer: Setter = { dsn, value in
        dsn.server = value
        return !value.isEmpty && !value.unicodeScalars.contains { "=;/@ ".unicodeScalars.contains($0) }
    }

    private static let setTimeout: Setter = { dsn, value in
        dsn.timeout = UInt32(value)
        return dsn.timeout.map { (1...3600).contains($0) } ?? false
    }

    private mutating func set(_ field: WritableKeyPath<Self, String?>, _ value: String) -> Bool {
        self[keyPath: field] = value.isEmpty ? nil : value
        return true
    }

    /// Whether the connection has to be encrypted: when anything of its encryption is named.
    var needsTLS: Bool {
        let named = [encryption.authorities, encryption.authorityDirectory, encryption.certificate, encryption.key]
        return encryption.isRequired || encryption.verifiesServer == true || named.contains { $0 != nil }
    }

    /// Whether the server has to prove who it is.
    var verifiesServer: Bool {
        encryption.verifiesServer ?? (encryption.authorities != nil || encryption.authorityDirectory != nil)
    }
}

extension MariaDBDSN: CustomStringConvertible, CustomReflectable {
    /// Where the database is; no password is in it.
    public var description: String {
        "mariadb://" + (user.map { "\($0)@" } ?? "") + (socket ?? "\(server):\(port ?? 3306)") + "/" + (database ?? "")
    }

    /// Nothing to look into: the parts hold the password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
