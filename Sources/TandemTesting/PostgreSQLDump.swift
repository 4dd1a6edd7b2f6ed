/// What PostgreSQL's `pg_dump --inserts` has written.
public struct PostgreSQLDump: Sendable {
    /// How booleans are kept: as this version of FusionPBX's schema does, or as texts, as versions before 5.5 did.
    public enum Booleans: CaseIterable, Sendable {
        /// As truths.
        case real
        /// As words.
        case text
    }

    /// All that it consists of, for a server of PostgreSQL.
    public let statements: [String]

    /// A dump, whose booleans may become texts.
    public init(_ dump: String, _ booleans: Booleans) {
        statements = Self.split(dump).compactMap { lines in
            // Comments, and commands that are for the program psql.
            let text = lines.drop { $0.isEmpty || $0.hasPrefix("--") || $0.hasPrefix("\\") }.joined(separator: "\n")
            guard !text.isEmpty else { return nil }
            return booleans == .real ? text : Self.withTexts(text)
        }
    }

    /// The tables and rows, as SQLite understands them.
    public func forSQLite() -> [String] {
        statements.filter { text in
            // Texts with escapes of C are only in this table, which nothing reads while a call is made.
            (text.hasPrefix("CREATE TABLE public.") || text.hasPrefix("INSERT INTO public."))
                && !text.hasPrefix("INSERT INTO public.v_dialplan_details")
        }.map { $0.replacing("public.", with: "", maxReplacements: 1) }
    }

    /// The tables with their columns and the types of these.
    public var tables: [(name: String, columns: [(name: String, type: String)])] {
        statements.compactMap { text in
            let lines = text.split(separator: "\n")
            guard let first = lines.first, first.hasPrefix("CREATE TABLE public.") else { return nil }
            let columns = lines.dropFirst().dropLast().map { line in
                let words = line.split(separator: " ", maxSplits: 1).map { String($0).replacing(",", with: "") }
                return (name: words[0], type: words[1])
            }
            return (String(first.split(separator: ".")[1].prefix { $0 != " " }), columns)
        }
    }

    /// The statements as their lines; a semicolon inside of a text or a comment ends none.
    private static func split(_ dump: String) -> [[Substring]] {
        var statements: [[Substring]] = []
        var (isQuoted, isComment) = (false, false)
        var start = dump.utf8.startIndex
        for index in dump.utf8.indices {
            let byte = dump.utf8[index]
            if isComment {
                isComment = byte != UInt8(ascii: "\n")
                continue
            }
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            if !isQuoted, dump.utf8[index...].starts(with: "--".utf8) { isComment = true }
            guard byte == UInt8(ascii: ";"), !isQuoted else { continue }
            statements.append(dump[start..<index].split(separator: "\n", omittingEmptySubsequences: false))
            start = dump.utf8.index(after: index)
        }
        return statements
    }

    /// A statement with `'true'` in the place of `true` outside of texts, and with columns for that.
    private static func withTexts(_ statement: String) -> String {
        statement.split(separator: "'", omittingEmptySubsequences: false).enumerated().map { index, part in
            guard index.isMultiple(of: 2) else { return String(part) }
            return String(part).replacing(" boolean", with: " text").replacing(" true", with: " 'true'")
                .replacing(" false", with: " 'false'")
        }.joined(separator: "'")
    }
}
