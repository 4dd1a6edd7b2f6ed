import Database

/// What the target has recorded about the copy of one table, in the same transaction as the rows.
struct CopyRecord: Sendable, Hashable {
    /// Which database the rows come from.
    var source: String
    /// How far the table is copied.
    var position = CopyPosition()
    /// Whether all of it is.
    var isFinished = false
    /// How many values of each column were lost.
    var losses: [String: Int64] = [:]

    /// The table that records are kept in.
    static let definition = TableDefinition(
        "tandem_copies",
        columns: [
            .init(name: "table_name", kind: .text), .init(name: "source_name", kind: .text),
            .init(name: "last_key", kind: .text), .init(name: "row_count", kind: .integer),
            .init(name: "is_finished", kind: .integer), .init(name: "losses", kind: .text),
        ],
        key: ["table_name"]
    )

    /// Reads what is recorded, by table.
    static func all(in target: any DataSource) async throws(DatabaseError) -> [String: CopyRecord] {
        var records: [String: CopyRecord] = [:]
        for row in try await target.query("SELECT * FROM tandem_copies") {
            guard let table = try row.text("table_name") else { continue }
            var record = CopyRecord(source: try row.text("source_name") ?? "")
            record.position.rows = try row.integer("row_count") ?? 0
            record.position.key = try row.text("last_key").map { Self.parts($0) }
            record.isFinished = try row.integer("is_finished") == 1
            for loss in Self.parts(try row.text("losses") ?? "") {
                let words = loss.split(separator: "=", maxSplits: 1)
                if words.count == 2, let count = Int64(words[1]) { record.losses[String(words[0])] = count }
            }
            records[table] = record
        }
        return records
    }

    /// Puts the record in the place of the last one.
    func statement(for table: String, _ dialect: SQLDialect) -> Statement {
        let columns = Self.definition.columns.map(\.name)
        let lost = losses.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return Statement(
            dialect.upsert(into: Self.definition.name, columns: columns, key: ["table_name"]),
            [
                .text(table), .text(source), position.key.map { .text(Self.text($0)) } ?? .null,
                .integer(position.rows), .integer(isFinished ? 1 : 0), .text(Self.text(lost)),
            ]
        )
    }

    /// Texts as one, each with its length before it: `3:abc2:de`.
    private static func text(_ parts: [String]) -> String {
        parts.map { "\($0.utf8.count):\($0)" }.joined()
    }

    private static func parts(_ text: String) -> [String] {
        var (parts, rest): ([String], Substring.UTF8View) = ([], text.utf8[...])
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            let head = String(decoding: rest[..<colon], as: UTF8.self)
            rest = rest[rest.index(after: colon)...]
            guard let length = Int(head), length >= 0, length <= rest.count else { return parts }
            parts.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length)
        }
        return parts
    }
}
