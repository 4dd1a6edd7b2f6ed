import Base

/// A table of what units of work cost, columns aligned.
struct BenchTable {
    private let title: String
    private let unit: String
    private var rows: [Row] = []

    private struct Row {
        let what: String
        let timing: Timing
        let aim: Int?
    }

    /// - Parameter unit: What is counted, such as `message`.
    init(_ title: String, unit: String) {
        (self.title, self.unit) = (title, unit)
    }

    /// - Parameter aim: How many microseconds it should not need more than.
    mutating func add(_ what: String, _ timing: Timing, aim: Int? = nil) {
        rows.append(Row(what: what, timing: timing, aim: aim))
    }

    /// The table with a blank line after it; aims have a column where there are any.
    var text: String {
        let hasAims = rows.contains { $0.aim != nil }
        var cells = [["", "µs/\(unit)"] + (hasAims ? ["aim"] : []) + ["\(unit)s/s/core", "spread"]]
        for row in rows {
            let perSecond = 1e9 / max(row.timing.nanoseconds, 0.001)
            let aim = row.aim.map { Self.grouped($0) } ?? ""
            let spread = row.timing.spread.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
            cells.append(
                [row.what, (row.timing.nanoseconds / 1000).text(places: 2)] + (hasAims ? [aim] : [])
                    + [Self.grouped(Int(perSecond)), spread]
            )
        }
        return title + "\n" + Self.aligned(cells)
    }

    /// Rows with their columns aligned, the first at the left.
    static func aligned(_ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + blanks : blanks + row[column]
            }.joined(separator: "  ")
        }
        return lines.map { "  " + $0 + "\n" }.joined()
    }

    /// A number with its thousands apart.
    static func grouped(_ value: Int) -> String {
        var digits = String(value)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return ([digits] + groups).joined(separator: " ")
    }
}
