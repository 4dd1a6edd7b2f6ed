import Base
import SIP
import SwitchCore

/// Calls between nodes: for a phone that is registered with another one, and from there.
extension Profile {
    /// What the INVITE to another node's phone has in its Route.
    func route(to owner: ContactOwner, contact: SIPURI) -> NameAddress? {
        guard let node = store?.node(owner.host) else { return nil }
        return DeliveryPass(to: contact, of: owner.user, owner.domain, at: epoch, for: node).route(to: node)
    }

    /// A call that another node hands over for a phone of ours; `nil` for every other.
    func delivery(of message: SIPMessage) -> Delivery? {
        guard let node = store?.node, let contact = message.requestURI,
            let pass = message.routes.first.flatMap({ DeliveryPass($0.uri) }),
            pass.counts(for: contact, at: epoch, secret: node.secret)
        else { return nil }
        let registration = registrar.contacts(of: pass.user, domain: pass.domain).first {
            $0.contact.isEquivalent(to: contact)
        }
        return Delivery(user: pass.user, dialString: registration.flatMap { dialString(of: $0) })
    }
}

/// A call that goes to one contact, past the dialplan: the node that sent it has done what that says.
struct Delivery: Sendable {
    /// Whose phone it is.
    let user: String
    /// How the contact is called; `nil` when it is gone.
    let dialString: String?

    /// How long the phone may ring: the other node decides that.
    private static let longestRinging = 3600
    /// What the name of a variable has when it means nothing else in an argument.
    private static let characters = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8
    )

    /// What the channel does.
    ///
    /// - Parameter headers: The variables with headers that came with the call, which go on with it.
    func route(passing headers: [String]) -> DialplanRoute {
        let names = headers.filter { name in name.utf8.allSatisfy { Self.characters.contains($0) } }
        let actions =
            names.map { DialplanAction(application: "export", data: "nolocal:\($0)=${\($0)}") } + [
                DialplanAction(application: "set", data: "call_timeout=\(Self.longestRinging)"),
                DialplanAction(application: "set", data: "hangup_after_bridge=true"),
                DialplanAction(application: "bridge", data: dialString ?? ""),
            ]
        return DialplanRoute(extensionName: "delivery", actions: actions)
    }
}
