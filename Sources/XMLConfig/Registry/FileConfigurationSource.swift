/// The configuration tree in files below one root file, `freeswitch.xml`.
public struct FileConfigurationSource: ConfigurationSource {
    /// The path of the root file.
    public let path: String
    /// Where the expanded text is written as `<root file>.fsxml`; nowhere when `nil`.
    public let logDirectory: String?
    /// What the preprocessor may do.
    public let options: PreprocessorOptions

    private let files: any ConfigurationFiles

    /// A tree below a root file.
    public init(
        path: String,
        logDirectory: String? = nil,
        options: PreprocessorOptions = PreprocessorOptions(),
        files: any ConfigurationFiles = LocalFiles()
    ) {
        (self.path, self.logDirectory, self.options, self.files) = (path, logDirectory, options, files)
    }

    /// Expands and parses the tree.
    ///
    /// The expanded text is written even when it then turns out not to be XML, for that is when somebody wants to
    /// read it.
    public func load(globals: GlobalVariables) throws(ConfigurationError) -> LoadedConfiguration {
        let expanded = try XMLPreprocessor.expand(file: path, from: files, globals: globals, options: options)
        var diagnostics = expanded.diagnostics
        if let failure = writeExpanded(expanded.bytes) { diagnostics.append(failure) }
        let root: XMLNode
        do throws(ConfigurationError) {
            root = try XMLDocument.parse(expanded, limits: options.limits, diagnostics: &diagnostics)
        } catch {
            throw ConfigurationError(error.diagnostics + diagnostics.filter { $0.severity > .note })
        }
        guard root.name == "document" else {
            throw ConfigurationError("expected <document> around everything, found <\(root.name)>", at: root.location)
        }
        return LoadedConfiguration(root: root, assignments: expanded.assignments, diagnostics: diagnostics)
    }

    private func writeExpanded(_ bytes: [UInt8]) -> Diagnostic? {
        guard let logDirectory else { return nil }
        let name = path.split(separator: "/").last ?? "freeswitch.xml"
        let target = "\(logDirectory)/\(name).fsxml"
        do throws(ConfigurationFileError) {
            try LocalFiles.replace(target, with: bytes)
            return nil
        } catch {
            let location = SourceLocation(file: target, line: 0)
            return Diagnostic(.warning, at: location, "cannot write the expanded configuration: \(error)")
        }
    }
}
