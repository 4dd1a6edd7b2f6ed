public import Database

/// FusionPBX's tables in a database, whichever kind it is.
public struct DatabaseTables: TableSource {
    private let database: any DataSource
    private let deadline: Duration?

    /// The tables of a database.
    ///
    /// - Parameter deadline: How long each statement may take; as long as is usual for the database where it is `nil`.
    public init(_ database: any DataSource, within deadline: Duration? = nil) {
        (self.database, self.deadline) = (database, deadline)
    }

    /// The rows of a statement, which only reads, so that any node of a cluster may answer.
    public func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
        try await rows(sql, values, by: deadline)
    }

    /// The same, within some time.
    public func rows(_ sql: String, _ values: [String?], within time: Duration) async throws -> [TableRow] {
        try await rows(sql, values, by: min(time, deadline ?? time))
    }

    private func rows(_ sql: String, _ values: [String?], by deadline: Duration?) async throws -> [TableRow] {
        let statement = Statement(sql, values.map { $0.map { .text($0) } ?? .null })
        let rows = try await database.query(statement, within: deadline)
        return TableRow.rows(columns: rows.first?.columns ?? [], rows.map { $0.values.map { $0.inRow } })
    }
}

extension SQLValue {
    /// The value as a ``TableRow`` has it: a boolean is told from the word that versions before 5.5 have in its place.
    fileprivate var inRow: String? {
        guard case .boolean(let truth) = self else { return text }
        return truth ? "t" : "f"
    }
}
