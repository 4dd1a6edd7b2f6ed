import Base
internal import CMariaDB
internal import Glibc

/// How a connection to MariaDB is opened.
struct MariaDBOpening {
    private let dsn: MariaDBDSN
    private let timeout: UInt32
    private let packetBytes: UInt
    private let watchdog: Watchdog

    /// How much more than the values of its row a packet may hold.
    ///
    /// It is far more than it needs: the library tells of a packet that is too long now and then as of a lost connection.
    /// Rows of a usual size are to be told of as what they are, once they are here.
    private static let rowOverhead = 16 << 20

    /// - Parameters:
    ///   - timeout: How long it may take, unless the data source says so itself.
    ///   - rowBytes: How much one row may take: a server could have us keep a gigabyte otherwise.
    init(_ dsn: MariaDBDSN, timeout: Duration, rowBytes: Int, _ watchdog: Watchdog) {
        (self.dsn, self.watchdog) = (dsn, watchdog)
        self.timeout = dsn.timeout ?? UInt32(clamping: max(timeout.components.seconds, 1))
        packetBytes = UInt(clamping: max(rowBytes, 0)) + UInt(Self.rowOverhead)
    }

    /// The library is made ready once, before threads use it.
    private static let isReady: Bool = {
        // The library's TLS writes as to a file: a server that is gone would end the program.
        signal(SIGPIPE, SIG_IGN)
        return mysql_server_init(0, nil, nil) == 0
    }()

    /// Opens a connection, for the caller to close, and its socket, which is ended before.
    ///
    /// - Parameter ask: What the server is asked at once; the time is for that too.
    func open<Value>(
        _ ask: (UnsafeMutablePointer<MYSQL>) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> (UnsafeMutablePointer<MYSQL>, ConnectionSocket, Value) {
        let handle = try connect()
        do throws(DatabaseError) {
            let socket = try ConnectionSocket(CInt(mysql_get_socket(handle)))
            socket.findOutSilence()
            // The library waits for as long as it takes, once it is connected.
            let watch = watchdog.watch(until: watchdog.now + .seconds(Int64(timeout))) { socket.end() }
            defer { watchdog.forget(watch) }
            guard !dsn.needsTLS || mysql_get_ssl_cipher(handle) != nil else {
                throw DatabaseError(.unavailable, "the server does not encrypt, which was asked for")
            }
            guard mysql_autocommit(handle, 1) == 0 else { throw DatabaseError(mariaDB: handle) }
            return (handle, socket, try ask(handle))
        } catch {
            mysql_close(handle)
            throw error.whenOpening
        }
    }

    private func connect() throws(DatabaseError) -> UnsafeMutablePointer<MYSQL> {
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
            let error = DatabaseError(mariaDB: handle)
            mysql_close(handle)
            throw error.whenOpening
        }
        return handle
    }

    private func setOptions(_ handle: UnsafeMutablePointer<MYSQL>) {
        set(handle, MYSQL_OPT_CONNECT_TIMEOUT, timeout)
        set(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, packetBytes)
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

extension DatabaseError {
    /// The same error of a connection that was just being opened: nothing was asked for yet.
    fileprivate var whenOpening: Self {
        var error = self
        (error.isConnectionLost, error.mayHaveExecuted) = (false, false)
        if error.kind == .lost { error.kind = .unavailable }
        return error
    }
}
