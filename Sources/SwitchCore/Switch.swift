import Base
public import Logging
public import MediaEngine
import Synchronization
public import XMLConfig

/// The switch: what is configured, what is registered, what is going on.
///
/// There is no global state; whoever needs something of the switch is given this.
public final class Switch: Sendable {
    /// The version of FreeSWITCH whose interfaces these are: clients compare it before they use what is newer.
    public static let interfaceVersion = "1.11.1"
    /// Which program and version this is, for User-Agent headers and `version`.
    public let version: String
    /// The version as clients of FreeSWITCH read it.
    public var fullVersion: String { "\(Self.interfaceVersion)-tandem-\(version)" }
    /// The directories that the command line named.
    public let directories: Directories
    /// Where configuration is looked up.
    public let xml: XMLRegistry
    /// Looks up users and groups.
    public let directory: DirectoryLookup
    /// Carries events to who subscribed.
    public let events = EventBus()
    /// What the log goes to.
    public let log: LogOutputs
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
    /// How people are reached with texts, by protocol (`sip`).
    public let chats = Registry<any ChatProtocol>()
    /// What decides about texts before they go on.
    public let chatplans = Registry<any Chatplan>()
    /// Where `limit` counts, by backend (`hash`).
    public let limits = Registry<any LimitBackend>()
    /// What makes speech of texts, by name (`flite`).
    public let speechEngines = Registry<any SpeechEngine>()
    /// How `say` speaks, by language (`en`).
    public let sayLanguages = Registry<any SayLanguage>()
    /// Who takes a report of each channel that ended.
    public let reporters = Registry<any CallReporter>()
    /// What keeps documents that others change.
    public let documentCaches = Registry<any DocumentCache>()
    /// How long peers take to answer, as modules see it, while somebody wants to know.
    public let paths = PathObservations()
    /// What has to be in order before the switch should get calls, by what it is about (`core database`).
    public let readiness = Registry<ReadinessCheck>()
    /// The zones that calls have asked for.
    public let timeZones = TimeZones()
    /// The live channels.
    public let sessions = SessionTable()
    let bridgeRequests = BridgeRequests()
    /// What modules count and measure, by the name in `status.json`.
    public let metrics = Registry<Metric>()
    /// Where modules tell of the users that have registered with them.
    public let registrations = Registry<RegistrationSource>()
    /// Other names for command lines.
    public let aliases: CommandAliases
    /// Words that the console offers for them.
    public let completions: CommandCompletions
    /// Which rows of all these tables have changed, for the core database.
    public let changes = TableChanges()
    /// How busy the machine is.
    public let processorLoad = ProcessorLoad()
    /// What is to happen later.
    public let scheduler: TaskScheduler
    /// What went wrong and need not be told at every call.
    let toldOnce = ToldOnce()
    /// Commands that expressions name and nobody has.
    let missingCommands = RefusalTally()
    /// The log.
    public let logger: Logger
    /// Names this run of the switch in events and CDRs.
    public let coreUUID: String
    /// The modules that are loaded.
    public let modules: ModuleLoader
    /// When the switch started, in microseconds since 1970.
    public let startTime: Int64

    private let eventClock = EventClock()
    private let clock: @Sendable () -> Int64
    private let configurationBox: Mutex<SwitchConfiguration>
    private let accessListsBox = Mutex(AccessControlLists(xml: nil))
    private let generator: Mutex<any RandomNumberGenerator & Sendable>

    /// A switch that has loaded no modules yet.
    ///
    /// - Parameters:
    ///   - log: What the logger's handler writes to.
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
        log: LogOutputs = LogOutputs(),
        clock: @escaping @Sendable () -> Int64,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        (self.version, self.directories, self.xml) = (version, directories, xml)
        (self.media, self.loops, self.logger, self.log, self.clock) = (media, loops, logger, log, clock)
        configurationBox = Mutex(configuration)
        self.generator = Mutex(generator)
        modules = ModuleLoader(catalogue)
        directory = DirectoryLookup(xml, now: { loops.first.now })
        (aliases, completions) = (CommandAliases(changes), CommandCompletions(changes))
        scheduler = TaskScheduler(loop: loops.first, clock: clock)
        startTime = clock()
        coreUUID = self.generator.withLock { RandomToken.uuid(using: &$0) }
        scheduler.observe { [weak self] change, entry in
            self?.changes.note(.tasks)
            self?.publish(change, of: entry)
        }
    }

    private func publish(_ change: TaskScheduler.Change, of entry: TaskScheduler.Entry) {
        let name: EventName =
            switch change {
            case .added: .addSchedule
            case .removed: .delSchedule
            case .executed: .exeSchedule
            case .rescheduled: .reSchedule
            }
        events.publish(name) {
            var event = makeEvent(name)
            event.add("Task-ID", String(entry.id))
            event.add("Task-Desc", entry.summary)
            event.add("Task-Group", entry.group)
            event.add("Task-Runtime", String(entry.due))
            return event
        }
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

    /// Reads `acl.conf` and the domains that it names anew, from whoever answers for them now.
    public func reloadAccessLists() async {
        accessLists = await AccessControlLists.load(from: xml, localNetworks: accessLists.localNetworks)
    }

    /// The time in microseconds since 1970.
    public func wallClock() -> Int64 { clock() }

    /// A new UUID.
    public func makeUUID() -> String {
        generator.withLock { RandomToken.uuid(using: &$0) }
    }

    /// Counts the channels of a new call in, or says why it must be refused.
    public func admitCall(_ direction: CallDirection, channels: Int = 1) -> SessionTable.Refusal? {
        let (limits, second) = (configuration.sessionLimits, wallClock() / 1_000_000)
        let minimum = limits.minimumIdlePercent
        let isBusy = minimum > 0 && processorLoad.idlePercent() < minimum
        return sessions.admit(direction, channels: channels, limits, second: second, isBusy: isBusy)
    }

    /// How many channels there were, and how many calls began, up to now.
    public var sessionHistory: SessionTable.History {
        sessions.history(second: wallClock() / 1_000_000)
    }

    /// Takes out what a module registered.
    func forget(module name: String) {
        applications.removeAll(of: name)
        commands.removeAll(of: name)
        endpoints.removeAll(of: name)
        dialplans.removeAll(of: name)
        metrics.removeAll(of: name)
        registrations.removeAll(of: name)
        limits.removeAll(of: name)
        chats.removeAll(of: name)
        chatplans.removeAll(of: name)
        speechEngines.removeAll(of: name)
        sayLanguages.removeAll(of: name)
        documentCaches.removeAll(of: name)
        readiness.removeAll(of: name)
        paths.probes.removeAll(of: name)
        paths.contactProbes.removeAll(of: name)
        changes.noteEverything()
    }

    /// An event with the headers that every event has.
    public func makeEvent(
        _ name: EventName,
        subclass: String? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line
    ) -> Event {
        let now = wallClock()
        var event = Event(name, subclass: subclass)
        event.reserve(name == .channelState ? 64 : 160)
        event.add("Event-Name", name.text)
        event.add("Core-UUID", coreUUID)
        for header in eventClock.headers(at: now, make: identityHeaders) { event.add(header.name, header.value) }
        event.add("Event-Date-Timestamp", String(now))
        event.add("Event-Calling-File", file.description)
        event.add("Event-Calling-Function", function.description)
        event.add("Event-Calling-Line-Number", String(line))
        if let subclass { event.add("Event-Subclass", subclass) }
        return event
    }

    private func identityHeaders() -> [(name: String, value: String)] {
        [
            ("FreeSWITCH-Hostname", "hostname"), ("FreeSWITCH-Switchname", "switchname"),
            ("FreeSWITCH-IPv4", "local_ip_v4"), ("FreeSWITCH-IPv6", "local_ip_v6"),
        ].map { (name: $0.0, value: xml.globals[$0.1] ?? "") }
    }

    /// Whether a line begins with a command's name, or an alias of one.
    public func hasCommand(_ line: String) -> Bool {
        aliases.expand(line).split(separator: " ", maxSplits: 1).first.map { commands[String($0)] != nil } ?? false
    }

    /// Runs a command line: a command's name, or an alias, and its arguments.
    public func execute(command line: String, for session: Session? = nil) async -> String {
        let line = aliases.expand(line)
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let name = parts.first else { return "-ERR no command\n" }
        guard let command = commands[String(name)] else { return "-ERR \(name) Command not found!\n" }
        let arguments = parts.count > 1 ? String(parts[1]) : ""
        events.publish(.api) {
            var event = makeEvent(.api)
            event.add("API-Command", command.name)
            if !arguments.isEmpty { event.add("API-Command-Argument", arguments) }
            return event
        }
        return await command.answer(in: APIContext(self, session: session), arguments)
    }
}
