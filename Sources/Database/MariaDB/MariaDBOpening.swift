internal import CMariaDB
internal import Glibc

/// How a connection to MariaDB is opened.
struct MariaDBOpening {
    private let dsn: MariaDBDSN
    private let timeout: UInt32

    /// - Parameter timeout: How long it may take, unless the data source says so itself.
    init(_ dsn: MariaDBDSN, timeout: Duration) {
        self.dsn = dsn
        self.timeout = dsn.timeout ?? UInt32(clamping: max(timeout.components.seconds, 1))
    }

    /// The library is made ready once, before threads use it.
    private static let isReady: Bool = {
        // The library's TLS writes as to a file: a server that is gone would end the program.
        signal(SIGPIPE, SIG_IGN)
        return mysql_server_init(0, nil, nil) == 0
    }()

    /// Opens a connection, for the caller to close.
    func open() throws(DatabaseError) -> UnsafeMutablePointer<MYSQL> {
        guard Self.isReady, let handle = mysql_init(nil) else {
            throw DatabaseError(.unavailable, "no memory for a connection")
        }
        setOptions(handle)
        let (host, port) = dsn.socket == nil ? (dsn.server, UInt32(dsn.port ?? 0)) : ("localhost", 0)
        let flags = UInt(CLIENT_FOUND_ROWS)
        let connected = mysql_real_connect(
            handle,
            host,
            dsn.user,
            dsn.password,
            dsn.database,
            port,
            dsn.socket,
            flags
        )
        guard connected != nil else {
            var error = DatabaseError(mariaDB: handle)
            // Nothing was asked for yet.
            (error.isConnectionLost, error.mayHaveExecuted) = (false, false)
            if error.kind == .lost { error.kind = .unavailable }
            mysql_close(handle)
            throw error
        }
        guard !dsn.needsTLS || mysql_get_ssl_cipher(handle) != nil else {
            mysql_close(handle)
            throw DatabaseError(.unavailable, "the server does not encrypt, which was asked for")
        }
        guard mysql_autocommit(handle, 1) == 0 else {
            defer { mysql_close(handle) }
            throw DatabaseError(mariaDB: handle)
        }
        return handle
    }

    private func setOptions(_ handle: UnsafeMutablePointer<MYSQL>) {
        set(handle, MYSQL_OPT_CONNECT_TIMEOUT, timeout)
        // A server could ask for any file of this machine otherwise.
        set(handle, MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        set(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        set(handle, MYSQL_INIT_COMMAND, dsn.initialStatement)
        // A host of the name "localhost" would be a socket of this machine otherwise, whatever the port.
        if dsn.socket == nil, dsn.port != nil { set(handle, MYSQL_OPT_PROTOCOL, UInt32(MYSQL_PROTOCOL_TCP.rawValue)) }
        guard dsn.needsTLS else { return }
        set(handle, MYSQL_OPT_SSL_ENFORCE, my_bool(1))
        set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, my_bool(dsn.verifiesServer ? 1 : 0))
        set(handle, MYSQL_OPT_SSL_CA, dsn.encryption.authorities)
        set(handle, MYSQL_OPT_SSL_CAPATH, dsn.encryption.authorityDirectory)
        set(handle, MYSQL_OPT_SSL_CERT, dsn.encryption.certificate)
        set(handle, MYSQL_OPT_SSL_KEY, dsn.encryption.key)
        set(handle, MYSQL_OPT_SSL_CIPHER, dsn.encryption.ciphers)
    }

    private func set(_ handle: UnsafeMutablePointer<MYSQL>, _ option: mysql_option, _ value: some BitwiseCopyable) {
        _ = withUnsafePointer(to: value) { mysql_options(handle, option, $0) }
    }

    private func set(_ handle: UnsafeMutablePointer<MYSQL>, _ option: mysql_option, _ text: String?) {
        if let text { mysql_options(handle, option, text) }
    }
}
