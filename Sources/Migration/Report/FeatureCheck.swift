public import ConfigurationCheck
public import Database
import XMLConfig
public import XMLHandler

/// What of FusionPBX's tables will not work the same here: names in dialplans, modules and SIP profiles that this version
/// does not have.
public struct FeatureCheck: Sendable {
    private let database: any DataSource
    private let check: ConfigurationCheck
    private let options: HandlerOptions

    /// A check of a database.
    ///
    /// - Parameter options: The machine whose SIP profiles are looked at.
    public init(_ database: any DataSource, known: KnownNames, options: HandlerOptions) {
        (self.database, self.options) = (database, options)
        check = ConfigurationCheck(known: known)
    }

    /// What was found, each thing once, with how often it was and the first place.
    public func run() async throws -> [MigrationNote] {
        try await MigrationError.describing("looking at what was copied") {
            var summary = FindingSummary()
            try await checkDialplans(&summary)
            try await checkModules(&summary)
            try await checkProfiles(&summary)
            return summary.notes + (try await unreadTables())
        }
    }

    // MARK: - Dialplans

    /// How many rows of the dialplan are in memory at once.
    private static let batch = 200

    /// Row by row, so that a big dialplan takes no more memory than a small one.
    private func checkDialplans(_ summary: inout FindingSummary) async throws {
        let contexts = try await database.query("SELECT DISTINCT dialplan_context FROM v_dialplans")
            .compactMap { $0["dialplan_context"]?.text }
        let names = contexts.map { XMLNode("context", attributes: [("name", $0)]) }
        var last = ""
        while true {
            let isAfter = last.isEmpty ? "" : "WHERE dialplan_uuid > ? "
            let sql = """
                SELECT dialplan_uuid, dialplan_name, dialplan_context, dialplan_xml FROM v_dialplans \(isAfter)\
                ORDER BY dialplan_uuid \(database.dialect.limit(Self.batch))
                """
            let rows = try await database.query(Statement(sql, last.isEmpty ? [] : [.text(last)]))
            guard let end = rows.last?["dialplan_uuid"]?.text else { return }
            last = end
            for row in rows { checkDialplan(row, names, &summary) }
        }
    }

    private func checkDialplan(_ row: DatabaseRow, _ contexts: [XMLNode], _ summary: inout FindingSummary) {
        guard let text = row["dialplan_xml"]?.text, !text.isEmpty else { return }
        let name = "v_dialplans \"\(row["dialplan_name"]?.text ?? "")\" (\(row["dialplan_uuid"]?.text ?? ""))"
        do throws(ConfigurationError) {
            let extensions = try XMLDocument.parse(Array("<row>\(text)</row>".utf8), named: name).children
            let context = row["dialplan_context"]?.text ?? ""
            let node = XMLNode("context", attributes: [("name", context)], children: extensions)
            summary.add(
                check.run(on: Self.document("dialplan", [node] + contexts.filter { $0[attribute: "name"] != context }))
            )
        } catch {
            summary.add([
                Finding(.dialplan, Diagnostic(.error, at: error.first.location, "the row is not XML and is left out"))
            ])
        }
    }

    private static func document(_ section: String, _ children: [XMLNode]) -> XMLNode {
        let section = XMLNode("section", attributes: [("name", section)], children: children)
        return XMLNode("document", attributes: [("type", "freeswitch/xml")], children: [section])
    }

    // MARK: - Modules and profiles

    /// The modules that FusionPBX has the switch load.
    private func checkModules(_ summary: inout FindingSummary) async throws {
        guard try await DatabaseCatalogue.read(database)["v_modules"] != nil else { return }
        let rows = try await database.query("SELECT module_name, module_enabled FROM v_modules ORDER BY module_name")
        let loads = rows.filter { $0["module_enabled"]?.boolean == true }.map { row in
            XMLNode(
                "load",
                attributes: [("module", row["module_name"]?.text ?? "")],
                location: SourceLocation(file: "v_modules", line: 1)
            )
        }
        let modules = XMLNode("modules", children: loads)
        let configuration = XMLNode("configuration", attributes: [("name", "modules.conf")], children: [modules])
        summary.add(check.run(on: Self.document("configuration", [configuration])))
    }

    /// The configurations that the handler makes of the tables.
    private static let configurations = ["sofia.conf", "acl.conf"]

    private func checkProfiles(_ summary: inout FindingSummary) async throws {
        let handler = XMLHandler(DatabaseTables(database), options: options)
        for name in Self.configurations {
            let question = XMLQuestion(section: .configuration, value: name, fields: [])
            guard let root = try await handler.answer(question).document else { continue }
            summary.add(check.run(on: root), place: name)
        }
    }

    // MARK: - Tables

    /// What nothing here reads: it is there for FusionPBX's own pages.
    private func unreadTables() async throws -> [MigrationNote] {
        let known = Set(FusionPBXTables.all.map(\.name)).union(XMLHandler.tablesOfPages)
        let tables = try await DatabaseCatalogue.read(database).tables.keys
            .filter { $0.hasPrefix("v_") && !known.contains($0) }.sorted()
        guard !tables.isEmpty else { return [] }
        let text = "\(tables.count) tables are for FusionPBX's own pages and scripts, nothing here reads them: "
        return [MigrationNote.note(text + tables.shortList)]
    }
}
