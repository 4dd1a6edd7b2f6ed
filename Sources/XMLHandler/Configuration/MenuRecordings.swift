import Base

/// The recordings of menus that the database holds (`recordings`/`storage_type` is `base64`), as files of this machine.
struct MenuRecordings {
    /// One recording, without its content where that is longer than can be taken; the values are its tenant and its name.
    static let sql = """
        SELECT recording_uuid, recording_filename, LENGTH(recording_base64) AS content_length, \
        CASE WHEN LENGTH(recording_base64) <= \(lengthLimit) THEN recording_base64 END AS recording_base64 \
        FROM v_recordings WHERE domain_uuid = ? AND recording_filename = ?
        """

    static let table = "v_recordings"
    /// How long a recording may be as text: about 30 MB of sound, half an hour.
    static let lengthLimit = 40 << 20
    /// How many recordings are looked for on behalf of one menu and those below it.
    static let countLimit = 200

    private static let columns = [
        "ivr_menu_greet_long", "ivr_menu_greet_short", "ivr_menu_invalid_sound", "ivr_menu_exit_sound",
    ]

    let tables: TableReader
    let options: HandlerOptions

    /// Makes files of what menus of one tenant name, in its directory of recordings.
    ///
    /// - Returns: The recordings of which no file can be made.
    func keep(_ menus: [TableRow]) async throws -> [RowFault] {
        guard let keepFile = options.keepFile, tables.schema.has(Self.table, "recording_base64"),
            let tenant = menus.first, Self.isName(tenant.text("tenant_name"))
        else { return [] }
        let folder = "\(options.recordingsDirectory)/\(tenant.text("tenant_name"))"
        let names = Set(menus.flatMap { menu in Self.columns.map { menu.text($0) } }).filter(Self.isName).sorted()
        var faults: [RowFault] = []
        for name in names.prefix(Self.countLimit) {
            let rows = try await tables.rows(Self.sql, [tenant["domain_uuid"], name])
            // To the letter, whatever the database's collation is.
            guard let row = rows.first(where: { $0["recording_filename"] == name }) else { continue }
            switch Self.content(of: row) {
            case .content(let bytes): await keepFile("\(folder)/\(name)", bytes)
            case .nothing: continue
            case .fault(let reason):
                let key = row.text("recording_uuid")
                faults.append(RowFault(table: Self.table, key: key, name: name, reason: reason))
            }
        }
        return faults
    }

    private enum Content {
        case content([UInt8])
        /// The recording is on the disk alone.
        case nothing
        case fault(String)
    }

    private static func content(of row: TableRow) -> Content {
        guard let text = row["recording_base64"] else {
            return row["content_length"] == nil ? .nothing : .fault("it is longer than \(lengthLimit >> 20) MB of text")
        }
        guard let bytes = Base64.decode(text.utf8) else { return .fault("it is not base64") }
        return bytes.isEmpty ? .nothing : .content(bytes)
    }

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
