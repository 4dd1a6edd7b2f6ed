/// Reads the tables for a question.
struct TableReader: Sendable {
    /// What the database has.
    let schema: Schema
    /// The database.
    let source: any TableSource

    /// The rows of a statement.
    ///
    /// What came from outside is among its values, never in its text.
    func rows(_ sql: String, _ values: [String?] = []) async throws -> [TableRow] {
        try await source.rows(sql, values)
    }

    /// A place for each of some values: `?, ?, ?`.
    static func places(_ count: Int) -> String {
        Array(repeating: "?", count: count).joined(separator: ", ")
    }
}
