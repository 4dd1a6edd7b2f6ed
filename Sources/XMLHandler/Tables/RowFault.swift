/// A row that was left out of a document, and why.
public struct RowFault: Error, Hashable, Sendable, CustomStringConvertible {
    let table: String
    let key: String
    let name: String
    let reason: String

    /// What an operator looks for: the table, the row and its name, and what is wrong with it.
    public var description: String { "the row \(key) of \(table), \"\(name)\", is left out: \(reason)" }
}
