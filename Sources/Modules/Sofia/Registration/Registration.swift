import Base
import SIP

/// One contact under which a user can be reached (RFC 3261 §10.3).
struct Registration: Sendable {
    /// The user and the domain of the address-of-record.
    let user: String
    let domain: String
    /// The contact as the phone gave it.
    var contact: SIPURI
    /// The name that stood before it.
    var displayName: String?
    /// Where the phone's requests come from; a phone behind NAT is only reached there.
    var flow: SIPFlow
    /// Whether the contact's address is not where the phone's requests come from.
    var isBehindNAT: Bool
    var callID: String
    var cseq: UInt32
    /// What the phone was told, in seconds.
    var expires: Int
    /// When it last spoke.
    var registeredAt: MonotonicInstant
    /// When the phone is told that the registration ends.
    var expiresAt: MonotonicInstant
    /// When it is forgotten: a little later, for a refresh that is late.
    var forgottenAt: MonotonicInstant
    var userAgent: String
    /// Who authenticated.
    var username: String
    var realm: String

    /// `Registered(UDP-NAT)`, as FreeSWITCH words it.
    var status: String { Self.status(over: flow, isBehindNAT: isBehindNAT) }

    /// The contact as events have it.
    var contactText: String { Self.text(contact, displayName, isBehindNAT: isBehindNAT) }

    /// How a registration over a flow is called.
    static func status(over flow: SIPFlow, isBehindNAT: Bool) -> String {
        "Registered(\(flow.transport.viaName)\(isBehindNAT ? "-NAT" : ""))"
    }

    /// `"Ann" <sip:1000@192.0.2.1;fs_nat=yes>`.
    static func text(_ contact: SIPURI, _ name: String?, isBehindNAT: Bool) -> String {
        let quoted = (name ?? "").withoutControls.filter { $0 != "\"" && $0 != "\\" }
        return "\"\(quoted)\" <\(contact)\(isBehindNAT ? ";fs_nat=yes" : "")>"
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
    /// What a refreshed registration was before.
    var replaced: Registration?
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
