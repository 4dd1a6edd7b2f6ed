import Base
import Logging
public import SwitchCore
import XMLConfig

/// `mod_sms`: texts that come in go through a context of the section `chatplan` before they go on.
///
/// Contexts are compiled and hunted as those of the dialplan are.
public final class ChatplanModule: Module, Chatplan {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_sms"
    /// What actions may name.
    public static var applicationNames: [String] { ChatApplication.allCases.map(\.rawValue) }
    /// What actions of FreeSWITCH's name, and this version does not have.
    public static var missingApplicationNames: [String] { ChatApplication.missing }

    /// What to write where captures are not taken.
    public static let captureAdvice = "takes no captures such as $1, write ${quote_shell_arg(${DP_MATCH[1]})}"

    /// Whether an application's data may have captures in them: a shell gets nothing of a stranger's that is not quoted.
    public static func takesCaptures(_ application: String) -> Bool {
        !application.equalsIgnoringASCIICase(ChatApplication.system.rawValue)
    }

    /// The name that FreeSWITCH lists it under.
    private static let interface = "GLOBAL_SMS"
    /// The context of texts whose event names none.
    private static let usualContext = "default"
    /// How many texts of programs wait to be sent; what is beyond is lost.
    private static let programLimit = 1000

    let softswitch: Switch
    private let library = DialplanLibrary()
    private let missingContexts = ToldOnce()
    private let programs: EventWatch

    /// A chatplan over the switch's XML.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        programs = EventWatch(softswitch, queueLimit: Self.programLimit)
    }

    /// Has texts come by, and sends those of programs.
    public func start() async throws {
        softswitch.chatplans.register(self, as: Self.interface)
        programs.start([.custom], on: softswitch.loops.next()) { [weak self] events in
            for event in events where event.subclass == ChatplanModule.order { await self?.carryOut(event) }
        }
    }

    /// Lets go of what was compiled from the tree before.
    public func reload() async throws {
        library.removeAll()
        missingContexts.forgetAll()
    }

    /// Leaves texts and programs alone.
    public func stop() async {
        programs.stop()
    }

    /// Runs the actions that the text's context has for it.
    public func route(_ message: ChatMessage) async -> ChatRoute {
        let text = ChatText(message, softswitch)
        guard let context = await context(of: text), let found = await context.hunt(for: text) else {
            return text.route
        }
        await text.run(found.actions)
        return text.route
    }

    /// The context that the text's event names, or `global`; `nil` where there is neither, or no chatplan at all.
    private func context(of text: ChatText) async -> CompiledContext? {
        let named = text.event["context"] ?? ""
        let name = named.isEmpty ? Self.usualContext : named
        let isAsked = softswitch.xml.hasProviders(for: .chatplan)
        let answer = await softswitch.xml.answer(
            section: .chatplan,
            tag: "",
            key: "",
            value: "",
            parameters: isAsked ? text.event.headers.map { ($0.name, $0.value) } : []
        )
        guard let answer else { return nil }
        if let context = library.context(named: name, in: answer.node, isKept: answer.isKept) { return context }
        // Every text of a profile whose context is not here would say it again.
        if missingContexts.isFirst(name) {
            softswitch.logger.warning("there is no such chatplan context", metadata: ["context": "\(name)"])
        }
        return nil
    }
}
