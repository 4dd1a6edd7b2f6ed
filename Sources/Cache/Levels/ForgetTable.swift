/// A table in a database that all processes ask: by its rows they tell each other what is to be forgotten.
///
/// Times are those of the database's clock: those of the machines need not agree.
public protocol ForgetTable: Sendable {
    /// Puts entries in, all of them or none, each in a row that nothing else is in.
    func put(_ entries: [ForgetEntry]) async throws(ForgetTableFault)

    /// What was put in lately, in whichever order; where that is too much, the latest.
    ///
    /// - Parameters:
    ///   - time: How far back from now.
    ///   - moment: Since when, where that is earlier; in milliseconds since 1970.
    func read(ofLast time: Duration, orSince moment: Int64?) async throws(ForgetTableFault) -> ForgetTableReading

    /// Takes out what is older.
    func remove(olderThan time: Duration) async throws(ForgetTableFault)
}

/// What a ``ForgetTable`` has.
public struct ForgetTableReading: Hashable, Sendable {
    /// An entry, and the name of its row.
    public struct Row: Hashable, Sendable {
        /// What no other row is called.
        public let name: String
        /// What is in it.
        public let entry: ForgetEntry

        /// A row.
        public init(name: String, entry: ForgetEntry) {
            (self.name, self.entry) = (name, entry)
        }
    }

    /// The time by the database's clock, in milliseconds since 1970.
    public var now: Int64
    /// What was asked for.
    public var rows: [Row] = []
    /// Whether these are all: there may be more than can be read.
    public var isAll = true

    /// Nothing, at a time.
    public init(now: Int64) {
        self.now = now
    }
}

/// A ``ForgetTable`` cannot be used.
public struct ForgetTableFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether it may be otherwise in a moment, as with a database that is away.
    public let isOfTheMoment: Bool
    /// Whether that moment is some seconds, as with a primary that has become a standby.
    public let takesTime: Bool
    /// What is wrong; no password is in it.
    public let description: String

    /// A fault.
    public init(isOfTheMoment: Bool, takesTime: Bool = false, _ description: String) {
        (self.isOfTheMoment, self.takesTime, self.description) = (isOfTheMoment, takesTime, description)
    }
}
