import Database
import Synchronization
import XMLHandler

/// Tables of which some statements fail.
final class FaultyTables: TableSource {
    private let tables: SQLiteTables
    private let faults = Mutex<[String: DatabaseError]>([:])

    init(_ tables: SQLiteTables) {
        self.tables = tables
    }

    /// Has statements fail that have some text in them; `nil` for no more.
    func fail(_ text: String, _ kind: DatabaseError.Kind?) {
        faults.withLock { $0[text] = kind.map { DatabaseError($0, "no \(text)") } }
    }

    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
        let fault = faults.withLock { faults in faults.first { sql.contains($0.key) }?.value }
        if let fault { throw fault }
        return try await tables.rows(sql, values)
    }
}
