import Base
import Database
import XMLConfig

/// The settings of `xml_handler.conf`.
struct HandlerConfiguration: Hashable, Sendable {
    /// FusionPBX's own file, with its database and options (`config-file`); `nil` for where its installer puts it.
    var settingsFile: String?
    /// The database, in the place of the one that the file names (`dsn`); it may hold a password.
    var dataSource: String?
    /// The switches' core database, in the place of the one that the file names (`core-dsn`), for `xml_handler.fs_path`.
    var coreDataSource: String?
    /// What the tables are asked for (`bindings`).
    var sections = XMLHandler.sections
    /// Whether `modules.conf` comes from the tables (`modules`).
    var answersModules = false
    /// How many statements are carried out at once (`connections`).
    var connections = 8
    /// How long a statement may take, in seconds (`timeout`): a call waits that long for its route, and three times as long
    /// for a user that nobody has asked for.
    var timeout = 5

    /// How documents are kept.
    var keeping = KeepingSettings()

    /// The defaults.
    init() {}

    /// Reads `xml_handler.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        settingsFile = reader.nonEmptyString("config-file")
        dataSource = reader.nonEmptyString("dsn")
        coreDataSource = reader.nonEmptyString("core-dsn")
        sections = reader.value("bindings", expecting: Self.expected, Self.sections(in:)) ?? sections
        answersModules = reader.boolean("modules", default: false)
        connections = reader.integer("connections", in: 1...256, default: connections)
        timeout = reader.integer("timeout", in: 1...60, default: timeout)
        keeping = KeepingSettings(&reader)
        diagnostics += try reader.finish()
    }

    private static let expected = "some of configuration, dialplan, directory and languages"

    private static func sections(in text: String) -> Set<XMLSection>? {
        let sections = XMLSection.named(in: text).intersection(XMLHandler.sections)
        return sections.isEmpty ? nil : sections
    }

    /// The limits of the connections to the database.
    var pool: PoolSettings {
        var settings = PoolSettings(connections: connections)
        settings.deadline = .seconds(timeout)
        return settings
    }
}
