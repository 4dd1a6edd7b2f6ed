import SwitchCore

/// Commands about people and not about calls: texts for them, and what they are said to be doing.
enum PeopleCommands {
    static let all: [APICommand] = [
        APICommand("chat", syntax: chatSyntax, summary: "sends a text to somebody") { context, text in
            let parts = text.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 4 else { return "Invalid" }
            guard let chat = context.softswitch.chats[parts[0]], parts[3].utf8.count <= ChatMessage.lengthLimit else {
                return "Error! Message Not Sent"
            }
            var message = ChatMessage(from: parts[1], to: parts[2], body: parts[3])
            if let type = parts[at: 4], !type.isEmpty { message.type = type }
            return await chat.send(message) ? "Sent" : "Error! Message Not Sent"
        },
        APICommand("presence", presenceSyntax, summary: "tells what somebody does", words: 4, limit: 4) {
            context,
            words in
            guard words[0].lowercased() != "message-count" else {
                return tellOfMessages(of: words[1], "\(words[2]) \(words[3])", context.softswitch)
            }
            guard let presence = Presence(words[0], user: words[1], rpid: words[2], status: words[3]) else {
                return CommandText.usage(presenceSyntax)
            }
            context.softswitch.events.publish(presence.event) {
                var event = context.softswitch.makeEvent(presence.event)
                presence.addHeaders(to: &event)
                return event
            }
            return CommandText.done
        },
    ]

    private static let chatSyntax = "<proto>|<from>|<to>|<message>|[<content-type>]"
    private static let presenceSyntax = "in|out|message-count <user> <rpid> <message>"

    /// How many messages wait in a box: `<new>/<old> …`, or whether any do.
    private static func tellOfMessages(of user: String, _ count: String, _ softswitch: Switch) -> String {
        softswitch.events.publish(.messageWaiting) {
            var event = softswitch.makeEvent(.messageWaiting)
            let isWaiting = count.contains { "123456789".contains($0) } || count.lowercased().contains("yes")
            event.add("MWI-Messages-Waiting", isWaiting ? "yes" : "no")
            event.add("MWI-Message-Account", user)
            event.add("MWI-Voice-Message", count)
            return event
        }
        return CommandText.done
    }
}
