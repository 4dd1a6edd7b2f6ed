import GRDB
import Synchronization
import XMLHandler

/// Tables in memory, which count the statements that read them.
final class SQLiteTables: ChangingTables {
    private let queue: DatabaseQueue
    private let asked = Mutex<[String]>([])

    /// Tables that statements of SQLite make and fill, in a file or in memory.
    init(_ statements: [String], file: String? = nil) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        // A handler that has the same file open may write into it.
        configuration.busyMode = .timeout(60)
        queue =
            try file.map { try DatabaseQueue(path: $0, configuration: configuration) }
            ?? DatabaseQueue(configuration: configuration)
        try change(statements)
    }

    func change(_ statements: [String]) throws {
        try queue.writeWithoutTransaction { connection in
            for statement in statements { try connection.execute(sql: statement) }
        }
    }

    /// Gives the database a function `MD5`, whose digests are no real ones.
    func addDigests() {
        queue.writeWithoutTransaction { connection in
            let digest = DatabaseFunction("MD5", argumentCount: 1, pure: true) { values in
                values.first.flatMap { String.fromDatabaseValue($0) }.map { "digest of \($0)" }
            }
            connection.add(function: digest)
        }
    }

    /// The statements that were asked since the last call, without those that look which columns there are.
    func takeStatements() -> [String] {
        asked.withLock { asked in
            defer { asked = [] }
            return asked.filter { !$0.hasSuffix("ON 1 = 0") }
        }
    }

    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
        asked.withLock { $0.append(sql) }
        return try read(sql, values)
    }

    /// At once, on the thread of whoever asks: a simulation waits for no other one.
    private func read(_ sql: String, _ values: [String?]) throws -> [TableRow] {
        try queue.writeWithoutTransaction { connection in
            let statement = try connection.makeStatement(sql: sql)
            let rows = try Row.fetchAll(statement, arguments: StatementArguments(values))
            return TableRow.rows(columns: statement.columnNames, rows.map { $0.databaseValues.map(Self.text) })
        }
    }

    private static func text(_ value: DatabaseValue) -> String? {
        switch value.storage {
        case .null: nil
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .blob(let data): String(decoding: data, as: UTF8.self)
        }
    }
}
