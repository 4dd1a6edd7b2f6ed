/// What this version has, by name; FreeSWITCH's names for the same kinds of things are in this target.
public struct KnownNames: Sendable {
    let modules: NameSet
    let applications: NameSet
    let inlineApplications: Set<String>
    let commands: NameSet
    let endpoints: NameSet
    let dialplans: NameSet
    let configurations: NameSet

    /// The names.
    ///
    /// - Parameters:
    ///   - modules: The modules that can be loaded.
    ///   - applications: The dialplan applications, with whether they may run inline.
    ///   - commands: The API commands.
    ///   - endpoints: The endpoints of dial strings.
    ///   - dialplans: The dialplan engines.
    ///   - configurations: The configurations (`sofia.conf`) that something reads.
    public init(
        modules: [String],
        applications: [(name: String, isInline: Bool)],
        commands: [String],
        endpoints: [String],
        dialplans: [String],
        configurations: [String]
    ) {
        self.modules = NameSet(modules, freeSWITCH: FreeSWITCHNames.modules)
        self.applications = NameSet(applications.map(\.name), freeSWITCH: FreeSWITCHNames.applications)
        inlineApplications = Set(applications.filter(\.isInline).map { $0.name.lowercased() })
        self.commands = NameSet(commands, freeSWITCH: FreeSWITCHNames.commands)
        self.endpoints = NameSet(endpoints, freeSWITCH: FreeSWITCHNames.endpoints)
        self.dialplans = NameSet(dialplans, freeSWITCH: FreeSWITCHNames.dialplans)
        self.configurations = NameSet(configurations, freeSWITCH: FreeSWITCHNames.configurations)
    }
}

/// The names of one kind of thing: ours, and FreeSWITCH's beside them; they compare without case.
struct NameSet: Sendable {
    /// Ours and FreeSWITCH's.
    let all: [String]
    private let ours: Set<String>
    private let theirs: Set<String>

    init(_ ours: [String], freeSWITCH theirs: [String]) {
        all = ours + theirs
        self.ours = Set(ours.map { $0.lowercased() })
        self.theirs = Set(theirs.map { $0.lowercased() })
    }

    /// Whether this version has it.
    func contains(_ name: String) -> Bool { ours.contains(name.lowercased()) }

    func isFreeSWITCHs(_ name: String) -> Bool { theirs.contains(name.lowercased()) }
}
