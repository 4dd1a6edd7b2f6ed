import SIP
import SwitchCore

/// Texts over SIP: `[profile/]user@domain` is who has registered as that user; with a profile, somebody else's address too.
struct SofiaChat: ChatProtocol {
    static let name = "sip"

    let module: SofiaModule

    func send(_ message: ChatMessage) async -> Bool {
        var address = message.to[...]
        var named: Profile?
        if let slash = address.firstIndex(of: "/") {
            guard let profile = module.profile(named: String(address[..<slash])) else { return false }
            (named, address) = (profile, address[address.index(after: slash)...])
        }
        if address.hasPrefix("sip:") { address = address.dropFirst("sip:".count) }
        let parts = address.split(separator: "@", maxSplits: 1).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        var isSent = false
        for profile in named.map({ [$0] }) ?? module.allProfiles {
            for contact in await profile.dialStrings(of: parts[0], domain: parts[1]) {
                if await profile.send(message, to: contact) { isSent = true }
            }
        }
        guard !isSent, let named else { return isSent }
        return await named.send(message, to: "sofia/\(named.name)/sip:\(address)")
    }
}
