import Crypto
import Database
import XMLConfig

/// Rows that a configuration tree becomes, with what about them is not the same.
struct ImportedRows: Sendable {
    /// A row of a table.
    struct Row: Sendable {
        /// The table.
        let table: String
        /// The column that tells its rows apart.
        let key: String
        /// What the row has in that column.
        let identifier: String
        /// The other columns that have a value.
        let values: [(column: String, value: SQLValue)]
    }

    /// The rows in the order in which they are put in.
    private(set) var rows: [Row] = []
    /// What is not the same.
    private(set) var notes: [MigrationNote] = []
    private var counts: [String: UInt32] = [:]

    /// Adds a row; columns without a text are left out.
    ///
    /// - Parameters:
    ///   - name: What tells the row apart from others of its table; the same tree gives the same identifiers.
    ///   - isOrdered: Whether rows of the table come in the order of their identifiers.
    ///   - truths: The columns that are truths.
    /// - Returns: The row's identifier.
    @discardableResult
    mutating func add(
        _ table: String,
        key: String,
        named name: String,
        isOrdered: Bool = false,
        texts: [String: String],
        truths: [String: Bool] = [:]
    ) -> String {
        let count = counts[table, default: 0]
        counts[table] = count + 1
        let identifier = Self.identifier(table, name, isOrdered ? count : 0)
        let values =
            texts.filter { !$0.value.isEmpty }.map { (column: $0.key, value: SQLValue.text($0.value)) }
            + truths.map { (column: $0.key, value: SQLValue.boolean($0.value)) }
        rows.append(
            Row(table: table, key: key, identifier: identifier, values: values.sorted { $0.column < $1.column })
        )
        return identifier
    }

    /// Adds a note, once.
    mutating func note(_ note: MigrationNote) {
        if !notes.contains(note) { notes.append(note) }
    }

    /// An identifier of a form of its own (RFC 9562 §5.8): a number, by which rows are ordered, and a digest.
    static func identifier(_ table: String, _ name: String, _ ordinal: UInt32 = 0) -> String {
        var bytes = (0..<4).map { UInt8(truncatingIfNeeded: ordinal >> (24 - 8 * UInt32($0))) }
        bytes += Array(SHA256.hash(data: Array("\(table)\0\(name)".utf8))).prefix(12)
        bytes[6] = 0x80 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        var rest = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()[...]
        return [8, 4, 4, 4, 12].map { count in
            defer { rest = rest.dropFirst(count) }
            return String(rest.prefix(count))
        }.joined(separator: "-")
    }

    /// A text as a row keeps it: the handler reads references in it, which stand for themselves here.
    static func kept(_ text: String) -> String {
        XMLNode.unescaped(text) == text ? text : text.replacing("&", with: "&amp;")
    }
}
