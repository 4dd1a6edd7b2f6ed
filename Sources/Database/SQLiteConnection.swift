internal import GRDB

/// A file of SQLite, in WAL mode: whoever reads it does not wait for who writes, nor the other way round.
final class SQLiteConnection: DatabaseConnection {
    /// How long a statement waits for another program that writes, in seconds.
    private static let busyTimeout = 5.0

    private let queue: DatabaseQueue

    init(path: String) throws(DatabaseError) {
        var configuration = Configuration()
        configuration.label = "core database"
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(Self.busyTimeout)
        configuration.prepareDatabase { connection in
            // A crash of the program loses nothing; one of the machine loses what is made anew at the start anyway.
            try connection.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw DatabaseError("\(path): \(error)")
        }
    }

    func execute(_ batch: [Statement]) throws(DatabaseError) {
        do {
            try queue.write { connection in
                for statement in batch {
                    // Compiled once for each text, and kept.
                    let compiled = try connection.cachedStatement(sql: statement.sql)
                    try compiled.execute(arguments: StatementArguments(statement.values.map(\.databaseValue)))
                }
            }
        } catch {
            throw DatabaseError("\(error)")
        }
    }
}

extension Statement.Value {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .text(let text): text.databaseValue
        case .integer(let number): number.databaseValue
        case .null: .null
        }
    }
}
