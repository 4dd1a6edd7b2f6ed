import XMLConfig

/// What a profile's settings say about texts beside calls.
struct MessageSettings: Sendable {
    /// Whether texts are taken at all (`enable-chat`).
    let isEnabled: Bool
    /// Whether who sends them is asked for a password (`auth-messages`).
    let authenticates: Bool
    /// How they are accepted: 202, or 200 for phones that want that (`sip-messages-respond-200-ok`).
    let acceptance: Int
    /// Whether texts inside a call go to the other side of its bridge (`proxy-message`).
    let passesOn: Bool
    /// Whether they are delivered as those outside of calls are (`in-dialog-chat`).
    let deliversFromCalls: Bool

    /// Reads the settings.
    init(_ reader: inout ConfigurationReader) {
        isEnabled = reader.boolean("enable-chat", default: true)
        let authenticates = reader.boolean("auth-messages", default: true)
        self.authenticates = !reader.boolean("disable-auth-messages", default: !authenticates)
        acceptance = reader.boolean("sip-messages-respond-200-ok", default: false) ? 200 : 202
        passesOn = reader.boolean("proxy-message", default: false)
        deliversFromCalls = reader.boolean("in-dialog-chat", default: false)
    }
}
