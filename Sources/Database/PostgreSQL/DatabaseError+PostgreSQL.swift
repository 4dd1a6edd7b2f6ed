internal import CLibPQ

extension DatabaseError {
    /// What a result says of a failure: the error's code decides what kind it is.
    ///
    /// The server's first line is shown alone: the details repeat values.
    init(postgreSQL result: OpaquePointer) {
        let state = Self.field(result, "C")
        let message = Self.field(result, "M") ?? Self.firstLine(PQresultErrorMessage(result))
        let kind = Self.kind(ofState: state ?? "")
        self.init(kind, kind == .value ? Self.withoutQuoted(message, in: "\"") : message, sqlState: state)
        isConnectionLost = kind == .lost
        // Without a code it is libpq that speaks: of a server that did not say how it ended.
        mayHaveExecuted = state == nil || isConnectionLost || state == "40003"
    }

    /// A connection that is lost, or was never there.
    init(postgreSQLConnection connection: OpaquePointer, mayHaveExecuted: Bool) {
        let message = Self.firstLine(PQerrorMessage(connection))
        self.init(.lost, message, isConnectionLost: true, mayHaveExecuted: mayHaveExecuted)
    }

    /// A connection that could not be opened: libpq hands on only what the server said, in the server's language.
    init(postgreSQLOpening connection: OpaquePointer) {
        let lines = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        let message = lines.split(separator: "\n").map { $0.drop { $0.isWhitespace } }.joined(separator: "; ")
        let refusals = ["authentication failed", "no pg_hba.conf entry", "role \"", "permission denied for database"]
        let kind: Kind =
            if PQconnectionNeedsPassword(connection) == 1 || refusals.contains(where: message.contains) {
                .refused
            } else if message.contains("FATAL:  database \"") {
                .dataSource
            } else {
                .unavailable
            }
        self.init(kind, message)
    }

    private static func field(_ result: OpaquePointer, _ code: Unicode.Scalar) -> String? {
        PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }

    private static func firstLine(_ message: UnsafePointer<CChar>?) -> String {
        let text = message.map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map { String($0) } ?? "the connection to PostgreSQL was lost"
    }

    /// PostgreSQL's appendix A, "PostgreSQL Error Codes".
    static func kind(ofState state: String) -> Kind {
        switch state {
        case "23505": .uniqueViolation
        case "25006": .readOnly
        case "3D000": .dataSource
        case "40001", "40P01", "55P03": .conflict
        case "42501": .refused
        // Somebody else, or a limit of the server's, has ended the statement.
        case "57014": .deadline
        case "57P01", "57P02", "57P04", "57P05": .lost
        case "57P03": .unavailable
        default:
            switch state.prefix(2) {
            case "": .lost
            case "08": .lost
            case "22": .value
            case "23": .constraint
            case "28": .refused
            case "42": .statement
            case "53": .unavailable
            default: .other
            }
        }
    }
}
