/// A database, as far as documents need one.
public protocol TableSource: Sendable {
    /// The rows of a statement, whose places are written `?`, in the order of the values.
    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow]

    /// The same, within some time.
    func rows(_ sql: String, _ values: [String?], within time: Duration) async throws -> [TableRow]
}

extension TableSource {
    /// Takes as long as it takes, where time is no matter.
    public func rows(_ sql: String, _ values: [String?], within time: Duration) async throws -> [TableRow] {
        try await rows(sql, values)
    }
}
