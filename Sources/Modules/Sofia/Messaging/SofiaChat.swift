import SIP
import SwitchCore

/// Texts over SIP: `[profile/]user@domain` is who has registered as that user; with a profile, somebody else's address too.
///
/// A text that came by a profile, and that a chatplan has given another address, may go to anybody's by that profile.
struct SofiaChat: ChatProtocol {
    static let name = "sip"

    let module: SofiaModule

    func send(_ message: ChatMessage) async -> Bool {
        let own = message.event?["sip_profile"].flatMap { module.profile(named: $0) }
        if message.peerAddress == message.to { return await own?.deliver(message) ?? false }
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
        // What a peer has in its user part must not become the host of an address that is made of that.
        let isOther = own != nil && !parts[1].contains("@") && module.profile(named: parts[1]) == nil
        guard !isSent, let way = named ?? (isOther ? own : nil) else { return isSent }
        return await way.send(message, to: "sofia/\(way.name)/sip:\(address)")
    }
}
