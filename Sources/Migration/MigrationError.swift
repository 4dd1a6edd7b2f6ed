import Database

/// Why a migration cannot go on, for the operator who started it; no password is in it.
public struct MigrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what can be done about it.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    static func foreignTables(_ names: [String]) -> Self {
        Self(
            """
            the database has tables of FusionPBX's that this program has not made (\(names.shortList)); nothing was \
            changed. Name another database, or say --add-missing to have the tables made that it lacks
            """
        )
    }

    /// Carries something out, and says what it was when the database cannot do it.
    static func describing<Result>(_ what: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw Self("\(what): \(error.description)")
        }
    }
}

extension [String] {
    /// The first few, and how many more there are.
    var shortList: String {
        let limit = 5
        let shown = prefix(limit).joined(separator: ", ")
        return count > limit ? "\(shown) and \(count - limit) more" : shown
    }
}
