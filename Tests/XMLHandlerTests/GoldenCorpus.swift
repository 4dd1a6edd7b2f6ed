import Foundation
import TandemTesting
import XMLConfig
import XMLHandler

/// Questions that FreeSWITCH asked FusionPBX's own handler, and what it answered, when this machine has them.
enum GoldenCorpus {
    static let folder = SharedCorpus.folder("fusionpbx/golden")

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: (folder ?? "") + "/" + path, encoding: .utf8)
    }

    /// The tables and rows in memory.
    static func tables(_ booleans: PostgreSQLDump.Booleans) throws -> SQLiteTables {
        try SQLiteTables(
            try dump(booleans).flatMap { $0.forSQLite() }
        )
    }

    /// The tables, and the rows.
    static func dump(_ booleans: PostgreSQLDump.Booleans) throws -> [PostgreSQLDump] {
        try ["schema.sql", "data.sql"].map { PostgreSQLDump(try text($0), booleans) }
    }

    /// The names of the questions, of a section.
    static func names(_ section: XMLSection) -> [String] {
        guard let folder else { return [] }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/requests")) ?? []
        return files.filter { $0.hasSuffix(".params") }.map { String($0.dropLast(".params".count)) }.sorted().filter {
            (try? question($0))?.section == section
        }
    }

    /// A question.
    static func question(_ name: String) throws -> XMLQuestion {
        var fields: [(String, String)] = []
        var request: [String: String] = [:]
        for line in try text("requests/\(name).params").split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let value = unescaped(parts[1])
            if parts[0].hasPrefix("XML_REQUEST.") {
                request[String(parts[0].dropFirst("XML_REQUEST.".count))] = value
            } else {
                fields.append((String(parts[0]), value))
            }
        }
        let section = XMLSection(rawValue: request["section"] ?? "") ?? .result
        return XMLQuestion(section: section, value: request["key_value"] ?? "", fields: fields)
    }

    private static func unescaped(_ text: Substring) -> String {
        String(text).replacing("\\\\", with: "\u{1}").replacing("\\n", with: "\n").replacing("\u{1}", with: "\\")
    }

    /// The text of an answer; `nil` where the handler gave none.
    static func answer(_ name: String) -> String? {
        try? text("answers/\(name).xml")
    }
}
