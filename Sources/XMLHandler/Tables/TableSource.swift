/// A database, as far as documents need one.
public protocol TableSource: Sendable {
    /// The rows of a statement, whose places are written `?`, in the order of the values.
    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow]
}
