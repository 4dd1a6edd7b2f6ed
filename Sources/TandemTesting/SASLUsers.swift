import Glibc

/// Users of a server with SASL, in a database of a test's own.
public struct SASLUsers {
    private static let program = "/usr/sbin/saslpasswd2"

    /// Whether what makes them is installed.
    public static var isInstalled: Bool { access(program, X_OK) == 0 }

    /// Where the server's settings are.
    public let directory: TemporaryDirectory

    /// Makes users of memcached.
    ///
    /// - Parameter users: Names with what follows an `@` in them, which the server wants, and their passwords.
    public init(_ users: [String: String]) throws {
        directory = TemporaryDirectory()
        // The server runs as nobody.
        chmod(directory.path, 0o755)
        let database = directory.path + "/users"
        for (user, password) in users {
            let parts = user.split(separator: "@").map(String.init)
            let command = "\(Self.program) -p -c -f \(database) -u"
            guard parts.count == 2, let input = popen("\(command) \(parts[1]) \(parts[0])", "w") else {
                throw MemcachedProcess.Fault(description: "cannot start \(Self.program)")
            }
            fputs(password, input)
            guard pclose(input) == 0 else {
                throw MemcachedProcess.Fault(description: "\(Self.program) made no user \(user)")
            }
        }
        chmod(database, 0o644)
        let settings = """
            mech_list: plain
            pwcheck_method: auxprop
            auxprop_plugin: sasldb
            sasldb_path: \(database)
            """
        _ = directory.write(settings, to: "memcached.conf")
    }
}
