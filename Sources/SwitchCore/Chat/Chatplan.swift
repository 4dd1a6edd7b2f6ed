import Logging

/// What decides about texts that have come in, before they go to whom they are for (`mod_sms`).
public protocol Chatplan: Sendable {
    /// Does with a text what its rules say.
    ///
    /// - Parameter message: The text, with the event whose headers the rules test.
    func route(_ message: ChatMessage) async -> ChatRoute
}

/// A text as a chatplan leaves it.
public struct ChatRoute: Sendable {
    /// The text, with its event.
    public var message: ChatMessage
    /// Whether it still goes to whom it is for.
    public var isDelivered: Bool

    /// A text, and whether it goes on.
    public init(_ message: ChatMessage, isDelivered: Bool) {
        (self.message, self.isDelivered) = (message, isDelivered)
    }
}

extension Switch {
    /// What decides about texts, where there is such a thing.
    public var chatplan: (any Chatplan)? { chatplans.all.first }

    /// Sends a text on its way by a protocol; one with `global` in its name is nobody's.
    ///
    /// - Returns: Whether there was somebody to send it to.
    @discardableResult
    public func deliver(_ message: ChatMessage, over name: String) async -> Bool {
        guard let chat = chats[name] else {
            if !name.lowercased().contains("global") {
                logger.error("there is no such chat protocol", metadata: ["protocol": "\(name.prefix(100))"])
            }
            return false
        }
        guard message.body.utf8.count <= ChatMessage.lengthLimit else {
            logger.error("a text is longer than \(ChatMessage.lengthLimit) bytes")
            return false
        }
        return await chat.send(message)
    }
}
