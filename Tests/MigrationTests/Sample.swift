import Database

/// A small database of FusionPBX's, with all that makes a copy difficult.
enum Sample {
    /// An identifier with a number in it.
    static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// Its tables and rows, in the words of a kind of database.
    ///
    /// - Parameter extensions: How many of them there are.
    static func statements(_ kind: SQLDialect, extensions: Int = 25) -> [String] {
        let tables = [
            "v_domains (domain_uuid ID PRIMARY KEY, domain_name TEXT, domain_enabled BOOLEAN, insert_date MOMENT)",
            """
            v_extensions (extension_uuid ID PRIMARY KEY, domain_uuid ID, extension TEXT, enabled BOOLEAN, \
            call_timeout NUMBER, password TEXT)
            """,
            "v_dialplans (dialplan_uuid ID PRIMARY KEY, dialplan_context TEXT, dialplan_xml TEXT, dialplan_order NUMBER)",
            // Ratings are not whole; versions before 5.5 have words for truths.
            "v_xml_cdr (xml_cdr_uuid ID PRIMARY KEY, rating NUMBER, details DOCUMENT, missed TEXT, start_stamp MOMENT)",
            // Two columns are the key of one, the others have none.
            "v_pairs (a INTEGER, b KEYTEXT, c TEXT, PRIMARY KEY (a, b))",
            "v_notes (author TEXT, line TEXT)",
        ]
        let words =
            switch kind {
            case .sqlite: [("ID", "TEXT"), ("MOMENT", "date"), ("DOCUMENT", "JSON TEXT"), ("KEYTEXT", "TEXT")]
            case .postgreSQL:
                [("ID", "UUID"), ("MOMENT", "TIMESTAMP WITH TIME ZONE"), ("DOCUMENT", "JSONB"), ("KEYTEXT", "TEXT")]
            case .mariaDB:
                [("ID", "CHAR(36)"), ("MOMENT", "DATETIME(6)"), ("DOCUMENT", "JSON"), ("KEYTEXT", "VARCHAR(20)")]
            }
        let number = kind == .mariaDB ? "DECIMAL(20, 3)" : "NUMERIC"
        let creations = tables.map { table in
            let typed = words.reduce(table) { $0.replacing(" \($1.0)", with: " \($1.1)") }
            return "CREATE TABLE \(typed.replacing("NUMBER", with: number))" + kind.tableOptions
        }
        return creations + rows(kind, extensions)
    }

    private static func rows(_ kind: SQLDialect, _ extensions: Int) -> [String] {
        let (yes, no) = (kind.literal(true), kind.literal(false))
        let zone = kind == .mariaDB ? "" : "+00"
        // A quote, bytes that are not ASCII, a mark for a place, and a backslash.
        let backslash = kind == .mariaDB ? "\\\\" : "\\"
        return [
            """
            INSERT INTO v_domains VALUES ('\(uuid(1))', 'one.example', \(yes), '2026-08-21 10:00:00.250000\(zone)'), \
            ('\(uuid(2))', 'zwei.example', \(no), NULL)
            """,
            "INSERT INTO v_dialplans VALUES ('\(uuid(3))', 'one.example', '<extension name=\"a ? \(backslash) ''ü''\"/>', 10)",
            """
            INSERT INTO v_xml_cdr VALUES ('\(uuid(4))', 4.125, '{"a":1}', 'true', '2026-12-31 23:59:59\(zone)'), \
            ('\(uuid(5))', 3, NULL, 'false', NULL)
            """,
            "INSERT INTO v_pairs VALUES (1, 'a', 'x'), (1, 'b', 'y'), (2, 'a', NULL), (10, '', 'z')",
            "INSERT INTO v_notes VALUES ('ann', 'twice'), ('ann', 'twice'), (NULL, 'alone'), ('bob', NULL)",
        ]
            + (1...extensions).map { index in
                """
                INSERT INTO v_extensions VALUES ('\(uuid(1000 + index))', '\(uuid(1 + index % 2))', '\(1000 + index)', \
                \(index.isMultiple(of: 3) ? no : yes), \(index), 'p\(String(repeating: "x", count: index))')
                """
            }
    }

    /// The tables, with columns whose texts are the same in every kind of database.
    static let comparable = [
        "v_domains": "domain_uuid, domain_name", "v_extensions": "extension_uuid, domain_uuid, extension, password",
        "v_dialplans": "dialplan_uuid, dialplan_context, dialplan_xml", "v_xml_cdr": "xml_cdr_uuid, missed",
        "v_pairs": "a, b, c", "v_notes": "author, line",
    ]

    /// All of a database that looks the same everywhere.
    static func contents(_ database: TestDatabase) async throws -> [String: [String]] {
        var contents: [String: [String]] = [:]
        for (table, columns) in comparable { contents[table] = try await database.rows(table, columns) }
        return contents
    }
}
