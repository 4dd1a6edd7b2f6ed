/// What a copy has done and what will not work the same, as a command prints it.
public struct MigrationReport: Sendable {
    private let result: DatabaseCopy.Result
    private let notes: [MigrationNote]
    private let isRehearsal: Bool

    /// A report.
    ///
    /// - Parameter isRehearsal: Whether nothing was done yet.
    public init(_ result: DatabaseCopy.Result, notes: [MigrationNote], isRehearsal: Bool) {
        (self.result, self.notes, self.isRehearsal) = (result, notes, isRehearsal)
    }

    /// A line for each table that has rows, the sum, and the notes: what makes the greatest difference first.
    public var text: String {
        let filled = result.tables.filter { $0.rows > 0 }
        let width = filled.map(\.name.count).max() ?? 0
        let tables = filled.map { table in
            let name = table.name + String(repeating: " ", count: width - table.name.count)
            let rows = CopyProgress.grouped(table.rows)
            return "\(name)  \(String(repeating: " ", count: max(12 - rows.count, 0)))\(rows)"
        }
        let sum = CopyProgress.grouped(result.tables.reduce(0) { $0 + $1.rows })
        let verb = isRehearsal ? "would be copied; nothing was changed" : "are in the target"
        let ranked = notes.enumerated().sorted { left, right in
            left.element.severity == right.element.severity
                ? left.offset < right.offset : left.element.severity > right.element.severity
        }
        let lines = tables + ["", "\(sum) rows of \(result.tables.count) tables \(verb)"]
        let differences = ranked.isEmpty ? [] : ["", "what is not the same:"] + ranked.map(\.element.description)
        return (lines + differences).map { $0 + "\n" }.joined()
    }
}
