/// What PostgreSQL's `pg_dump --inserts` has written.
public struct PostgreSQLDump: Sendable {
    /// How booleans are kept, as versions of FusionPBX's schema do.
    public enum Booleans: CaseIterable, Sendable {
        /// As truths: from version 5.5 on.
        case real
        /// As truths in some columns and as words in the others: versions 5.3 and 5.4.
        case mixed
        /// As words: long before.
        case text
    }

    /// The columns of booleans in versions 5.3 and 5.4, as far as the dump has their tables; they had 17 in all.
    private static let truthsOfMixed: Set<String> = [
        "v_default_settings.default_setting_enabled", "v_dialplan_details.dialplan_detail_enabled",
        "v_domain_settings.domain_setting_enabled", "v_domains.domain_enabled",
        "v_extension_settings.extension_setting_enabled", "v_ivr_menu_options.ivr_menu_option_enabled",
        "v_ring_group_destinations.destination_enabled", "v_sofia_global_settings.global_setting_enabled",
        "v_user_settings.user_setting_enabled",
    ]

    /// All that it consists of, for a server of PostgreSQL.
    public let statements: [String]

    /// A dump, whose booleans may become texts.
    public init(_ dump: String, _ booleans: Booleans) {
        statements = Self.split(dump).compactMap { lines in
            // Comments, and commands that are for the program psql.
            let text = lines.drop { $0.isEmpty || $0.hasPrefix("--") || $0.hasPrefix("\\") }.joined(separator: "\n")
            guard !text.isEmpty else { return nil }
            return Self.written(text, booleans)
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

    private static func written(_ statement: String, _ booleans: Booleans) -> String {
        switch booleans {
        case .real: statement
        case .mixed: withTexts(statement, besides: truthsOfMixed)
        case .text: withTexts(statement, besides: [])
        }
    }

    /// A statement with columns of texts in the place of booleans, or with words in the place of truths.
    ///
    /// - Parameter truths: The columns that stay as they are, with their tables.
    private static func withTexts(_ statement: String, besides truths: Set<String>) -> String {
        if let table = name(after: "CREATE TABLE public.", in: statement) {
            return statement.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
                let column = line.drop { $0 == " " }.prefix { $0 != " " }
                let isTruth = truths.contains("\(table).\(column)")
                return isTruth ? String(line) : String(line).replacing(" boolean", with: " text")
            }.joined(separator: "\n")
        }
        guard let table = name(after: "INSERT INTO public.", in: statement),
            let start = statement.firstRange(of: ") VALUES (")
        else { return statement }
        let head = String(statement[..<start.upperBound])
        let columns = head.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }.split { $0 == "," || $0 == " " }
        let values = withWords(statement[start.upperBound...]) { place in
            !columns.indices.contains(place) || !truths.contains("\(table).\(columns[place])")
        }
        return head + values
    }

    private static func name(after start: String, in statement: String) -> Substring? {
        guard statement.hasPrefix(start) else { return nil }
        return statement.dropFirst(start.count).prefix { $0 != " " }
    }

    /// Values with `'true'` in the place of `true`, outside of texts.
    ///
    /// - Parameter isWord: Whether the value at a place is written so.
    private static func withWords(_ values: Substring, where isWord: (Int) -> Bool) -> String {
        var output = ""
        var place = 0
        for (index, part) in values.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { output += "'" }
            guard index.isMultiple(of: 2) else {
                output += part
                continue
            }
            for (count, value) in part.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
                if count > 0 {
                    output += ","
                    place += 1
                }
                let word = String(value.filter(\.isLetter))
                let isChanged = (word == "true" || word == "false") && isWord(place)
                output += isChanged ? String(value).replacing(word, with: "'\(word)'") : String(value)
            }
        }
        return output
    }
}
