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

    // MARK: - Questions as `mod_xml_curl` sends them

    /// The bodies of its questions, by the names of their files.
    static func posts() throws -> [(name: String, body: String)] {
        guard let folder else { return [] }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/xml_curl-posts")
        return try files.filter { $0.hasSuffix(".txt") }.sorted().map { file in
            let request = try text("xml_curl-posts/\(file)")
            let body = request.firstRange(of: "\n\n").map { String(request[$0.upperBound...]) } ?? ""
            return (name: String(file.dropLast(".txt".count)), body: body)
        }
    }

    /// The question of such a body.
    static func question(form: String) -> XMLQuestion {
        let fields = form.split(separator: "&").map { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).removingPercentEncoding ?? String($0) }
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        let request = Dictionary(fields) { first, _ in first }
        let section = XMLSection(rawValue: request["section"] ?? "") ?? .result
        return XMLQuestion(section: section, value: request["key_value"] ?? "", fields: fields)
    }

    // MARK: - What its handler kept

    /// An item of the handler's memcached.
    struct KeptItem {
        let key: String
        let value: String

        /// Whether it is a document, and not a setting.
        var isDocument: Bool { value.hasPrefix("<?xml") }
    }

    /// The items, as they were after a tour through all kinds of questions.
    static func keptItems() throws -> [KeptItem] {
        let lines = try text("memcached.txt").split(separator: "\n", omittingEmptySubsequences: false)
        let bounds = lines.indices.filter { lines[$0] == "=====" }
        // Before each value there are its key, how long it counts, its flags and its length.
        return stride(from: 0, to: bounds.count - 1, by: 2).map { index in
            let (start, end) = (bounds[index], bounds[index + 1])
            let key = lines[start - 1].prefix { $0 != "\t" }
            return KeptItem(key: String(key), value: lines[(start + 1)..<end].joined(separator: "\n"))
        }
    }
}
