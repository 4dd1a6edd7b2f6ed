import Base
import FileReplication
internal import FoundationEssentials
internal import GRDB

/// What a folder knows, on the disk: a file of SQLite that is the same after a process was killed at any instant.
///
/// Every row has a sum, so that what the disk has lost or changed is not taken for what was known.
final class IndexStore: Sendable {
    /// Why it cannot be read or written.
    enum Failure: Error, Hashable {
        /// It is no index any more; all that it knew is lost.
        case damaged(String)
        /// Something else: another process has it, the disk is full.
        case other(String)
    }

    /// A growing file that is staged, with the token that its file has.
    struct Growth: Hashable {
        var token: UInt64
        var beginning: Dot
    }

    private static let version = 1
    private static let stateRow = "replica"
    private static let recoveryRow = "recovery"

    private let queue: DatabaseQueue

    /// Opens the file, or makes it.
    init(path: String) throws(Failure) {
        LocalFile.makeEmpty(path, mode: LocalFile.ownerOnly)
        var configuration = Configuration()
        configuration.label = "file-sync-index"
        configuration.prepareDatabase { database in
            // One process has it; a crash of the process loses nothing, one of the machine the last moments.
            try database.execute(
                sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"
            )
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { try Self.prepare($0) }
        } catch {
            throw Self.failure(error)
        }
    }

    private static func prepare(_ database: Database) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found != version else { return }
        guard found == 0, try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0 else {
            throw Failure.damaged("it is of version \(found)")
        }
        try database.execute(
            sql: """
                CREATE TABLE entry(
                    path BLOB PRIMARY KEY NOT NULL, body BLOB NOT NULL, sum INTEGER NOT NULL, content INTEGER
                ) WITHOUT ROWID;
                CREATE INDEX entry_content ON entry(content) WHERE content IS NOT NULL;
                CREATE TABLE state(name TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
                CREATE TABLE growth(token INTEGER PRIMARY KEY, node INTEGER NOT NULL, counter INTEGER NOT NULL);
                PRAGMA user_version = \(version)
                """
        )
    }

    private static func failure(_ error: any Error) -> Failure {
        if let failure = error as? Failure { return failure }
        guard let error = error as? DatabaseError else { return .other("\(error)") }
        let text = error.message ?? "error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_MISMATCH, .SQLITE_ERROR: return .damaged(text)
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .other("another process uses it")
        default: return .other(text)
        }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
        do {
            return try queue.write(body)
        } catch {
            throw Self.failure(error)
        }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw Self.failure(error)
        }
    }

    // MARK: What a replica knows

    /// Stores entries (`nil`: forgets them) and the state, all or nothing.
    func store(_ entries: [(path: TreePath, entry: [UInt8]?)], state: [UInt8]) throws(Failure) {
        try write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO entry(path, body, sum, content) VALUES (?, ?, ?, ?)"
            )
            let remove = try database.cachedStatement(sql: "DELETE FROM entry WHERE path = ?")
            for (path, entry) in entries {
                if let entry {
                    try insert.execute(
                        arguments: [
                            Data(path.bytes), Data(entry), Self.sum(path.bytes, entry),
                            Self.content(ofEntry: entry).map(Self.key(of:)),
                        ]
                    )
                } else {
                    try remove.execute(arguments: [Data(path.bytes)])
                }
            }
            try Self.put(Self.stateRow, state, database)
        }
    }

    /// The state; `nil` when nothing was ever stored.
    func state() throws(Failure) -> [UInt8]? {
        try read { try Self.row(Self.stateRow, $0) }
    }

    /// All entries.
    func load(_ receive: (TreePath, [UInt8]) throws -> Void) throws(Failure) {
        try read { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT path, body, sum FROM entry")
            while let row = try rows.next() {
                guard let name = Self.bytes(row[0]), let entry = Self.bytes(row[1]),
                    Self.number(row[2]) == Self.sum(name, entry), let path = try? TreePath(name)
                else {
                    throw Failure.damaged("an entry is not what was stored")
                }
                do {
                    try receive(path, entry)
                } catch {
                    throw Failure.damaged("an entry cannot be read")
                }
            }
        }
    }

    /// Files of so many bytes are found by their content.
    static let smallestFound: UInt64 = 64 << 10
    /// How many files with the same content are looked at.
    private static let mostFound = 8

    /// Some files that have a content.
    func paths(of hash: ContentHash) throws(Failure) -> [TreePath] {
        try read { database in
            let sql = "SELECT path, body FROM entry WHERE content = ? LIMIT ?"
            return try Row.fetchAll(database, sql: sql, arguments: [Self.key(of: hash), Self.mostFound])
                .compactMap { row in
                    guard let name = Self.bytes(row[0]), let entry = Self.bytes(row[1]) else { return nil }
                    return Self.content(ofEntry: entry) == hash ? try? TreePath(name) : nil
                }
        }
    }

    /// The content of the file that is here, if it is one that is found by it.
    private static func content(ofEntry bytes: [UInt8]) -> ContentHash? {
        guard let held = try? IndexEntry(decoding: bytes).held, held.metadata.size >= smallestFound else { return nil }
        return held.hash
    }

    private static func key(of hash: ContentHash) -> Int64 {
        Int64(bitPattern: hash.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    // MARK: What is under way

    /// Whether what was known was lost, and not everything was looked at since.
    func isRecovering() throws(Failure) -> Bool {
        try read { try Self.row(Self.recoveryRow, $0) != nil }
    }

    func setRecovering(_ isRecovering: Bool) throws(Failure) {
        try write { database in
            if isRecovering {
                try Self.put(Self.recoveryRow, [1], database)
            } else {
                try database.execute(sql: "DELETE FROM state WHERE name = ?", arguments: [Self.recoveryRow])
            }
        }
    }

    func add(_ growth: Growth) throws(Failure) {
        try write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO growth(token, node, counter) VALUES (?, ?, ?)",
                arguments: [
                    Int64(bitPattern: growth.token), Int64(bitPattern: growth.beginning.node.number),
                    Int64(bitPattern: growth.beginning.counter),
                ]
            )
        }
    }

    func removeGrowth(_ token: UInt64) throws(Failure) {
        try write { database in
            try database.execute(
                sql: "DELETE FROM growth WHERE token = ?",
                arguments: [Int64(bitPattern: token)]
            )
        }
    }

    func growths() throws(Failure) -> [Growth] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT token, node, counter FROM growth").compactMap { row in
                guard let token = Self.number(row[0]), let node = Self.number(row[1]),
                    let counter = Self.number(row[2])
                else { return nil }
                let dot = Dot(node: NodeID(UInt64(bitPattern: node)), counter: UInt64(bitPattern: counter))
                return Growth(token: UInt64(bitPattern: token), beginning: dot)
            }
        }
    }

    func close() {
        try? queue.close()
    }

    // MARK: Rows

    private static func put(_ name: String, _ body: [UInt8], _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO state(name, body, sum) VALUES (?, ?, ?)"
        )
        try statement.execute(arguments: [name, Data(body), sum(Array(name.utf8), body)])
    }

    private static func row(_ name: String, _ database: Database) throws -> [UInt8]? {
        let row = try Row.fetchOne(database, sql: "SELECT body, sum FROM state WHERE name = ?", arguments: [name])
        guard let row else { return nil }
        guard let body = bytes(row[0]), number(row[1]) == sum(Array(name.utf8), body) else {
            throw Failure.damaged("the state is not what was stored")
        }
        return body
    }

    // Not inlined, both of them: the optimizer of Swift 6.3.1 crashes on what comes of it.

    /// What is in a damaged file may be of any kind.
    @inline(never)
    private static func bytes(_ value: DatabaseValue) -> [UInt8]? {
        guard case .blob(let data) = value.storage else { return nil }
        return [UInt8](data)
    }

    @inline(never)
    private static func number(_ value: DatabaseValue) -> Int64? {
        guard case .int64(let number) = value.storage else { return nil }
        return number
    }

    /// FNV-1a of both, with their bound.
    static func sum(_ name: [UInt8], _ body: [UInt8]) -> Int64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        sum = (sum ^ 0x100) &* 0x100_0000_01B3
        for byte in body { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: sum)
    }
}
