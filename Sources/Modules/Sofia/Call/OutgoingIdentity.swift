import SIP
import SwitchCore

/// Who calls, as a called party hears it: what all may see, and what is said in confidence.
struct OutgoingIdentity {
    /// For From, without what is to be hidden.
    let shown: NameAddress
    /// For the headers that say what of it is to be hidden: carriers know, nobody else is told.
    let told: NameAddress
    let hidesName: Bool
    let hidesNumber: Bool
    let isScreened: Bool

    /// - Parameter isConfidant: Whether the called party hides from others what is to be hidden, as carriers do.
    init(_ profile: CallerProfile, at home: SIPURI, isConfidant: Bool) {
        (hidesName, hidesNumber) = (profile.hidesName, profile.hidesNumber)
        isScreened = profile.isScreened
        let (name, number) = (profile.callerIDName, profile.callerIDNumber)
        // A name that is the number gives it away.
        let isNameless = profile.hidesName || profile.hidesNumber && name == number
        shown = Self.address(
            home,
            isNameless ? "Anonymous" : name,
            profile.hidesNumber ? "anonymous" : number
        )
        told = isConfidant ? Self.address(home, name, number) : shown
    }

    private static func address(_ home: SIPURI, _ name: String, _ number: String) -> NameAddress {
        var uri = home
        uri.user = number.isEmpty ? "unknown" : number
        return NameAddress(uri, displayName: name.isEmpty ? nil : name)
    }
}
