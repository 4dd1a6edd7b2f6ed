import Base

/// What FusionPBX's `config.conf` says, as far as its XML handler reads it: `database.0.host = 127.0.0.1`.
public struct FusionPBXSettings: Hashable, Sendable {
    /// Where FusionPBX's installer puts the file.
    public static let usualPath = "/etc/fusionpbx/config.conf"
    /// How long the file may be, in bytes.
    public static let lengthLimit = 1 << 20

    private let values: [String: String]

    /// The settings of a text; of those with the same name the last counts.
    public init(_ text: String) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where line.first != "#" && line.first != ";" {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            values[String(parts[0].trimmingBlanks)] = String(parts[1].trimmingBlanks)
        }
        self.values = values
    }

    /// A setting that is there and not empty.
    public subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// Whether a setting is true; as it is by default where it is not there.
    func isTrue(_ name: String, default fallback: Bool) -> Bool { self[name]?.isTrueSetting ?? fallback }

    /// The name of the data source that FusionPBX's own tables are in; `nil` where there is none.
    ///
    /// It may hold a password.
    public var dataSource: String? {
        FusionPBXDatabase(settings: self, number: FusionPBXDatabase.system).dataSource
    }

    /// The name of the data source that the switch's own tables are in (`database.1.…`), likewise.
    public var coreDataSource: String? {
        FusionPBXDatabase(settings: self, number: FusionPBXDatabase.core).dataSource
    }

    // MARK: - What documents take from it

    /// Puts what the file says into options.
    public func apply(to options: inout HandlerOptions) {
        if let path = self["switch.sounds.dir"] { options.soundsDirectory = path }
        if let path = self["switch.recordings.dir"] { options.recordingsDirectory = path }
        options.registersAsNumberAlias = isTrue("xml_handler.reg_as_number_alias", default: false)
        options.usesNumberAsPresenceID = isTrue("xml_handler.number_as_presence_id", default: true)
    }

    /// Whether a call to a user who is registered with another switch goes there (`xml_handler.fs_path`).
    public var callsOtherSwitches: Bool { isTrue("xml_handler.fs_path", default: false) }
}
