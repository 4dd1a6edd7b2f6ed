import Foundation

/// Bodies as FreeSWITCH's `mod_xml_curl` sent them, when this machine has them.
enum GoldenPosts {
    static let folder: String? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().path
        return [beside, beside + "/.."].map { $0 + "/shared/corpus/fusionpbx/golden/xml_curl-posts" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// The names of all of them.
    static let names: [String] = {
        guard let folder else { return [] }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(".txt".count)) }.sorted()
    }()

    /// The body of a request, without the head that some files have.
    static func form(_ name: String) -> String? {
        guard let folder, let text = try? String(contentsOfFile: "\(folder)/\(name).txt", encoding: .utf8) else {
            return nil
        }
        let plain = text.replacing("\r\n", with: "\n")
        let body = plain.firstRange(of: "\n\n").map { plain[$0.upperBound...] } ?? plain[...]
        return String(body.last == "\n" ? body.dropLast() : body)
    }
}
