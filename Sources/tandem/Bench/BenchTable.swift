import Base

/// A table of what units of work cost, columns aligned.
struct BenchTable {
    private let title: String
    private var rows: [[String]]

    /// - Parameter unit: What is counted, such as `message`.
    init(_ title: String, unit: String) {
        self.title = title
        rows = [["", "µs/\(unit)", "\(unit)s/s/core", "spread"]]
    }

    mutating func add(_ what: String, _ timing: Timing) {
        let perSecond = 1e9 / max(timing.nanoseconds, 0.001)
        let spread = timing.spread.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
        rows.append([what, (timing.nanoseconds / 1000).text(places: 2), Self.grouped(Int(perSecond)), spread])
    }

    /// The table with a blank line after it.
    var text: String { title + "\n" + Self.aligned(rows) }

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
