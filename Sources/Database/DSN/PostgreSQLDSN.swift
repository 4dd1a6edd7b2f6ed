internal import CLibPQ

/// Where a database of PostgreSQL is and who asks it: what libpq makes of a connection string.
public struct PostgreSQLDSN: Sendable, Hashable {
    /// What libpq is told, by libpq's names (`host`, `sslmode`, …).
    let parameters: [String: String]

    /// Reads `host=… dbname=… user=… password='…'`.
    ///
    /// - Throws: That it cannot be read. What libpq says of it is not shown: it repeats the pieces that it does not
    ///   understand, and these may be a password.
    init(connectionString text: String) throws(DatabaseError) {
        guard text.utf8.contains(UInt8(ascii: "=")), !text.hasPrefix("postgres") else {
            throw Self.wrong("pgsql:// is followed by host=<host> dbname=<name> …; a URI begins with postgresql://")
        }
        guard let parameters = Self.parse(text) else {
            throw Self.wrong(
                "it is keyword=value …, and a value with spaces, ' or \\ is written '…' with \\ before these"
            )
        }
        self.parameters = parameters
        try check(hint: "a password with spaces is written in ''")
    }

    /// Reads `postgresql://user:password@host:port/name?keyword=value`.
    init(uri: String) throws(DatabaseError) {
        let hint = "what is not a letter or a digit in a password is written %xx"
        guard let parameters = Self.parse(uri) else { throw Self.wrong(hint) }
        self.parameters = parameters
        // The password's rest would be here, had it an @ or / of its own.
        guard parameters["dbname"]?.utf8.contains(UInt8(ascii: "@")) != true else { throw Self.wrong(hint) }
        try check(hint: hint)
    }

    private static func wrong(_ hint: String) -> DatabaseError {
        DatabaseError(.dataSource, "the data source of PostgreSQL cannot be read: \(hint)")
    }

    private static func parse(_ text: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(message) }
        guard let options = PQconninfoParse(text, &message) else { return nil }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }

    /// What libpq would only find out when it connects, and would repeat then, whatever it is.
    private func check(hint: String) throws(DatabaseError) {
        for port in (parameters["port"] ?? "").split(separator: ",") where (UInt16(port) ?? 0) == 0 {
            throw Self.wrong("the port is no number; \(hint)")
        }
        for keyword in ["host", "hostaddr"]
        where parameters[keyword]?.utf8.dropFirst().contains(UInt8(ascii: "@")) == true {
            throw Self.wrong("the host has an @ in it; \(hint)")
        }
    }

    /// Where the database is; no password is in it.
    public var description: String {
        var text = "postgresql://"
        if let user = parameters["user"] { text += "\(user)@" }
        text += parameters["host"] ?? parameters["hostaddr"] ?? ""
        if let port = parameters["port"] { text += ":\(port)" }
        return text + "/" + (parameters["dbname"] ?? "")
    }
}

extension PostgreSQLDSN: CustomStringConvertible, CustomReflectable {
    /// Nothing to look into: the parts hold the password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
