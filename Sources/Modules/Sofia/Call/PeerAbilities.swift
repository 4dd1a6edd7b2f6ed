import SIP

/// What a peer says that it can do, as far as it decides what it is sent.
struct PeerAbilities: Sendable {
    /// It takes UPDATE (RFC 3311).
    private(set) var takesUpdate = false
    /// It takes MESSAGE (RFC 3428).
    private(set) var takesMessages = false
    /// It is a switch that wants to hear in INFO whom it talks to.
    private(set) var takesDisplayUpdates = false
    /// It is a snom, which shows what is in a SIP fragment.
    private(set) var isSnom = false

    /// Takes note of what an INVITE or a response to one says.
    mutating func note(_ message: SIPMessage) {
        if message.contains(.allow) {
            takesUpdate = message.lists(.allow, SIPMethod.update.name)
            takesMessages = message.lists(.allow, SIPMethod.message.name)
        }
        if let support = message.first(named: "X-FS-Support") {
            takesDisplayUpdates = support.contains("update_display")
            if support.contains("send_message") { takesMessages = true }
        }
        if let agent = message.first(.userAgent) ?? message.first(.server) {
            isSnom = agent.lowercased().hasPrefix("snom")
        }
    }
}
