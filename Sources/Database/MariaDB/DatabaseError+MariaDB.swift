internal import CMariaDB

extension DatabaseError {
    /// What a connection says of the call that failed.
    init(mariaDB connection: UnsafeMutablePointer<MYSQL>) {
        self.init(
            number: mysql_errno(connection),
            state: mysql_sqlstate(connection).map { String(cString: $0) } ?? "",
            mysql_error(connection).map { String(cString: $0) } ?? ""
        )
    }

    /// What a prepared statement says of the call that failed.
    init(mariaDBStatement statement: UnsafeMutablePointer<MYSQL_STMT>) {
        // What goes wrong while rows come is noted with the connection alone.
        if mysql_stmt_errno(statement) == 0, let connection = statement.pointee.mysql {
            self.init(mariaDB: connection)
            return
        }
        self.init(
            number: mysql_stmt_errno(statement),
            state: mysql_stmt_sqlstate(statement).map { String(cString: $0) } ?? "",
            mysql_stmt_error(statement).map { String(cString: $0) } ?? ""
        )
    }

    private init(number: UInt32, state: String, _ message: String) {
        let kind = Self.kind(ofError: number, state: state)
        let text = Self.quotesValue(number) ? Self.withoutQuoted(message, in: "'", upTo: "' for ") : message
        self.init(kind, text, sqlState: state, code: Int(number))
        isConnectionLost = kind == .lost
        // What was ended from outside may have been about to be committed; what is too big was carried out.
        mayHaveExecuted =
            isConnectionLost || kind == .deadline || kind == .limit || number == Self.newColumns
            || number == Self.failedCommit
    }

    /// Whether the server puts a value of a row into its message, which is not for the log.
    private static func quotesValue(_ number: UInt32) -> Bool {
        switch number {
        case 1062, 1169, 1292, 1366, 1367, 1411, 1525, 1586, 1690: true
        default: false
        }
    }

    /// The client's error for a statement whose columns are not those that it was prepared with.
    static let newColumns: UInt32 = 2057

    /// The end of a transaction has failed: a node of a cluster that loses the others says so, and does not know itself.
    static let failedCommit: UInt32 = 1180

    /// A node of a cluster that takes no statements has not even looked at this one.
    static let notReady = 1047

    /// MariaDB's reference, "MariaDB Error Codes"; numbers from 2000 to 2999 are the client's own.
    static func kind(ofError number: UInt32, state: String) -> Kind {
        switch number {
        case 1062, 1169, 1586: .uniqueViolation
        case 1048, 1216, 1217, 1364, 1451, 1452, 4025: .constraint
        // A deadlock, also against another node of a cluster; a lock that was waited for too long; a row that has
        // changed since the transaction began.
        case 1213, 1205, 1020: .conflict
        case 1290, 1792, 1836: .readOnly
        // A node of a cluster that is not in it, or is about to end; no more connections.
        case 1040, 1047, 1203, 1226, failedCommit: .unavailable
        case 1044, 1045, 1129, 1130, 1142, 1143, 1227, 1251, 1370, 1698: .refused
        case 1049: .dataSource
        case 1053, 1927, 2006, 2013, 2055: .lost
        // Somebody else, or a limit of the server's, has ended the statement.
        case 1317, 1969: .deadline
        case 1052, 1054, 1064, 1109, 1136, 1146, 1149, 1305: .statement
        case 1264, 1265, 1292, 1366, 1406: .value
        case newColumns: .other
        // A packet that is bigger than the client takes, or the server.
        case 2020, 1153: .limit
        case 2000...2999: .unavailable
        default:
            switch state.prefix(2) {
            case "22": .value
            case "23": .constraint
            case "28": .refused
            case "40": .conflict
            case "42": .statement
            default: .other
            }
        }
    }
}
