internal import GRDB

extension DatabaseError {
    /// What GRDB says of a failure.
    ///
    /// A statement of SQLite that fails has had no effect. The text of the statement is left out: the values would be
    /// next to it.
    init(sqlite error: any Error) {
        guard let error = error as? GRDB.DatabaseError else {
            self.init(.other, "\(error)")
            return
        }
        let code = Int(error.extendedResultCode.rawValue)
        self.init(Self.kind(of: error), error.message ?? "SQLite error \(code)", code: code)
    }

    private static func kind(of error: GRDB.DatabaseError) -> Kind {
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID: .uniqueViolation
        default:
            switch error.resultCode {
            case .SQLITE_CONSTRAINT: .constraint
            case .SQLITE_BUSY, .SQLITE_LOCKED: .conflict
            case .SQLITE_INTERRUPT: .cancelled
            case .SQLITE_READONLY: .readOnly
            case .SQLITE_CANTOPEN, .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_IOERR, .SQLITE_FULL: .unavailable
            case .SQLITE_PERM, .SQLITE_AUTH: .refused
            case .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE: .value
            case .SQLITE_ERROR: .statement
            // GRDB's own, for values that do not match the places.
            case .SQLITE_MISUSE: .statement
            default: .other
            }
        }
    }
}
