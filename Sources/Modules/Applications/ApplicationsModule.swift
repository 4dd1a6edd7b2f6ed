public import SwitchCore

/// `mod_dptools`: the dialplan applications, the endpoints `user`, `group`, `error` and `pickup`, and the dialplan `inline`.
public final class ApplicationsModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_dptools"

    /// Every application of this version.
    public static var applications: [Application] { applications(PickupTable(), CallMutexes()) }

    private static func applications(_ waiting: PickupTable, _ mutexes: CallMutexes) -> [Application] {
        [
            CallApplications.all, VariableApplications.all, RoutingApplications.all, ScheduledApplications.all,
            SoundApplications.all, DigitApplications.all, DiagnosticApplications.all, SayApplications.all,
            SpeakApplications.all, PhraseApplications.all, MenuApplications.all, LimitApplications.all,
            KeyApplications.all, TakeoverApplications.all, FarEndApplications.all, FileApplications.all,
            IdentityApplications.all, ListeningApplications.all, EavesdropApplications.all,
            ToneApplications.all, ShellApplications.all,
            [PickupApplication.make(waiting), MutexApplication.make(mutexes), PageApplication.application],
        ].flatMap { $0 }
    }

    /// The commands that belong to them.
    public static let commands: [APICommand] = SayApplications.commands + LimitCommands.all + [PageApplication.command]

    private let softswitch: Switch

    /// The applications for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the applications, endpoints and the dialplan.
    public func start() async throws {
        let waiting = PickupTable()
        for application in Self.applications(waiting, CallMutexes()) + MissingApplications.all {
            softswitch.applications.register(application, as: application.name)
        }
        for command in Self.commands { softswitch.commands.register(command, as: command.name) }
        for endpoint in Self.endpoints(softswitch, waiting) {
            softswitch.endpoints.register(endpoint, as: endpoint.name)
        }
        softswitch.dialplans.register(InlineEngine(), as: "inline")
        softswitch.chats.register(EventChat(softswitch: softswitch), as: EventChat.name)
    }

    static func endpoints(_ softswitch: Switch, _ waiting: PickupTable) -> [any Endpoint] {
        [
            UserEndpoint(softswitch: softswitch), GroupEndpoint(softswitch: softswitch), ErrorEndpoint(),
            PickupEndpoint(waiting: waiting),
        ]
    }
}

/// The dialplan `inline`: the destination is the list of applications itself.
struct InlineEngine: DialplanEngine {
    func hunt(_ session: isolated Session, argument: String?) async -> DialplanRoute? {
        let text = await session.expand(session.profile.destinationNumber)
        let actions = InlineDialplan.actions(of: text)
        return actions.isEmpty ? nil : DialplanRoute(extensionName: "inline", actions: actions)
    }
}
