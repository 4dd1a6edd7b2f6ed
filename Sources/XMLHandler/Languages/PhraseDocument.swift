import XMLConfig

/// A phrase of a tenant, or one of all tenants, as a macro whose name is its identifier.
struct PhraseDocument {
    /// The phrase's steps, for a domain that exists; the values are the phrase, its language and the domain.
    static let sql = """
        SELECT d.domain_name AS tenant_name, p.phrase_uuid, p.phrase_language, p.phrase_enabled, \
        s.phrase_detail_function, s.phrase_detail_data, s.phrase_detail_order \
        FROM v_domains d LEFT JOIN v_phrases p ON p.phrase_uuid = ? AND p.phrase_language = ? \
        LEFT JOIN v_phrase_details s ON s.phrase_uuid = p.phrase_uuid \
        AND (s.domain_uuid = d.domain_uuid OR s.domain_uuid IS NULL) WHERE d.domain_name = ? \
        ORDER BY s.phrase_detail_uuid
        """

    let node: XMLNode

    init(_ rows: [TableRow], language: String, options: HandlerOptions) {
        let steps = rows.filter { $0.isTrue("phrase_enabled") && $0["phrase_detail_function"] != nil }
            .filter { $0["phrase_language"] == language }.sorted(byNumberIn: "phrase_detail_order")
        let actions = steps.map { row in
            XMLNode(
                "action",
                [
                    ("function", TableText.safe(row.text("phrase_detail_function"))),
                    ("data", TableText.safe(row.text("phrase_detail_data"), keeping: ["{lua streamfile"])),
                ]
            )
        }
        let macros = steps.prefix(1).map { row in
            XMLNode(
                "macro",
                [("name", TableText.safe(row.text("phrase_uuid")))],
                [XMLNode("input", [("pattern", "(.*)")], [XMLNode("match", [], actions)])]
            )
        }
        let language = TableText.safe(language)
        let attributes = [
            ("name", language), ("say-module", language),
            ("sound-prefix", "\(options.soundsDirectory)/\(language)/us/callie"), ("tts-engine", "cepstral"),
            ("tts-voice", "callie"),
        ]
        let phrases = XMLNode("phrases", [], [XMLNode("macros", [], macros)])
        node = .answer(.languages, [XMLNode("language", attributes, [phrases])])
    }

    /// Finds a phrase; `nil` where what is asked for is none of ours.
    static func answer(
        _ question: XMLQuestion,
        _ tables: TableReader,
        _ options: HandlerOptions
    ) async throws -> XMLNode? {
        guard let name = question["macro_name"], UUIDText.isUUID(name), let language = question["lang"],
            let domain = question.domain
        else { return nil }
        let rows = try await tables.rows(sql, [name, language, domain]).filter { $0.isIn(domain) }
        return rows.isEmpty ? nil : PhraseDocument(rows, language: language, options: options).node
    }
}
