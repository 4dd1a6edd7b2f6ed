import SIP

/// Who calls, as the headers of an INVITE say: Remote-Party-ID before P-Asserted-Identity before P-Preferred-Identity
/// before From.
struct CallerIdentity {
    let name: String
    let number: String

    init(_ message: SIPMessage) {
        let address =
            message.addresses(.remotePartyID).first ?? message.addresses(.pAssertedIdentity).first
            ?? message.addresses(.pPreferredIdentity).first ?? message.from
        number = address.uri.plainUser ?? message.from.uri.plainUser ?? ""
        let name = (address.displayName ?? message.from.displayName ?? "").withoutControls
        self.name = name.isEmpty ? number : name
    }
}
