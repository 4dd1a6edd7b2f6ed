import SIP

/// A user's contacts while a REGISTER is carried out, and what it has changed.
struct RegistrationDraft {
    private(set) var list: [Registration]
    private(set) var changes: [RegistrationChange] = []

    init(_ list: [Registration]) {
        self.list = list
    }

    /// Takes contacts away.
    mutating func remove(
        as kind: RegistrationChange.Kind = .removed,
        where isGone: (Registration) -> Bool
    ) {
        changes += list.filter(isGone).map { RegistrationChange(kind: kind, registration: $0) }
        list.removeAll(where: isGone)
    }

    /// Adds a contact, or refreshes the one that it is.
    ///
    /// The contacts of one and the same REGISTER never replace each other.
    mutating func put(_ new: Registration, _ policy: RegistrationSettings.MultipleRegistrations) {
        let isOfSameRequest = { (old: Registration) in old.callID == new.callID && old.cseq == new.cseq }
        let position = list.firstIndex { old in
            switch policy {
            case .byCallID where !isOfSameRequest(old): old.callID == new.callID
            case .byCallID, .byContact, .replace: old.contact.isEquivalent(to: new.contact)
            }
        }
        if let position {
            changes.append(RegistrationChange(kind: .refreshed, registration: new, replaced: list[position]))
            list[position] = new
        } else {
            list.append(new)
            changes.append(RegistrationChange(kind: .added, registration: new))
        }
        if case .replace = policy {
            remove { !isOfSameRequest($0) }
        }
    }
}
