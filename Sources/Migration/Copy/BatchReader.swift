import Database
import Synchronization

/// Reads a table of the source in batches, each bounded in rows and in bytes.
actor BatchReader {
    /// Some rows in the order of the table's key.
    struct Batch: Sendable {
        /// The values of the copied columns, as the source has them.
        var rows: [[SQLValue]] = []
        /// How far the table is copied with these rows.
        var position: CopyPosition
    }

    private let source: any DataSource
    private let table: TableCopy
    private let settings: CopySettings
    private var size: BatchSize

    init(_ table: TableCopy, from source: any DataSource, _ settings: CopySettings) {
        (self.table, self.source, self.settings) = (table, source, settings)
        size = BatchSize(limit: settings.batchRows)
    }

    /// What a batch has taken in, on a thread of the database.
    private struct Intake: Sendable {
        var rows: [DatabaseRow] = []
        var bytes = 0
        /// Whether the next row would be too much.
        var isFull = false
    }

    private static let enough = DatabaseError(.limit, "the batch is full")

    /// The rows after a position; no rows at the end of the table.
    func batch(after position: CopyPosition) async throws(DatabaseError) -> Batch {
        let statement = table.selection(after: position, count: size.rows, from: source.dialect)
        let intake = Mutex(Intake())
        let limit = settings.batchBytes
        do throws(DatabaseError) {
            try await source.forEachRow(of: statement, within: settings.deadline) { (row) throws(DatabaseError) in
                let isTaken = intake.withLock { intake in
                    intake.isFull = !intake.rows.isEmpty && intake.bytes >= limit
                    guard !intake.isFull else { return false }
                    intake.rows.append(row)
                    intake.bytes += row.size
                    return true
                }
                if !isTaken { throw Self.enough }
            }
        } catch {
            // Those that were read so far are whole.
            guard intake.withLock({ $0.isFull }) else { throw error }
        }
        let taken = intake.withLock { $0 }
        size.read(taken.rows.count, isFull: taken.isFull)
        return try batch(taken.rows, after: position)
    }

    private func batch(_ rows: [DatabaseRow], after position: CopyPosition) throws(DatabaseError) -> Batch {
        var batch = Batch(position: position)
        let width = table.columns.count
        batch.rows = rows.map { Array($0.values.prefix(width)) }
        batch.position.rows += Int64(rows.count)
        guard let last = rows.last, !table.key.isEmpty else { return batch }
        let key = last.values.dropFirst(width).compactMap(\.text)
        guard key.count == table.key.count else {
            throw DatabaseError(.row, "a row of \(table.name) has a key that is no text")
        }
        batch.position.key = key
        return batch
    }
}
