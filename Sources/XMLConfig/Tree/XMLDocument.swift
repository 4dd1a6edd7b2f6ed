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
