import Base
import XMLConfig

/// Hostile configuration text: preprocessing, parsing and the readers that walk the tree.
public enum XMLPreprocessorFuzz {
    /// Treats the bytes as a file that can include itself, then as an answer of a remote machine.
    public static func run(_ bytes: [UInt8]) {
        var options = PreprocessorOptions()
        options.allowsCommands = true
        options.environment = { _ in "value" }
        options.publicAddress = { _, _ in "192.0.2.1" }
        options.runCommand = { ShellCommand.Outcome(output: Array($0.utf8), isSuccess: true) }
        options.limits.includeDepth = 4
        options.limits.includedFiles = 16
        options.limits.documentBytes = 1 << 20
        options.limits.contentBytes = 1 << 20
        let files = SelfIncludingFile(bytes: bytes)
        if let text = try? XMLPreprocessor.expand(file: "/a.xml", from: files, globals: globals, options: options) {
            var findings: [Diagnostic] = []
            if let root = try? XMLDocument.parse(text, limits: options.limits, diagnostics: &findings) { walk(root) }
        }
        if let root = try? XMLDocument.parse(bytes, named: "answer") {
            walk(root)
            // What is printed must be readable again.
            precondition((try? XMLDocument.parse(Array(root.description.utf8), named: "again")) != nil)
        }
        readTogether(bytes)
    }

    /// Texts that are read at once are what they are by themselves, or are not read.
    private static func readTogether(_ bytes: [UInt8]) {
        let texts = bytes.split(separator: 0, maxSplits: 7).map { String(decoding: $0, as: UTF8.self) }
        guard let found = XMLDocument.parse(fragments: texts.map { ("row", $0) }) else { return }
        for (text, elements) in zip(texts, found) {
            let alone = try? XMLDocument.parse(Array("<row>\(text)</row>".utf8), named: "row")
            precondition(alone?.children.map(\.description) == elements.map(\.description))
        }
    }

    private static let globals = GlobalVariables([("domain", "example.org")])

    private static func walk(_ root: XMLNode) {
        let snapshot = ConfigurationSnapshot(generation: 1, root: root)
        if let domain = snapshot.section(.directory)?.first("domain") {
            let directory = DirectoryDomain(domain)
            for user in directory.users { _ = directory.user(user.id) }
            for group in directory.groupNames { _ = directory.members(of: group) }
        }
        let lists = AccessControlLists(xml: root)
        _ = lists.decision(for: .loopbackV4, in: "lan")
        _ = try? ConfigurationReader(settingsOf: root).finish()
        _ = ListSplitter.split(root.text)
    }
}

private struct SelfIncludingFile: ConfigurationFiles {
    let bytes: [UInt8]

    func contents(of path: String, limit: Int) throws(ConfigurationFileError) -> [UInt8] { bytes }

    func paths(matching pattern: String) -> [String] { ["/a.xml"] }
}
