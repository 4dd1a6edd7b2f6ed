import Base
internal import FoundationEssentials
internal import GRDB
import Glibc
import Synchronization

// @unchecked: GRDB's queue serializes what is done with the connection; the compiled statements are only used inside it.
/// A file of SQLite, in WAL mode: whoever reads it does not wait for who writes, nor the other way round.
final class SQLiteConnection: DriverConnection, @unchecked Sendable {
    private let queue: DatabaseQueue
    private let interruption: Interruption
    private var statements: StatementCache<GRDB.Statement>

    /// Whether what is being done has to end; the connection's wait for another writer looks at it.
    private final class Interruption: Sendable {
        let isAsked = Atomic(false)
    }

    init(path: String, _ settings: PoolSettings) throws(DatabaseError) {
        let interruption = Interruption()
        var configuration = Configuration()
        configuration.label = "sqlite"
        configuration.journalMode = .wal
        configuration.busyMode = .callback { attempts in
            // As long as the call's deadline lets it: the watchdog asks for an end then.
            guard !interruption.isAsked.load(ordering: .relaxed) else { return false }
            usleep(attempts < 10 ? 1000 : 10_000)
            return true
        }
        // Ours begin in one call and end in another.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { connection in
            // A crash of the program loses nothing, one of the machine the last moments.
            try connection.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        // Passwords of phones and secrets of nodes are in it: a new file is its owner's alone. One that is there keeps its
        // permissions: an operator's other programs may read it.
        LocalFile.makeEmpty(path, mode: LocalFile.ownerOnly)
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            var error = DatabaseError(sqlite: error)
            error.description = "\(path): \(error.description)"
            throw error
        }
        self.interruption = interruption
        statements = StatementCache(limit: settings.preparedStatements)
    }

    /// Not after a transaction that cannot be ended.
    private(set) var isUsable = true
    let isAlive = true
    var isInTransaction: Bool { queue.inDatabase { $0.isInsideTransaction } }

    func interrupt() {
        interruption.isAsked.store(true, ordering: .relaxed)
        queue.interrupt()
    }

    func prepareForUse() {
        interruption.isAsked.store(false, ordering: .relaxed)
    }

    func close() {
        queue.inDatabase { _ in _ = statements.removeAll() }
        try? queue.close()
    }

    func perform(_ step: TransactionStep) throws(DatabaseError) {
        switch step {
        // One that begins as a reader and writes later may find that another one was faster, and could not go on.
        case .begin: _ = try run("BEGIN IMMEDIATE") { _ in }
        case .commit: _ = try run("COMMIT") { _ in }
        case .rollback:
            // Some errors have undone everything already.
            guard isInTransaction else { return }
            isUsable = false
            _ = try run("ROLLBACK") { _ in }
            isUsable = true
        }
    }

    func run(
        _ statement: Statement,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int {
        do {
            return try queue.writeWithoutTransaction { connection in
                let compiled = try compile(statement.sql, connection)
                let before = connection.totalChangesCount
                do {
                    try Self.run(compiled, statement.values, receive)
                } catch {
                    // It would say the same of its next run, before that.
                    _ = statements.remove(statement.sql)
                    throw error
                }
                return connection.totalChangesCount == before ? 0 : connection.changesCount
            }
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw DatabaseError(sqlite: error)
        }
    }

    private static func run(
        _ compiled: GRDB.Statement,
        _ values: [SQLValue],
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws {
        // Without the names of columns, and the paths of keys, which cost more than the values.
        let arguments: [(any DatabaseValueConvertible)?] = values.map { $0.databaseValue }
        try compiled.setArguments(StatementArguments(arguments))
        let columns = compiled.columnNames
        guard !columns.isEmpty else { return try compiled.execute() }
        let cursor = try Row.fetchCursor(compiled)
        while let row = try cursor.next() {
            let values = columns.indices.map { SQLValue(row[$0] as DatabaseValue) }
            try receive(DatabaseRow(columns: columns, values: values))
        }
    }

    private func compile(_ sql: String, _ connection: GRDB.Database) throws -> GRDB.Statement {
        if let known = statements.find(sql) { return known }
        let compiled = try connection.makeStatement(sql: sql)
        _ = statements.insert(compiled, for: sql)
        return compiled
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        case .boolean(let truth): truth.databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes([UInt8](data))
        }
    }
}
