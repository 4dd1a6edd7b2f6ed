/// What the documents take from the machine and from FusionPBX's `config.conf`, beside the rows.
public struct HandlerOptions: Sendable {
    /// The name of this machine, for rows that belong to one.
    public var hostName: String
    /// Where the sounds are.
    public var soundsDirectory = "/usr/share/freeswitch/sounds"
    /// Where the tenants' recordings are, each in a directory by its domain.
    public var recordingsDirectory = "/var/lib/freeswitch/recordings"
    /// Whether a phone registers as its number alias and not as its extension (`xml_handler.reg_as_number_alias`).
    public var registersAsNumberAlias = false
    /// Whether presence is told by the number alias (`xml_handler.number_as_presence_id`).
    public var usesNumberAsPresenceID = true
    /// The switch's name, by which it may be in a table of registrations; `nil` where that is ``hostName``.
    public var switchName: String?
    /// Where users are registered; `nil` where calls are not to go to another switch (`xml_handler.fs_path`).
    public var nodes: UserNodes?
    /// A global variable of the switch; there is none where the switch is another machine, which expands `$${…}` itself.
    public var globalVariable: (@Sendable (String) -> String?)?
    /// Whether a path is there.
    public var fileExists: @Sendable (String) -> Bool = { _ in false }
    /// The digest by MD5 of what a file is as base64, in hexadecimal; `nil` where that is not known.
    public var fileDigest: @Sendable (_ path: String) async -> String? = { _ in nil }
    /// Makes a file of a content, unless it is there already; `nil` where nothing of the database becomes files.
    public var keepFile: (@Sendable (_ path: String, _ content: [UInt8]) async -> Void)?
    /// Whether `modules.conf` is answered.
    public var answersModules = false
    /// A text that is another one each time, for what nobody may guess.
    public var randomText: @Sendable () -> String

    /// Options for a machine.
    public init(hostName: String, randomText: @escaping @Sendable () -> String) {
        (self.hostName, self.randomText) = (hostName, randomText)
    }
}
