import Base

/// Reads XML text into nodes.
public enum XMLDocument {
    /// Reads a document that needs no preprocessing.
    ///
    /// - Parameter name: What locations call the text.
    public static func parse(
        _ bytes: [UInt8],
        named name: String,
        limits: XMLLimits = .remote
    ) throws(ConfigurationError) -> XMLNode {
        var diagnostics: [Diagnostic] = []
        let text = TextDecoding.utf8(bytes).bytes
        return try XMLTreeReader.read(text, lines: LineMap(wholeFile: name), limits: limits, diagnostics: &diagnostics)
    }

    /// Reads several texts at once, each of which may have several elements: that is less work than one by one.
    ///
    /// Locations are as if each text were in an element on its first line.
    ///
    /// - Parameter fragments: The texts, each with what locations call it.
    /// - Returns: The elements of each; `nil` when one of them cannot be read, or does not end where it should: then they
    ///   have to be read one by one.
    public static func parse(
        fragments: [(name: String, text: String)],
        limits: XMLLimits = .remote
    ) -> [[XMLNode]]? {
        // A name that no text can know: none can end its element, and begin another.
        var generator = SystemRandomNumberGenerator()
        let boundary = "f" + RandomToken.hex(bytes: 16, using: &generator)
        let (begin, end) = (Array("<\(boundary)>".utf8), Array("</\(boundary)>\n".utf8))
        var lines = LineMap()
        var bytes = Array("<all>".utf8)
        bytes.reserveCapacity(
            fragments.reduce(bytes.count) { $0 &+ $1.text.utf8.count &+ begin.count &+ end.count }
        )
        var line = 1
        for (name, text) in fragments {
            lines.record(textLine: line, file: lines.add(file: name), line: 1)
            bytes += begin
            let start = bytes.count
            bytes += text.utf8
            line += bytes[start...].count { $0 == UInt8(ascii: "\n") } + 1
            bytes += end
            guard bytes.count <= limits.documentBytes else { return nil }
        }
        bytes += "</all>".utf8
        var diagnostics: [Diagnostic] = []
        guard
            let all = try? XMLTreeReader.read(bytes, lines: lines, limits: limits, diagnostics: &diagnostics).children,
            all.count == fragments.count, all.allSatisfy({ $0.name == boundary })
        else { return nil }
        return all.map(\.children)
    }

    /// Reads a document that another machine sent in answer to a look-up: its `$${…}` are expanded as in files.
    ///
    /// By default its instructions cannot open files, run commands or ask the network.
    public static func parseAnswer(
        _ bytes: [UInt8],
        named name: String,
        globals: GlobalVariables,
        options: PreprocessorOptions = .remote
    ) throws(ConfigurationError) -> XMLNode {
        let expanded = try XMLPreprocessor.expand(bytes, named: name, globals: globals, options: options)
        var diagnostics = expanded.diagnostics
        return try parse(expanded, limits: options.limits, diagnostics: &diagnostics)
    }

    /// Reads an expanded text; nodes and errors name the lines of the files it came from.
    public static func parse(
        _ expanded: ExpandedText,
        limits: XMLLimits = XMLLimits(),
        diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) -> XMLNode {
        try XMLTreeReader.read(expanded.bytes, lines: expanded.lines, limits: limits, diagnostics: &diagnostics)
    }
}
