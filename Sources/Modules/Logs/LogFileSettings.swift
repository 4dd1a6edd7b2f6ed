import SwitchCore
import XMLConfig

/// The settings of `logfile.conf`.
struct LogFileSettings: Sendable {
    /// One file.
    struct Profile: Sendable {
        let name: String
        let path: String
        /// The length in bytes at which the file is rotated; 0 for never.
        let rollover: Int
        /// How many old files are kept, numbered; without it they are dated and stay.
        let maximumRotate: Int?
        /// Whether lines about a channel begin with its UUID.
        let showsChannel: Bool
        let format: LogFormat
        let mappings: LogMappings
    }

    /// Whether `SIGHUP` rotates the files; otherwise it opens them anew.
    let rotatesOnHangUp: Bool
    let profiles: [Profile]

    /// Where the log goes when a profile does not say it, in the log directory.
    static let defaultName = "freeswitch.log"
    static let defaultRollover = 10 << 20
    /// How many profiles there may be.
    static let profileLimit = 32

    /// Reads the configuration.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, logDirectory: String, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        rotatesOnHangUp = reader.boolean("rotate-on-hup", default: false)
        let nodes = xml.first("profiles").map { Array($0.children(named: "profile")) } ?? []
        if nodes.count > Self.profileLimit {
            reader.report(.error, at: xml.location, "there are more than \(Self.profileLimit) profiles")
        }
        diagnostics += try reader.finish()
        var profiles: [Profile] = []
        for node in nodes.prefix(Self.profileLimit) {
            profiles.append(try Profile(node, logDirectory: logDirectory, diagnostics: &diagnostics))
        }
        self.profiles = profiles
    }
}

extension LogFileSettings.Profile {
    init(_ node: XMLNode, logDirectory: String, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: node)
        name = node[attribute: "name"] ?? ""
        let file = reader.string("logfile") ?? ""
        path =
            if file.isEmpty {
                "\(logDirectory)/\(LogFileSettings.defaultName)"
            } else if file.hasPrefix("/") {
                file
            } else {
                "\(logDirectory)/\(file)"
            }
        rollover = reader.integer("rollover", in: 0...(.max), default: LogFileSettings.defaultRollover)
        let kept = reader.integer("maximum-rotate", in: 0...10_000, default: 0)
        maximumRotate = kept > 0 ? kept : nil
        showsChannel = reader.boolean("uuid", default: false)
        format = reader.choice("format", of: LogFormat.names, default: .plain)
        mappings = LogMappings(of: node, diagnostics: &diagnostics)
        diagnostics += try reader.finish()
    }
}
