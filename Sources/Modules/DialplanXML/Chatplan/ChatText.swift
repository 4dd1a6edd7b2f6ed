import Base
import Logging
import SwitchCore

/// A text on its way through a chatplan: its event, which conditions test and actions change.
///
/// Fields of conditions and names of expressions are headers of that event; `_body` is the text itself. What is in a header
/// may be a peer's, and is never run as an expression.
final class ChatText: DialplanSubject {
    /// The event as the actions have left it.
    var event: Event
    /// The text as it came.
    let given: ChatMessage
    let softswitch: Switch
    /// Whether no further action runs.
    var isEnded = false
    /// How many texts were sent on behalf of this one.
    var sendings = 0
    /// Whether the hunter describes each test to the log.
    let tracesHunt: Bool
    private let globals: StandaloneScope
    private var actionCount = 0

    /// The most actions that one text has run.
    static let actionLimit = 1000
    /// The most texts that one text has sent; a rule that writes to many is a loop.
    static let sendingLimit = 32
    /// The most headers that its event may have, and the longest value, in bytes.
    static let (headerLimit, valueLimit) = (512, ChatMessage.lengthLimit)

    init(_ message: ChatMessage, _ softswitch: Switch) {
        (given, self.softswitch) = (message, softswitch)
        globals = StandaloneScope(softswitch)
        tracesHunt = softswitch.logger.logLevel <= .debug
        var event = message.event ?? softswitch.makeMessageEvent(message, over: "global")
        if event["dest_proto"] == nil, let proto = event["to_proto"] { event.add("dest_proto", proto) }
        self.event = event
    }

    /// The text as it is now.
    var message: ChatMessage {
        var message = ChatMessage(event)
        (message.subject, message.peerAddress, message.forwards) = (given.subject, given.peerAddress, given.forwards)
        return message
    }

    /// The text as it is now, and whether it goes to whom it is for.
    var route: ChatRoute {
        ChatRoute(message, isDelivered: event["final_delivery"]?.isTrueSetting != true)
    }

    // MARK: - Actions

    /// Runs actions in their order, until one ends the chatplan or fails.
    func run(_ actions: [DialplanAction]) async {
        for action in actions where !isEnded { await perform(action) }
    }

    /// Runs an action while the chatplan is hunted.
    func executeInline(_ action: DialplanAction) async {
        if !isEnded { await perform(action) }
    }

    private func perform(_ action: DialplanAction) async {
        actionCount += 1
        do throws(ApplicationError) {
            guard actionCount <= Self.actionLimit else {
                throw ApplicationError("a text has no more than \(Self.actionLimit) actions")
            }
            guard !action.hasForbiddenCaptures else {
                throw ApplicationError("\(action.application): \(ChatplanModule.captureAdvice)")
            }
            let application = try ChatApplication(named: action.application)
            let data = await Template(action.data).expand(in: self)
            try await execute(application, data)
        } catch {
            isEnded = true
            softswitch.logger.error("chatplan: \(error)")
        }
    }

    /// A shell gets nothing that a text has said, unless it was quoted.
    func takesCaptures(_ application: String) -> Bool {
        ChatplanModule.takesCaptures(application)
    }

    // MARK: - What conditions test

    /// A header, or else a global variable.
    func variable(_ name: String, index: Int?) -> String? {
        guard let value = header(name) else { return globals.variable(name, index: index) }
        guard let index else { return Self.verbatim(value) }
        return VariableArray.element(index, of: value).map(Self.verbatim)
    }

    /// Runs a command of the switch.
    func callAPI(_ name: String, arguments: String) async -> String? {
        await globals.callAPI(name, arguments: arguments)
    }

    /// A header, for a condition's field.
    func profileField(_ name: String) -> String? { header(name) }

    /// The clock: in the zone of the headers `tod_tz_offset` (hours) or `timezone` (a name), else the machine's.
    func brokenDownTime() -> BrokenDownTime {
        let seconds = softswitch.wallClock() / 1_000_000
        let names = ["tod_tz_offset", "timezone"].compactMap { event[$0] }
        let zone = names.compactMap { softswitch.timeZones.offset(of: $0, at: seconds) }.first
        return BrokenDownTime(secondsSinceEpoch: Int(seconds), zone: zone)
    }

    /// Keeps what a condition captured as a header.
    func setCaptures(_ name: String, _ captures: [String]) {
        guard !captures.isEmpty else { return event.remove(name) }
        event.set(name, VariableArray.text(of: Array(captures.prefix(VariableArray.maximumIndex))))
    }

    /// Tells the log what the hunter does.
    func trace(_ step: DialplanTrace) {
        softswitch.logger.debug("chatplan", metadata: ["step": "\(step)"])
    }

    /// Whether an action has ended the chatplan already.
    var isOver: Bool { isEnded }

    private func header(_ name: String) -> String? {
        if let value = event[name] { return value }
        // The one is FreeSWITCH's name; the other is in the chatplan that comes with it.
        return name.equalsIgnoringASCIICase("_body") || name.equalsIgnoringASCIICase("body") ? event.body : nil
    }

    /// A value as an expression gives it unchanged, but for `${`, which becomes `%{`.
    private static func verbatim(_ value: String) -> String {
        let value = Template.neutralized(value)
        guard value.utf8.contains(UInt8(ascii: "\\")) else { return value }
        // Values are expanded once more, which would take every second backslash.
        return value.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
    }
}
