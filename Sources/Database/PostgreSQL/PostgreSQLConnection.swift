internal import CLibPQ

// @unchecked: the pool uses it on one thread at a time; what it does from others, only the socket is for.
/// A connection to PostgreSQL.
///
/// Rows come one by one, so a result is never in memory as a whole. A statement that nobody waits for any more takes the
/// connection with it: what comes after a request to stop might meet the next statement.
final class PostgreSQLConnection: DriverConnection, @unchecked Sendable {
    private let connection: OpaquePointer
    private let socket: ConnectionSocket
    private let canceller: PostgreSQLCanceller
    /// What the server is asked with to stop a statement.
    private let cancel: OpaquePointer?
    /// The names of the prepared statements.
    private var statements: StatementCache<String>
    private var lastName: UInt64 = 0
    /// Whether the end of a statement that was sent has not been seen.
    private var isInStatement = false

    init(
        _ dsn: PostgreSQLDSN,
        _ settings: PoolSettings,
        _ canceller: PostgreSQLCanceller,
        notice: @escaping @Sendable (String) -> Void
    ) throws(DatabaseError) {
        guard let connection = Self.connect(Self.parameters(dsn, settings)) else {
            throw DatabaseError(.unavailable, "no memory for a connection")
        }
        do throws(DatabaseError) {
            guard PQstatus(connection) == CONNECTION_OK else { throw DatabaseError(postgreSQLOpening: connection) }
            socket = try ConnectionSocket(PQsocket(connection))
        } catch {
            PQfinish(connection)
            throw error
        }
        (self.connection, self.canceller) = (connection, canceller)
        cancel = settings.stopsAbandoned ? PQgetCancel(connection) : nil
        statements = StatementCache(limit: settings.preparedStatements)
        receiver = NoticeReceiver(notice)
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeReceiver>.fromOpaque(context).takeUnretainedValue().receive(result)
            },
            Unmanaged.passUnretained(receiver).toOpaque()
        )
    }

    // MARK: Connecting

    /// What libpq is told: what the data source says, and what it leaves open.
    private static func parameters(_ dsn: PostgreSQLDSN, _ settings: PoolSettings) -> [(String, String)] {
        let usual = [
            "fallback_application_name": "tandem",
            "connect_timeout": String(max(settings.connecting.components.seconds, 1)),
            // A server that is gone without a word is found out within a minute.
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
        ]
        var parameters = usual.merging(dsn.parameters) { _, given in given }
        parameters["client_encoding"] = "UTF8"
        return parameters.sorted { $0.key < $1.key }
    }

    private static func connect(_ parameters: [(String, String)]) -> OpaquePointer? {
        withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectdbParams(keywords, values, 0) }
        }
    }

    /// Texts as an array of C's, with NULL at its end.
    private static func withCStrings<Result>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        let bytes = texts.flatMap { $0.utf8CString }
        return bytes.withUnsafeBufferPointer { bytes in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = texts.map { text in
                defer { offset += text.utf8.count + 1 }
                return bytes.baseAddress?.advanced(by: offset)
            }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    // MARK: What the server says unasked

    private let receiver: NoticeReceiver

    private final class NoticeReceiver: Sendable {
        private let notice: @Sendable (String) -> Void

        init(_ notice: @escaping @Sendable (String) -> Void) {
            self.notice = notice
        }

        func receive(_ result: OpaquePointer) {
            let parts = ["S", "M"].map { (field: Unicode.Scalar) in
                PQresultErrorField(result, Int32(field.value)).map { String(cString: $0) } ?? ""
            }
            notice(parts.joined(separator: ": "))
        }
    }

    // MARK: State

    var isUsable: Bool { isIdle && !isInStatement && !socket.isEnded }

    var isAlive: Bool { socket.isAlive }

    func interrupt() {
        socket.end()
    }

    /// One that was interrupted is not used again.
    func prepareForUse() {}

    func close() {
        if isInStatement, let cancel { canceller.stop(cancel) } else { PQfreeCancel(cancel) }
        PQfinish(connection)
        socket.end()
    }

    var isInTransaction: Bool { isConnected && !isIdle }

    private var isConnected: Bool { PQstatus(connection) == CONNECTION_OK }
    private var isIdle: Bool { isConnected && PQtransactionStatus(connection) == PQTRANS_IDLE }

    // MARK: Statements

    func perform(_ step: TransactionStep) throws(DatabaseError) {
        switch step {
        case .begin: _ = try run("BEGIN") { _ in }
        case .commit:
            let state = PQtransactionStatus(connection)
            _ = try run("COMMIT") { _ in }
            // The server takes it for a ROLLBACK when a statement has failed.
            if state == PQTRANS_INERROR { throw DatabaseError(.other, "the transaction had failed, and is undone") }
        case .rollback:
            guard isConnected, !isIdle, !isInStatement else { return }
            _ = try run("ROLLBACK") { _ in }
        }
    }

    func run(
        _ statement: Statement,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int {
        do throws(DatabaseError) {
            return try attempt(statement, receive)
        } catch {
            // What it was prepared for has changed, or somebody between has lost it; it was not carried out.
            let isStale = error.sqlState == "0A000" || error.sqlState == "26000"
            guard isStale, isIdle, let name = statements.remove(statement.sql) else { throw error }
            deallocate(name)
            return try attempt(statement, receive)
        }
    }

    private func attempt(
        _ statement: Statement,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int {
        guard isConnected else { throw DatabaseError(postgreSQLConnection: connection, mayHaveExecuted: false) }
        let parameters = try PostgreSQLParameters(statement.values)
        let isSent: Bool
        if statement.values.isEmpty {
            isSent = PQsendQueryParams(connection, statement.sql, 0, nil, nil, nil, nil, 0) == 1
        } else {
            // A name that is empty stands for a statement that is prepared for this one time.
            let name = try prepared(statement.sql)
            isSent = parameters.withPointers { pointers in
                PQsendQueryPrepared(
                    connection,
                    name,
                    pointers.count,
                    pointers.values,
                    pointers.lengths,
                    pointers.formats,
                    0
                ) == 1
            }
        }
        isInStatement = true
        guard isSent, PQsetSingleRowMode(connection) == 1 else {
            throw DatabaseError(postgreSQLConnection: connection, mayHaveExecuted: true)
        }
        return try results(receive)
    }

    /// The name of the prepared statement, which is prepared when it is new.
    private func prepared(_ sql: String) throws(DatabaseError) -> String {
        if let name = statements.find(sql) { return name }
        lastName &+= 1
        let name = statements.keepsNothing ? "" : "tandem\(lastName)"
        let result = PQprepare(connection, name, PostgreSQLPlaces.numbered(sql), 0, nil)
        defer { PQclear(result) }
        guard let result, isConnected else {
            throw DatabaseError(postgreSQLConnection: connection, mayHaveExecuted: false)
        }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw DatabaseError(postgreSQL: result) }
        if !statements.keepsNothing, let old = statements.insert(name, for: sql) { deallocate(old) }
        return name
    }

    private func deallocate(_ name: String) {
        PQclear(PQexec(connection, "DEALLOCATE \(name)"))
    }

    /// Takes in what the server answers, to its end.
    private func results(_ receive: (DatabaseRow) throws(DatabaseError) -> Void) throws(DatabaseError) -> Int {
        var changes = 0
        var columns: PostgreSQLColumns?
        var failure: DatabaseError?
        while let result = PQgetResult(connection) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE:
                let known = columns ?? PostgreSQLColumns(result)
                columns = known
                try receive(known.row(result))
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: changes = Self.changes(result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw DatabaseError(.statement, "COPY is not supported", mayHaveExecuted: true)
            default: failure = failure ?? DatabaseError(postgreSQL: result)
            }
        }
        isInStatement = !isConnected
        guard var failure else { return changes }
        if !isConnected {
            (failure.isConnectionLost, failure.mayHaveExecuted) = (true, true)
        }
        throw failure
    }

    /// How many rows were changed; libpq also counts those that were only read.
    private static func changes(_ result: OpaquePointer) -> Int {
        let verb = PQcmdStatus(result).map { String(cString: $0).prefix { $0 != " " } } ?? ""
        guard ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(verb) else { return 0 }
        return PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }
}
