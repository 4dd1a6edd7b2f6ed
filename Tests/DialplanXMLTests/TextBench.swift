import Commands
import DialplanXML
import Logging
import SwitchCore
import Synchronization
import TandemTesting

/// A chatplan on a simulated loop, and a protocol `sip` that keeps what is sent by it.
final class TextBench {
    let loop = SimulatedLoop()
    let softswitch: Switch
    let log = LogCapture()
    private let sent = SentTexts()

    private final class SentTexts: ChatProtocol {
        let all = Mutex<[ChatMessage]>([])

        func send(_ message: ChatMessage) async -> Bool {
            all.withLock { $0.append(message) }
            return true
        }
    }

    /// - Parameter contexts: What the section has.
    init(_ contexts: String) throws {
        let log = log
        softswitch = try Switch.simulated(
            on: loop,
            xml: """
                <document type="freeswitch/xml">
                  <section name="configuration"><configuration name="modules.conf"><modules>
                    <load module="mod_commands"/><load module="mod_sms"/>
                  </modules></configuration></section>
                  <section name="chatplan">\(contexts)</section>
                </document>
                """,
            ports: 47600...47610,
            modules: [
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(ChatplanModule.self) { ChatplanModule($0) },
            ],
            logger: Logger(label: "test") { _ in log }
        )
        let softswitch = softswitch
        _ = loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
        softswitch.chats.register(sent, as: "sip")
    }

    /// A bench whose context `default` has these extensions.
    static func extensions(_ text: String) throws -> TextBench {
        try TextBench("<context name=\"default\">\(text)</context>")
    }

    /// Everything that has been sent.
    var texts: [ChatMessage] { sent.all.withLock { $0 } }

    /// Has a text of 1000's for 1001 go through.
    func route(_ body: String = "Hello", _ headers: [(name: String, value: String)] = []) -> ChatRoute? {
        var message = ChatMessage(from: "1000@a", to: "1001@a", body: body)
        message.peerAddress = message.to
        message.event = softswitch.makeMessageEvent(message, over: "sip", headers)
        guard let plan = softswitch.chatplan else { return nil }
        return loop.run { [message] in await plan.route(message) }
    }

    /// What was sent, and behind `!` what then goes to whom it is for: `from>to body | ! from>to body`.
    func outcome(_ body: String = "Hello", _ headers: [(name: String, value: String)] = []) -> String {
        guard let route = route(body, headers) else { return "no chatplan" }
        func text(_ message: ChatMessage) -> String { "\(message.from)>\(message.to) \(message.body)" }
        let delivered = route.isDelivered ? ["! " + text(route.message)] : []
        return (texts.map(text) + delivered).joined(separator: " | ")
    }
}
