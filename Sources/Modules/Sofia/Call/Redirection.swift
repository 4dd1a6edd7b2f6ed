import Base
import SIP
import SwitchCore

/// Where a 3xx sends a call of ours (RFC 3261 §21.3), and what channels say about that.
struct Redirection: Sendable {
    /// How many addresses count; what is beyond them is not looked at.
    private static let contactLimit = 16

    /// The addresses, in the order of the message.
    let contacts: [NameAddress]
    /// Who sends the call elsewhere, in its own words (Diversion, RFC 5806).
    private let diversion: String?

    /// The redirection of a response; `nil` when it is none.
    init?(_ response: SIPMessage) {
        guard [300, 301, 302, 305].contains(response.status) else { return nil }
        contacts = Array(response.contacts.prefix(Self.contactLimit))
        diversion = response.first(.diversion)
    }

    /// The variables that name the addresses, so that a dialplan can call them.
    ///
    /// - Parameters:
    ///   - profile: The profile of their dial strings (`sip_redirect_profile`).
    ///   - isForked: Whether they are to ring together in `sip_redirect_dialstring` (`sip_redirect_fork`).
    func variables(profile: String, isForked: Bool) -> [(name: String, value: String)] {
        var all = [("sip_redirect_count", String(contacts.count))]
        var dialStrings: [String] = []
        for (index, contact) in contacts.enumerated() {
            let uri = contact.uri
            let dialString = "sofia/\(profile)/\(uri.withoutOwnParameters.inDialString)"
            dialStrings.append(dialString)
            all += [
                ("sip_redirect_contact_\(index)", contact.description),
                ("sip_redirect_contact_user_\(index)", uri.plainUser ?? ""),
                ("sip_redirect_contact_host_\(index)", uri.hostText),
                ("sip_redirect_contact_params_\(index)", uri.parameters.text),
                ("sip_redirect_dialstring_\(index)", dialString),
            ]
        }
        all += [
            ("sip_redirected_to", contacts.first?.description ?? ""),
            ("sip_redirected_by", diversion ?? ""),
            ("sip_redirect_dialstring", dialStrings.joined(separator: isForked ? "," : "|")),
        ]
        return all.map { ($0.0, Template.neutralized($0.1.withoutControls)) }
    }
}

extension SIPParameters {
    /// `transport=tcp;lr`.
    fileprivate var text: String {
        entries.map { entry in entry.value.map { "\(entry.name)=\($0)" } ?? entry.name }.joined(separator: ";")
    }
}
