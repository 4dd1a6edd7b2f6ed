import SwitchCore

/// The chat protocol `event`: whoever listens to events hears of the text.
struct EventChat: ChatProtocol {
    static let name = "event"

    let softswitch: Switch

    func send(_ message: ChatMessage) async -> Bool {
        softswitch.events.publish(.message) {
            // What a chatplan has set goes with it.
            if let event = message.event, event.name == .message { return event }
            return softswitch.makeMessageEvent(message, over: Self.name)
        }
        return true
    }
}
