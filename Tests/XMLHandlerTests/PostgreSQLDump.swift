/// A dump of PostgreSQL's `pg_dump --inserts`, as statements that SQLite understands.
enum PostgreSQLDump {
    /// How booleans are kept: as this version of FusionPBX's schema does, or as texts, as versions before 5.5 did.
    enum Booleans: CaseIterable {
        case real, text
    }

    /// The tables and rows of a dump.
    static func statements(_ dump: String, _ booleans: Booleans) -> [String] {
        split(dump).compactMap { statement in
            let text = statement.drop { !$0.hasPrefix("CREATE TABLE public.") && !$0.hasPrefix("INSERT INTO public.") }
                .joined(separator: "\n")
            // Texts with escapes of C are only in this table, which nothing reads while a call is made.
            guard !text.isEmpty, !text.hasPrefix("INSERT INTO public.v_dialplan_details") else { return nil }
            let plain = text.replacing("public.", with: "", maxReplacements: 1)
            return booleans == .real ? plain : withTexts(plain)
        }
    }

    /// The statements as their lines; a semicolon inside of a text ends none.
    private static func split(_ dump: String) -> [[Substring]] {
        var statements: [[Substring]] = []
        var isQuoted = false
        var start = dump.utf8.startIndex
        for index in dump.utf8.indices {
            let byte = dump.utf8[index]
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
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
