import Base
import SwitchCore
import XMLConfig

/// A table as `show` prints it.
struct Listing {
    /// How it is written.
    enum Form {
        /// A line for each row, the columns separated so.
        case delimited(String)
        case json
        case xml

        /// The form of a name, `delim` with what stands between columns; `nil` when there is no such form.
        init?(_ name: String, delimiter: String?) {
            switch name.lowercased() {
            case "csv", "delim": self = .delimited(delimiter ?? ",")
            case "json": self = .json
            case "xml": self = .xml
            default: return nil
            }
        }
    }

    var columns: [String]
    var rows: [[String]]

    init(columns: [String], rows: [[String]]) {
        (self.columns, self.rows) = (columns, rows)
    }

    /// A table of the switch.
    init(_ table: SwitchTable) {
        self.init(columns: table.columns, rows: table.rows)
    }

    /// The table in a form.
    ///
    /// - Parameter isCount: Whether only the number of rows is asked for.
    func text(_ form: Form, isCount: Bool = false) -> String {
        switch form {
        case .delimited(let delimiter): isCount ? total : delimited(by: delimiter)
        case .json: isCount ? json([]) : rows.isEmpty ? "{\"row_count\": 0}\n" : json(rows)
        case .xml: xml(isCount: isCount)
        }
    }

    private var total: String { "\n\(rows.count) total.\n" }

    /// As in FreeSWITCH nothing is quoted: whoever reads values with commas in them asks for another delimiter or form.
    private func delimited(by delimiter: String) -> String {
        guard !rows.isEmpty else { return total }
        let lines = ([columns] + rows).map { $0.joined(separator: delimiter) + "\n" }
        return lines.joined() + total
    }

    private func json(_ shown: [[String]]) -> String {
        let objects = shown.map { row in JSONText.object(zip(columns, row).map { ($0, $1) }) }
        return "{\"row_count\":\(rows.count),\"rows\":[\(objects.joined(separator: ","))]}"
    }

    private func xml(isCount: Bool) -> String {
        if isCount { return "<result row_count=\"\(rows.count)\"></result>\n" }
        let elements = rows.enumerated().map { number, row in
            XMLNode(
                "row",
                attributes: [(name: "row_id", value: String(number + 1))],
                children: zip(columns, row).map { XMLNode($0, text: $1) }
            )
        }
        return XMLNode(
            "result",
            attributes: [(name: "row_count", value: String(rows.count))],
            children: elements
        ).description
    }
}
