public import XMLConfig

/// The settings of `curl.conf`.
struct CurlConfiguration: Hashable, Sendable {
    /// Bytes that the body of an answer may have (`max-bytes`).
    var answerBytes = 64_000
    /// Whether certificates are checked where a request says nothing of it (`validate-certs`).
    var verifies = true
    /// How long a request may take that says nothing of it (`timeout`, seconds).
    var timeout = Duration.seconds(30)
    /// How long connecting may take of that (`connect-timeout`, seconds).
    var connectTimeout = Duration.seconds(10)

    /// Seconds of the longest request, whoever asks for it: nobody waits for ever.
    static let longestTimeout = 300

    /// What is in force without a configuration.
    init() {}

    /// Reads `curl.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        answerBytes = reader.integer("max-bytes", in: 1...(16 << 20), default: answerBytes)
        verifies = reader.boolean("validate-certs", default: verifies)
        if !verifies {
            let location = reader.all("validate-certs").last?.location
            reader.report(.warning, at: location, "nothing checks that web servers are who they say they are")
        }
        timeout = .seconds(reader.integer("timeout", in: 1...Self.longestTimeout, default: 30))
        connectTimeout = .seconds(reader.integer("connect-timeout", in: 1...Self.longestTimeout, default: 10))
        diagnostics += try reader.finish()
    }
}

/// Reads the module's configuration without acting on it, for the check of a tree.
public enum CurlCheck {
    /// The configurations that it reads.
    public static let configurations = [CurlModule.configuration]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try CurlConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
