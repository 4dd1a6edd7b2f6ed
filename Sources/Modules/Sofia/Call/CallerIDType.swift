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

    /// The header that names the caller.
    func headers(_ caller: NameAddress, isHidden: Bool) -> [SIPHeaderLine] {
        switch self {
        case .none: []
        case .assertedIdentity: [SIPHeaderLine(.pAssertedIdentity, caller.description)]
        case .remotePartyID:
            [
                SIPHeaderLine(
                    .remotePartyID,
                    "\(caller.description);party=calling;screen=yes;privacy=\(isHidden ? "full" : "off")"
                )
            ]
        }
    }
}
