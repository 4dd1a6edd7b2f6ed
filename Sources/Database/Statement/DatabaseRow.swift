/// A row that a statement gave.
public struct DatabaseRow: Sendable, Hashable {
    /// The names of the columns, which the rows of a result share.
    public let columns: [String]
    /// The values, one for each column.
    public let values: [SQLValue]

    /// A row; as many values as columns.
    public init(columns: [String], values: [SQLValue]) {
        (self.columns, self.values) = (columns, values)
    }

    /// The value of a column, `nil` when there is no such column.
    ///
    /// The first one is meant when several bear the name. A row has few columns, so they are looked through.
    public subscript(column: String) -> SQLValue? {
        guard let index = columns.firstIndex(of: column), index < values.count else { return nil }
        return values[index]
    }

    /// The value of a column, which has to be there.
    public func value(_ column: String) throws(DatabaseError) -> SQLValue {
        guard let value = self[column] else {
            throw DatabaseError(.row, "the row has no column \"\(column)\"", mayHaveExecuted: true)
        }
        return value
    }

    /// A column as a text; `nil` for NULL.
    public func text(_ column: String) throws(DatabaseError) -> String? {
        try read(column, "text", \.text)
    }

    /// A column as an integer; `nil` for NULL.
    public func integer(_ column: String) throws(DatabaseError) -> Int64? {
        try read(column, "integer", \.integer)
    }

    /// A column as a number; `nil` for NULL.
    public func real(_ column: String) throws(DatabaseError) -> Double? {
        try read(column, "number", \.real)
    }

    /// A column as a truth; `nil` for NULL.
    public func boolean(_ column: String) throws(DatabaseError) -> Bool? {
        try read(column, "truth", \.boolean)
    }

    /// A column as bytes; `nil` for NULL.
    public func bytes(_ column: String) throws(DatabaseError) -> [UInt8]? {
        try read(column, "bytes", \.bytes)
    }

    private func read<Value>(
        _ column: String,
        _ kind: String,
        _ reading: (SQLValue) -> Value?
    ) throws(DatabaseError) -> Value? {
        let value = try value(column)
        guard value != .null else { return nil }
        guard let read = reading(value) else {
            throw DatabaseError(.row, "the column \"\(column)\" holds no \(kind)", mayHaveExecuted: true)
        }
        return read
    }

    /// About how many bytes of memory the row takes, without the names that rows share.
    public var size: Int { values.reduce(0) { $0 + $1.size } }
}

/// What a statement that changes something has done.
public struct Execution: Sendable, Hashable {
    /// How many rows it changed, put in or took out.
    public var changes: Int
    /// The rows that it gave (`RETURNING`).
    public var rows: [DatabaseRow]

    /// What was done.
    public init(changes: Int, rows: [DatabaseRow] = []) {
        (self.changes, self.rows) = (changes, rows)
    }
}
