import Base

/// One row, whose values are texts whatever the kind of database.
///
/// A number is its digits, a boolean `t` or `f`, or `1` or `0`; where versions before 5.5 of FusionPBX have texts for
/// booleans, it is their words `true` and `false`.
public struct TableRow: Sendable {
    private let places: [String: Int]
    private let values: [String?]

    /// Rows of one result, whose values are in the order of the columns.
    ///
    /// Where several columns bear a name, the first is meant.
    public static func rows(columns: [String], _ rows: [[String?]]) -> [TableRow] {
        let places = Dictionary(columns.enumerated().map { ($1, $0) }) { first, _ in first }
        return rows.map { TableRow(places: places, values: $0) }
    }

    private init(places: [String: Int], values: [String?]) {
        (self.places, self.values) = (places, values)
    }

    /// A row by itself.
    public init(_ values: KeyValuePairs<String, String?>) {
        let places = Dictionary(values.enumerated().map { ($1.key, $0) }) { first, _ in first }
        self.init(places: places, values: values.map(\.value))
    }

    /// The names of the columns, in no order.
    var columns: some Collection<String> { places.keys }

    /// The value of a column; `nil` when it is `NULL` or there is no such column.
    public subscript(column: String) -> String? { self[places[column]] }

    /// Where a column is in this row and all others of the result; `nil` when there is no such column.
    func place(of column: String) -> Int? { places[column] }

    /// The value at a place; `nil` when it is `NULL`, or nothing is there.
    subscript(place: Int?) -> String? {
        guard let place, values.indices.contains(place) else { return nil }
        return values[place]
    }

    /// A column's text; empty when it is `NULL`.
    func text(_ column: String) -> String { self[column] ?? "" }

    /// A column's text where it is not empty.
    func nonEmpty(_ column: String) -> String? {
        guard let text = self[column], !text.isEmpty else { return nil }
        return text
    }

    /// Whether the row is of a machine, or of any.
    func isOf(_ host: String, _ column: String = "hostname") -> Bool {
        nonEmpty(column).map { $0 == host } ?? true
    }

    /// Whether the row is of a domain: to the letter, as some databases find `one.example` where `One.Example` is meant.
    func isIn(_ domain: String) -> Bool { self["tenant_name"] == domain }

    /// Whether a boolean column is true, however its database writes that: `true`, `t`, `1`.
    func isTrue(_ column: String) -> Bool { self[column]?.isTrueSetting == true }

    /// A boolean column as `true` or `false`; empty when it is `NULL` or an empty text.
    func truth(_ column: String) -> String {
        guard let text = nonEmpty(column) else { return "" }
        return text.isTrueSetting ? "true" : "false"
    }

    /// A boolean column as FusionPBX's handler writes it about a user: a boolean that is false is empty, as if it were
    /// not there; the word `false` of older versions stays.
    func flag(_ column: String) -> String {
        isTrue(column) ? "true" : hasWord(column) ? "false" : ""
    }

    /// Whether a boolean column holds a word, as it did before version 5.5.
    func hasWord(_ column: String) -> Bool { self[column] == "true" || self[column] == "false" }
}
