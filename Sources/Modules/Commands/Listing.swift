import Base
/// A table as `show` prints it.
struct Listing {
    /// How it is written.
    enum Form {
        /// A line for each row, the columns separated so.
        case delimited(String)
        case json
        case xml
    }

    var columns: [String]
    var rows: [[String]]

    /// The table in a form.
    ///
    /// - Parameter isCount: Whether only the number of rows is asked for.
    func text(_ form: Form, isCount: Bool) -> String {
        switch form {
        case .delimited(let delimiter): isCount ? total : delimited(by: delimiter)
        case .json: isCount || rows.isEmpty ? "{\"row_count\": \(rows.count)}" : json
        case .xml: xml(isCount ? [] : rows)
        }
    }

    private var total: String { "\n\(rows.count) total.\n" }

    /// As in FreeSWITCH nothing is quoted: whoever reads values with commas in them asks for another delimiter or form.
    private func delimited(by delimiter: String) -> String {
        guard !rows.isEmpty else { return total }
        let lines = ([columns] + rows).map { $0.joined(separator: delimiter) + "\n" }
        return lines.joined() + total
    }

    private var json: String {
        let objects = rows.map { row in JSONText.object(zip(columns, row).map { ($0, $1) }) }
        return "{\"row_count\":\(rows.count),\"rows\":[\(objects.joined(separator: ","))]}"
    }

    private func xml(_ shown: [[String]]) -> String {
        var text = "<result row_count=\"\(rows.count)\">\n"
        for (number, row) in shown.enumerated() {
            text += "  <row row_id=\"\(number + 1)\">\n"
            for (column, value) in zip(columns, row) { text += "    <\(column)>\(Self.escaped(value))</\(column)>\n" }
            text += "  </row>\n"
        }
        return text + "</result>\n"
    }

    /// Text of an element; a control character cannot stand in XML (XML 1.0 §2.2) and becomes a space.
    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case _ where scalar.value < 0x20: output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
