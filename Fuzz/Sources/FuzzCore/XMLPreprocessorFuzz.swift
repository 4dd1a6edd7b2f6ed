import Base
import XMLConfig

/// Feeds bytes to the preprocessor and what it makes of them to the XML reader.
public enum XMLPreprocessorFuzz {
    /// A tree of one file that includes itself; nothing of the machine is read.
    private struct OneFile: ConfigurationFiles {
        let bytes: [UInt8]

        func contents(of path: String, limit: Int) throws(ConfigurationFileError) -> [UInt8] {
            guard bytes.count <= limit else { throw ConfigurationFileError("too long") }
            return bytes
        }

        func paths(matching pattern: String) -> [String] {
            pattern.contains("*") ? [pattern] : []
        }
    }

    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        var options = PreprocessorOptions.remote
        for allowsIncludes in [false, true] {
            options.allowsIncludes = allowsIncludes
            let globals = GlobalVariables([(name: "domain", value: "192.0.2.1"), (name: "a", value: "$${b}")])
            let expanded = try? XMLPreprocessor.expand(
                bytes,
                named: "fuzz.xml",
                from: OneFile(bytes: bytes),
                globals: globals,
                options: options
            )
            guard let expanded else { continue }
            precondition(expanded.bytes.count <= options.limits.documentBytes)
            var diagnostics: [Diagnostic] = []
            _ = try? XMLDocument.parse(expanded, limits: options.limits, diagnostics: &diagnostics)
        }
    }
}
