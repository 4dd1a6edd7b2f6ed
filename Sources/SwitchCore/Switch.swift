import Base
public import Logging
public import MediaEngine
import Synchronization
public import XMLConfig

/// The switch: what is configured, what is registered, what is going on.
///
/// There is no global state; whoever needs something of the switch is given this.
public final class Switch: Sendable {
    /// Which program and version this is, for User-Agent headers and `version`.
    public let version: String
    /// The directories that the command line named.
    public let directories: Directories
    /// Where configuration is looked up.
    public let xml: XMLRegistry
    /// Looks up users and groups.
    public let directory: DirectoryLookup
    /// Carries events to who subscribed.
    public let events = EventBus()
    /// Moves the audio.
    public let media: MediaEngine
    /// The loops that calls live on.
    public let loops: LoopGroup
    /// The dialplan applications.
    public let applications = Registry<Application>()
    /// The API commands.
    public let commands = Registry<APICommand>()
    /// The technologies that make calls.
    public let endpoints = Registry<any Endpoint>()
    /// The engines that find extensions.
    public let dialplans = Registry<any DialplanEngine>()
    /// Where `limit` counts, by backend (`hash`).
    public let limits = Registry<any LimitBackend>()
    /// What makes speech of texts, by name (`flite`).
    public let speechEngines = Registry<any SpeechEngine>()
    /// How `say` speaks, by language (`en`).
    public let sayLanguages = Registry<any SayLanguage>()
    /// The live channels.
    public let sessions = SessionTable()
    /// What modules report for `status`: counts of what they hold, by name.
    public let gauges = Registry<@Sendable () async -> Int>()
    /// The log.
    public let logger: Logger
    /// Names this run of the switch in events and CDRs.
    public let coreUUID: String
    /// The modules that are loaded.
    public let modules: ModuleLoader
    /// When the switch started, in microseconds since 1970.
    public let startTime: Int64

    private let clock: @Sendable () -> Int64
    private let configurationBox: Mutex<SwitchConfiguration>
    private let accessListsBox = Mutex(AccessControlLists(xml: nil))
    private let generator: Mutex<any RandomNumberGenerator & Sendable>

    /// A switch that has loaded no modules yet.
    ///
    /// - Parameters:
    ///   - clock: The time in microseconds since 1970.
    ///   - generator: Where UUIDs come from; a seeded one makes a simulation repeatable.
    public init(
        version: String,
        directories: Directories,
        configuration: SwitchConfiguration,
        xml: XMLRegistry,
        media: MediaEngine,
        loops: LoopGroup,
        catalogue: ModuleCatalogue,
        logger: Logger,
        clock: @escaping @Sendable () -> Int64,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        (self.version, self.directories, self.xml) = (version, directories, xml)
        (self.media, self.loops, self.logger, self.clock) = (media, loops, logger, clock)
        configurationBox = Mutex(configuration)
        self.generator = Mutex(generator)
        modules = ModuleLoader(catalogue)
        directory = DirectoryLookup(xml, now: { loops.first.now })
        startTime = clock()
        coreUUID = self.generator.withLock { RandomToken.uuid(using: &$0) }
    }

    /// The settings of `switch.conf` that are in force.
    public var configuration: SwitchConfiguration {
        get { configurationBox.withLock { $0 } }
        set { configurationBox.withLock { $0 = newValue } }
    }

    /// The lists of `acl.conf` that are in force.
    public var accessLists: AccessControlLists {
        get { accessListsBox.withLock { $0 } }
        set { accessListsBox.withLock { $0 = newValue } }
    }

    /// The time in microseconds since 1970.
    public func wallClock() -> Int64 { clock() }

    /// A new UUID.
    public func makeUUID() -> String {
        generator.withLock { RandomToken.uuid(using: &$0) }
    }

    /// Counts a new call in, or says why it must be refused.
    public func admitCall() -> SessionTable.Refusal? {
        sessions.admit(configuration.sessionLimits, second: wallClock() / 1_000_000)
    }

    /// An event with the headers that every event has.
    public func makeEvent(_ name: EventName, subclass: String? = nil) -> Event {
        var event = Event(name, subclass: subclass)
        event.add("Event-Name", name.text)
        event.add("Core-UUID", coreUUID)
        event.add("FreeSWITCH-Hostname", xml.globals["hostname"] ?? "")
        event.add("FreeSWITCH-Switchname", xml.globals["switchname"] ?? "")
        event.add("FreeSWITCH-IPv4", xml.globals["local_ip_v4"] ?? "")
        event.add("FreeSWITCH-IPv6", xml.globals["local_ip_v6"] ?? "")
        event.add("Event-Date-Timestamp", String(wallClock()))
        if let subclass { event.add("Event-Subclass", subclass) }
        return event
    }

    /// Runs a command line: a command's name and its arguments.
    public func execute(command line: String, for session: Session? = nil) async -> String {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let name = parts.first else { return "-ERR no command\n" }
        guard let command = commands[String(name)] else { return "-ERR \(name) Command not found!\n" }
        return await command.body(APIContext(self, session: session), parts.count > 1 ? String(parts[1]) : "")
    }
}
