import XMLConfig

/// The section `directory`: finds out what is asked, reads the rows and builds the document.
struct DirectorySection {
    let tables: TableReader
    let options: HandlerOptions
    /// The other switch that the user who is asked for is called through.
    var home: UserNodes.Node?

    /// The document that answers a question; `nil` when there is nothing to answer.
    func answer(_ question: XMLQuestion) async throws -> XMLNode? {
        let domain = question.domain
        switch DirectoryQuestion(question) {
        case .nothing: return nil
        case .domains: return DomainsDocument(try await tables.rows(DomainsDocument.sql)).node
        case .networks:
            return NetworksDocument(try await rows(NetworksDocument.sql(tables.schema), ofDomain: domain)).node
        case .names: return NamesDocument(try await rows(NamesDocument.sql(tables.schema), ofDomain: domain)).node
        case .groups:
            guard let domain else { return nil }
            return GroupsDocument(try await tables.rows(GroupsDocument.sql, [domain]).filter { $0.isIn(domain) })?.node
        case .reverseAuthentication(let user):
            guard let domain, let row = try await userRow(user, domain) else { return nil }
            return ReverseAuthenticationDocument(row).node
        case .user(let user):
            guard let domain, let row = try await userRow(user, domain) else { return nil }
            return UserDocument(
                row,
                settings: try await settings(of: row),
                dialString: try await dialString(of: row),
                home: home,
                options: options
            ).node
        }
    }

    private func rows(_ sql: String, ofDomain domain: String?) async throws -> [TableRow] {
        guard let domain else { return try await tables.rows(sql + " ORDER BY d.domain_name, e.extension") }
        return try await tables.rows(sql + " WHERE d.domain_name = ? ORDER BY e.extension", [domain])
            .filter { $0.isIn(domain) }
    }

    // MARK: - A user, in three statements

    private func userRow(_ user: String, _ domain: String) async throws -> TableRow? {
        let rows = try await tables.rows(UserDocument.sql(tables.schema), [user, domain, user, user])
            .filter { $0.isTrue("tenant_enabled") && $0.isTrue("enabled") && $0.isIn(domain) }
            .filter { $0["extension"] == user || $0["number_alias"] == user }
        // Where the number alias of one is the extension of another, the extension counts.
        return rows.first { $0["extension"] == user } ?? rows.first
    }

    private func settings(of row: TableRow) async throws -> [TableRow] {
        guard tables.schema.has("v_extension_settings") else { return [] }
        return try await tables.rows(
            """
            SELECT * FROM v_extension_settings WHERE extension_uuid = ? \
            ORDER BY extension_setting_name, extension_setting_uuid
            """,
            [row["extension_uuid"]]
        ).filter { $0.isTrue("extension_setting_enabled") }
    }

    private static let dialStringSetting = TenantSettings.Key("domain", "dial_string", "text")

    /// The dial string that the settings have for everybody; it is not asked for where it would not count.
    private func dialString(of row: TableRow) async throws -> String? {
        guard !UserDocument.hasOwnDialString(row) else { return nil }
        return try await TenantSettings.read([Self.dialStringSetting], domain: row["domain_uuid"], tables)[
            Self.dialStringSetting
        ]
    }
}
