import Base
import SIP

/// One contact under which a user can be reached (RFC 3261 §10.3).
struct Registration: Sendable {
    /// The user and the domain of the address-of-record.
    let user: String
    let domain: String
    /// The contact as the phone gave it.
    var contact: SIPURI
    /// Where the phone's requests come from; a phone behind NAT is only reached there.
    var flow: SIPFlow
    /// Whether the contact's address is not where the phone's requests come from.
    var isBehindNAT: Bool
    var callID: String
    var cseq: UInt32
    /// What the phone was told, in seconds.
    var expires: Int
    /// When the phone is told that the registration ends.
    var expiresAt: MonotonicInstant
    /// When it is forgotten: a little later, for a refresh that is late.
    var forgottenAt: MonotonicInstant
    var userAgent: String
    /// Who authenticated.
    var username: String
    var realm: String

    /// `Registered(UDP-NAT)`, as FreeSWITCH words it.
    var status: String {
        "Registered(\(flow.transport.viaName)\(isBehindNAT ? "-NAT" : ""))"
    }
}

/// What happened to a registration.
struct RegistrationChange: Sendable {
    enum Kind: String, Sendable {
        case added, refreshed, removed, expired

        var eventSubclass: String {
            switch self {
            case .added, .refreshed: "sofia::register"
            case .removed: "sofia::unregister"
            case .expired: "sofia::expire"
            }
        }
    }

    let kind: Kind
    let registration: Registration
}

/// A REGISTER that may be carried out.
struct RegistrationRequest: Sendable {
    let user: String
    let domain: String
    let account: AuthenticatedUser?
    let message: SIPMessage
    let flow: SIPFlow
    let configuration: ProfileConfiguration
}

/// What came of a REGISTER.
enum RegistrationOutcome: Sendable {
    /// The user's present contacts, and what changed.
    case bindings([Registration], [RegistrationChange])
    case refused(Int, [SIPHeaderLine])
}
