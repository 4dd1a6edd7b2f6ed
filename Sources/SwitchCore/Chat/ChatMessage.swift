/// A text from somebody to somebody, beside all calls.
public struct ChatMessage: Sendable {
    /// Whom it is from: `user@host`.
    public var from: String
    /// The same as the sender wrote it, with a name: `"Ann" <sip:user@host>`; `nil` when it is no more than ``from``.
    public var fromAddress: String?
    /// Whom it is for: `user@host`, or what else its protocol understands.
    public var to: String
    /// The type of the text: `text/plain`.
    public var type: String
    /// The text.
    public var body: String
    /// What it is about, where the sender says so.
    public var subject: String?
    /// Whom a peer wrote it to that may have no text sent out of the switch: for as long as it is still for that address,
    /// it goes to who is registered here and to nobody else.
    public var peerAddress: String?
    /// How often it may still be passed on, so that texts in a circle come to an end (RFC 3261 §8.1.1.6).
    public var forwards = Originator.forwardLimit
    /// Its event, where a chatplan or a program has written in it.
    public var event: Event?

    /// Longer texts are refused, in bytes.
    public static let lengthLimit = 16_384

    /// A text.
    public init(from: String, to: String, type: String = "text/plain", body: String) {
        (self.from, self.to, self.type, self.body) = (from, to, type, body)
    }

    /// A text as its event tells of it.
    ///
    /// Of texts over SIP the sender's own address counts (`from_full`), as in FreeSWITCH; of all others `from`.
    public init(_ event: Event) {
        let type = event["type"] ?? ""
        self.init(
            from: event["from"] ?? "",
            to: event["to"] ?? "",
            type: type.isEmpty ? "text/plain" : type,
            body: event.body ?? ""
        )
        if event["proto"]?.lowercased() == "sip" { fromAddress = event["from_full"] }
        self.event = event
    }
}

/// A way to reach people with texts: the protocol that `chat` names (`sip`).
public protocol ChatProtocol: Sendable {
    /// Sends a text on its way.
    ///
    /// - Returns: Whether there was somebody to send it to.
    func send(_ message: ChatMessage) async -> Bool
}

extension Switch {
    /// The event that tells of a text.
    ///
    /// - Parameters:
    ///   - protocol: How it came.
    ///   - details: What else there is to be told of it.
    public func makeMessageEvent(
        _ message: ChatMessage,
        over protocol: String,
        _ details: [(name: String, value: String)] = []
    ) -> Event {
        var event = makeEvent(.message)
        event.addMessage(message, over: `protocol`, details)
        return event
    }
}

extension Event {
    /// Adds the headers and the body of a text.
    public mutating func addMessage(
        _ message: ChatMessage,
        over protocol: String,
        _ details: [(name: String, value: String)] = []
    ) {
        func parts(_ address: String) -> (user: String, host: String) {
            let parts = address.split(separator: "@", maxSplits: 1).map(String.init)
            return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        }
        let (from, to) = (parts(message.from), parts(message.to))
        let headers = [
            ("proto", `protocol`), ("to_proto", `protocol`), ("from", message.from), ("from_user", from.user),
            ("from_host", from.host), ("to_user", to.user), ("to_host", to.host), ("to", message.to),
            ("subject", "SIMPLE MESSAGE"), ("type", message.type), ("from_full", message.fromAddress ?? message.from),
        ]
        for (name, value) in headers + details { add(name, value) }
        body = message.body
    }
}
