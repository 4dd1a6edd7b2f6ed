import Base
import SIP

/// Which header tells the far end who calls (`caller-id-type` of profiles, `cid-type` of gateways, `sip_cid_type`).
enum CallerIDType: Sendable {
    case remotePartyID, assertedIdentity, none

    /// Reads `rpid`, `pid` or `none`.
    init?(_ text: String) {
        switch text.lowercased() {
        case "rpid": self = .remotePartyID
        case "pid": self = .assertedIdentity
        case "none": self = .none
        default: return nil
        }
    }

    /// The headers that name the caller, and say what of that is to be hidden (RFC 3325 §9.3).
    func headers(_ caller: OutgoingIdentity) -> [SIPHeaderLine] {
        switch self {
        case .none: return []
        case .assertedIdentity:
            let name: SIPHeaderName = caller.isScreened ? .pAssertedIdentity : .pPreferredIdentity
            // There is no privacy for a name alone: it is left out.
            let address = caller.hidesNumber ? caller.told : caller.shown
            let privacy = caller.hidesNumber ? "id" : "none"
            return [SIPHeaderLine(name, address.description), SIPHeaderLine(.privacy, privacy)]
        case .remotePartyID:
            let screen = caller.isScreened ? "yes" : "no"
            let privacy = caller.hidesNumber ? "full" : caller.hidesName ? "name" : "off"
            let text = "\(caller.told);party=calling;screen=\(screen);privacy=\(privacy)"
            return [SIPHeaderLine(.remotePartyID, text)]
        }
    }
}
