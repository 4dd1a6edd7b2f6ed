import Base
import SIP
import SIPTransport
import SwitchCore

/// How the rest of the switch sees a profile's registrations.
extension Profile {
    var dialPrefix: String { "sofia/\(name)/" }

    /// How a contact is called; `nil` when its phone cannot be reached.
    func dialString(of registration: Registration) -> String? {
        // Where requests go is not for the phone to say.
        var uri = registration.contact.withoutOwnParameters
        let flow = registration.flow
        let isStream = flow.transport != .udp
        uri.setTransport(flow.transport)
        let isConnected = isStream && listener?.isOpen(flow) == true
        // Without the connection of its registration a phone may listen at its contact, but not behind a NAT.
        if registration.isBehindNAT, isStream, !isConnected { return nil }
        guard registration.isBehindNAT || isConnected else { return "\(dialPrefix)\(uri.inDialString)" }
        // The phone is only reached where its registration came from, or is best reached there.
        return "\(dialPrefix)\(uri.inDialString);fs_nat=yes;fs_path=\(PercentEncoding.encode(flow.hop))"
    }

    /// A registration for `show registrations`; `nil` when its phone cannot be reached.
    func listing(of registration: Registration) -> RegistrationListing? {
        guard let url = dialString(of: registration) else { return nil }
        let left = (registration.expiresAt - loop.now).wholeMilliseconds / 1000
        return RegistrationListing(
            user: registration.user,
            realm: registration.domain,
            token: registration.callID,
            url: url,
            expires: softswitch.wallClock() / 1_000_000 + Int64(left),
            networkAddress: "\(registration.flow.remote.address)",
            networkPort: String(registration.flow.remote.port),
            networkProtocol: registration.flow.transport.viaName.lowercased()
        )
    }

    /// Tells whoever keeps a copy of the registrations which users' have changed.
    func note(_ changes: [RegistrationChange]) {
        store(changes)
        guard softswitch.changes.isWatched else { return }
        for change in changes {
            let (user, domain) = (change.registration.user, change.registration.domain)
            // As the phones spell themselves: each spelling has rows of its own.
            let contacts = registrar.contacts(of: user, domain: domain).filter {
                $0.user == user && $0.domain == domain
            }
            softswitch.changes.note(
                contacts.compactMap { listing(of: $0) },
                of: TableChanges.Registrant(dialPrefix: dialPrefix, user: user, realm: domain)
            )
        }
    }
}
