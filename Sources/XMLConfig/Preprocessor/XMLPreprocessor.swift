import Base

/// A text with its includes and global variables expanded, ready for the XML parser.
public struct ExpandedText: Sendable {
    /// The text, UTF-8; this is what the `.fsxml` file holds.
    public let bytes: [UInt8]
    /// Where each line came from.
    public let lines: LineMap
    /// The global variables that the text set, in order; they are not in the store yet.
    public let assignments: [(name: String, value: String)]
    /// What was noticed; no errors among it.
    public let diagnostics: [Diagnostic]
}

/// Expands configuration text line by line before any XML is parsed.
///
/// For each line, in this order: `$${name}` becomes the global variable's value; a line with `<include>`,
/// `</include>` or `<?` is dropped; a line with `X-PRE-PROCESS` is an instruction when `<` stands before it and is
/// dropped otherwise; `<!--#command data-->` is the old spelling of an instruction; any other line is copied.
/// All of this is a search in text: an instruction inside an XML comment is carried out too, other than inside one of
/// the old spelling that goes over several lines, which is skipped.
public struct XMLPreprocessor {
    let files: any ConfigurationFiles
    let options: PreprocessorOptions
    var variables: PreprocessorVariables
    /// What the STUN servers said that were asked already; each is asked once.
    var publicAddresses: [String: String?] = [:]

    private var diagnostics = DiagnosticList()

    private var output: [UInt8] = []
    private var outputLines = 0
    private var lines = LineMap()
    private var filesRead = 0

    private init(files: any ConfigurationFiles, globals: GlobalVariables, options: PreprocessorOptions) {
        self.files = files
        self.options = options
        variables = PreprocessorVariables(globals)
    }

    /// Expands a file and everything it includes.
    ///
    /// - Throws: When the file cannot be read or a limit is met.
    public static func expand(
        file path: String,
        from files: any ConfigurationFiles = LocalFiles(),
        globals: GlobalVariables,
        options: PreprocessorOptions = PreprocessorOptions()
    ) throws(ConfigurationError) -> ExpandedText {
        var preprocessor = XMLPreprocessor(files: files, globals: globals, options: options)
        let bytes: [UInt8]
        do throws(ConfigurationFileError) {
            bytes = try files.contents(of: path, limit: options.limits.documentBytes)
        } catch {
            throw ConfigurationError("cannot read the file: \(error)", at: SourceLocation(file: path, line: 0))
        }
        try preprocessor.process(bytes, path: path, depth: 0)
        return preprocessor.finished
    }

    /// Expands a text that is not in a file.
    ///
    /// - Parameter name: What locations call the text.
    public static func expand(
        _ bytes: [UInt8],
        named name: String,
        from files: any ConfigurationFiles = LocalFiles(),
        globals: GlobalVariables,
        options: PreprocessorOptions
    ) throws(ConfigurationError) -> ExpandedText {
        var preprocessor = XMLPreprocessor(files: files, globals: globals, options: options)
        try preprocessor.process(bytes, path: name, depth: 0)
        return preprocessor.finished
    }

    private var finished: ExpandedText {
        ExpandedText(bytes: output, lines: lines, assignments: variables.assignments, diagnostics: diagnostics.all)
    }

    // MARK: - Lines

    /// A line of a file, for findings and for the line map.
    struct Place {
        let path: String
        let file: Int
        let depth: Int
        var line: Int

        var location: SourceLocation { SourceLocation(file: path, line: line) }
    }

    private mutating func process(_ raw: [UInt8], path: String, depth: Int) throws(ConfigurationError) {
        var place = Place(path: path, file: lines.add(file: path), depth: depth, line: 0)
        filesRead += 1
        guard filesRead <= options.limits.includedFiles else {
            throw ConfigurationError("more than \(options.limits.includedFiles) files are included", at: place.location)
        }
        let (bytes, damagedLine) = TextDecoding.utf8(raw)
        if let damagedLine {
            let location = SourceLocation(file: path, line: damagedLine)
            report(.warning, at: location, "expected UTF-8, bytes that are not are replaced")
        }
        var rest = bytes[...]
        var isInComment = false
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            place.line += 1
            try process(line: rest[rest.startIndex..<end], at: place, isInComment: &isInComment)
            rest = rest[min(end + 1, rest.endIndex)...]
        }
    }

    private mutating func process(
        line raw: ArraySlice<UInt8>,
        at place: Place,
        isInComment: inout Bool
    ) throws(ConfigurationError) {
        var line = try expandVariables(raw, at: place)
        if line.contains(UInt8(ascii: "<")),
            line.firstIndex(of: "<include>") != nil || line.firstIndex(of: "</include>") != nil
                || line.firstIndex(of: "<?") != nil
        {
            return
        }
        if isInComment {
            guard let closing = line.firstIndex(of: "-->") else { return }
            isInComment = false
            line = line[(closing + 3)...]
            if Self.isBlank(line) { return }
        }
        if let tag = line.firstIndex(ofFolded: "x-pre-process") {
            guard tag > line.startIndex, line[tag - 1] == UInt8(ascii: "<") else { return }
            if let directive = PreprocessorDirective(tag: line[tag...]) {
                try perform(directive, at: place)
            } else {
                report(.note, at: place.location, "expected cmd=\"…\" and then data=\"…\", the line is left out")
            }
            return
        }
        if let opening = line.firstIndex(of: "<!--#") {
            try processComment(line, from: opening, at: place, isInComment: &isInComment)
            return
        }
        try emit(line, at: place)
    }

    /// Processes the old spelling.
    ///
    /// What stands before and after it on the line is kept; without an end on the line, the lines
    /// up to one are skipped.
    private mutating func processComment(
        _ line: ArraySlice<UInt8>,
        from opening: Int,
        at place: Place,
        isInComment: inout Bool
    ) throws(ConfigurationError) {
        let before = line[..<opening]
        let body = line[(opening + 5)...]
        let closing = body.firstIndex(of: "-->")
        if !Self.isBlank(before) { try emit(before, at: place) }
        var content = body[..<(closing ?? body.endIndex)]
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        if let directive = PreprocessorDirective(comment: content) { try perform(directive, at: place) }
        if let closing {
            let after = body[(closing + 3)...]
            if !Self.isBlank(after) { try emit(after, at: place) }
        } else {
            isInComment = true
        }
    }

    private static func isBlank(_ text: ArraySlice<UInt8>) -> Bool {
        text.allSatisfy { $0.isBlank || $0 == UInt8(ascii: "\r") }
    }

    // MARK: - Output

    /// Adds text to the output as whole lines that all count as the one at `place`.
    mutating func emit(_ text: ArraySlice<UInt8>, at place: Place) throws(ConfigurationError) {
        guard text.count <= options.limits.documentBytes - output.count else {
            let limit = options.limits.documentBytes
            throw ConfigurationError("the document is longer than \(limit) bytes when expanded", at: place.location)
        }
        var rest = text
        repeat {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            outputLines += 1
            lines.record(textLine: outputLines, file: place.file, line: place.line)
            output += rest[rest.startIndex..<end]
            output.append(UInt8(ascii: "\n"))
            rest = rest[min(end + 1, rest.endIndex)...]
        } while !rest.isEmpty
    }

    /// Processes an included file in place.
    mutating func include(_ path: String, from place: Place) throws(ConfigurationError) {
        guard place.depth < options.limits.includeDepth else {
            let limit = options.limits.includeDepth
            throw ConfigurationError("files include each other deeper than \(limit) levels", at: place.location)
        }
        let bytes: [UInt8]
        do throws(ConfigurationFileError) {
            bytes = try files.contents(of: path, limit: options.limits.documentBytes)
        } catch {
            report(.warning, at: place.location, "cannot include \(path): \(error)")
            return
        }
        try process(bytes, path: path, depth: place.depth + 1)
    }

    mutating func report(_ severity: Diagnostic.Severity, at location: SourceLocation, _ message: String) {
        diagnostics.add(severity, at: location, message)
    }

    // MARK: - Variables

    private mutating func expandVariables(
        _ line: ArraySlice<UInt8>,
        at place: Place
    ) throws(ConfigurationError) -> ArraySlice<UInt8> {
        guard line.contains(UInt8(ascii: "$")), line.firstIndex(of: "$${") != nil else { return line }
        var expanded: [UInt8] = []
        var rest = line
        while let start = rest.firstIndex(of: "$${") {
            expanded += rest[rest.startIndex..<start]
            guard let end = Self.closingBrace(in: rest[(start + 2)...]) else {
                report(.warning, at: place.location, "expected \"}\" after \"$${\"")
                rest = rest[start...]
                break
            }
            let name = rest[(start + 3)..<end].text
            if let value = variables[name] {
                expanded += value.utf8
            } else {
                report(.note, at: place.location, "$${\(name)} is not set, it stands for nothing")
            }
            guard expanded.count <= options.limits.lineBytes else {
                let limit = options.limits.lineBytes
                throw ConfigurationError("the line is longer than \(limit) bytes when expanded", at: place.location)
            }
            rest = rest[(end + 1)...]
        }
        expanded += rest
        return expanded[...]
    }

    /// The brace that closes the one the text begins with.
    private static func closingBrace(in text: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        for index in text.indices {
            if text[index] == UInt8(ascii: "{") { depth += 1 }
            if text[index] == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
