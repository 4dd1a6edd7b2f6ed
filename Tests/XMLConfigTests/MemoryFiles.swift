import XMLConfig

/// Files that exist in a test only.
struct MemoryFiles: ConfigurationFiles {
    let files: [String: String]

    init(_ files: [String: String]) {
        self.files = files
    }

    func contents(of path: String, limit: Int) throws(ConfigurationFileError) -> [UInt8] {
        guard let text = files[path] else { throw ConfigurationFileError("No such file or directory") }
        return Array(text.utf8)
    }

    /// Knows the one pattern `…/*.xml`.
    func paths(matching pattern: String) -> [String] {
        guard pattern.hasSuffix("/*.xml") else { return files[pattern] == nil ? [] : [pattern] }
        let folder = pattern.dropLast(5)
        return files.keys.filter { $0.hasPrefix(folder) && !$0.dropFirst(folder.count).contains("/") }.sorted()
    }
}

extension ExpandedText {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Parses a text that is expected to be good.
func parsed(_ text: String) throws -> XMLNode {
    try XMLDocument.parse(Array(text.utf8), named: "test.xml")
}
