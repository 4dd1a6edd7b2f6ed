import Base

/// The recordings of menus that the database holds (`recordings`/`storage_type` is `base64`), as files of this machine.
struct MenuRecordings {
    /// One recording; the values are its tenant and its name.
    static let sql = """
        SELECT recording_uuid, recording_filename, recording_base64 FROM v_recordings \
        WHERE domain_uuid = ? AND recording_filename = ? AND LENGTH(recording_base64) <= \(lengthLimit)
        """

    /// What there is of some recordings, without their contents; the values are the tenant and the names.
    ///
    /// - Parameter hasDigests: Whether the database has a function `MD5`; SQLite has none.
    static func listSQL(_ count: Int, hasDigests: Bool) -> String {
        let digest = "CASE WHEN LENGTH(recording_base64) <= \(lengthLimit) THEN MD5(recording_base64) END"
        return """
            SELECT recording_uuid, recording_filename, LENGTH(recording_base64) AS content_length, \
            \(hasDigests ? digest : "NULL") AS content_digest FROM v_recordings \
            WHERE domain_uuid = ? AND recording_filename IN (\(TableReader.places(count)))
            """
    }

    static let table = "v_recordings"
    /// How long a recording may be as text: about 30 MB of sound, half an hour.
    static let lengthLimit = 40 << 20
    /// How many recordings are looked for on behalf of one menu and those below it.
    static let countLimit = 200
    /// How long the database may take for all of them: a caller waits for the menu.
    static let patience = Duration.seconds(5)

    private static let columns = [
        "ivr_menu_greet_long", "ivr_menu_greet_short", "ivr_menu_invalid_sound", "ivr_menu_exit_sound",
    ]

    let tables: TableReader
    let options: HandlerOptions
    var patience = MenuRecordings.patience

    /// Makes files of what menus of one tenant name, in its directory of recordings, where they are other ones.
    ///
    /// - Returns: The recordings of which no file can be made; the menus are there without them.
    func keep(_ menus: [TableRow]) async -> [RowFault] {
        guard let keepFile = options.keepFile, tables.schema.has(Self.table, "recording_base64"),
            let tenant = menus.first, Self.isName(tenant.text("tenant_name"))
        else { return [] }
        let folder = "\(options.recordingsDirectory)/\(tenant.text("tenant_name"))"
        let named = Set(menus.flatMap { menu in Self.columns.map { menu.text($0) } }).filter(Self.isName).sorted()
        let names = Array(named.prefix(Self.countLimit))
        guard !names.isEmpty else { return [] }
        let end = MonotonicInstant.now + patience
        let rows: [TableRow]
        do {
            rows = try await list(names, of: tenant["domain_uuid"], until: end)
        } catch {
            let (key, name) = ("of \(tenant.text("tenant_name"))", names.joined(separator: ", "))
            return [RowFault(table: Self.table, key: key, name: name, reason: "\(error)")]
        }
        var faults: [RowFault] = []
        for name in names {
            // To the letter, whatever the database's collation is.
            guard let row = rows.first(where: { $0["recording_filename"] == name }) else { continue }
            do {
                let path = "\(folder)/\(name)"
                let found = try await newContent(row, of: tenant["domain_uuid"], path, until: end)
                guard let content = found else { continue }
                await keepFile(path, content)
            } catch {
                let key = row.text("recording_uuid")
                faults.append(RowFault(table: Self.table, key: key, name: name, reason: "\(error)"))
            }
        }
        return faults
    }

    // MARK: - Statements

    private func list(_ names: [String], of tenant: String?, until end: MonotonicInstant) async throws -> [TableRow] {
        let values = [tenant] + names.map { Optional($0) }
        do {
            return try await rows(Self.listSQL(names.count, hasDigests: true), values, until: end)
        } catch {
            return try await rows(Self.listSQL(names.count, hasDigests: false), values, until: end)
        }
    }

    private func rows(_ sql: String, _ values: [String?], until end: MonotonicInstant) async throws -> [TableRow] {
        let rest = end - .now
        guard rest > .zero else { throw Fault("the database has taken too long") }
        return try await tables.source.rows(sql, values, within: rest)
    }

    private struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// What the file of a recording has to be made of; `nil` where it is on the disk alone, or there already.
    private func newContent(
        _ row: TableRow,
        of tenant: String?,
        _ path: String,
        until end: MonotonicInstant
    ) async throws -> [UInt8]? {
        guard let length = row["content_length"].flatMap({ Int($0) }), length > 0 else { return nil }
        guard length <= Self.lengthLimit else { throw Fault("it is longer than \(Self.lengthLimit >> 20) MB of text") }
        if let digest = row["content_digest"], await options.fileDigest(path) == digest { return nil }
        let found = try await rows(Self.sql, [tenant, row["recording_filename"]], until: end)
            .first { $0["recording_filename"] == row["recording_filename"] }
        guard let text = found?["recording_base64"] else { return nil }
        guard let bytes = Base64.decode(text.utf8) else { throw Fault("it is not base64") }
        return bytes.isEmpty ? nil : bytes
    }

    // MARK: - Names

    /// How long a name may be, in bytes; file systems have 255, and more is put before it while a file is written.
    private static let nameLimit = 200

    /// Whether a text is the name of a file in some directory: not of one elsewhere, nor of a hidden one, and the same
    /// in a document, where variables and references are none.
    static func isName(_ text: String) -> Bool {
        (1...nameLimit).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
            && TableText.safe(text) == text
    }
}
