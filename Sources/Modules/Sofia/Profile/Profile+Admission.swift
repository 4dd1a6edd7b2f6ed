import Base
import Logging
import SIP
import XMLConfig

/// Who may call here and send texts, and as whom.
extension Profile {
    /// Who a caller is taken for, and where the call goes.
    struct Admission {
        var account: AuthenticatedUser?
        var context: String?
        /// `user@domain` of an access list's network.
        var token: String?
        var isAuthorized = false
        /// The gateway that a call comes from.
        var gateway: Gateway?
        /// The one phone that another node wants.
        var delivery: Delivery?
    }

    /// What came of the look at a request.
    enum AdmissionOutcome {
        case admitted(Admission)
        case refused(Int, reason: String? = nil, headers: [SIPHeaderLine] = [])
    }

    /// Looks whether the access lists let a request in, or a password.
    ///
    /// - Parameter asks: Whether those whom the lists do not know are asked for a password.
    func admission(of message: SIPMessage, over flow: SIPFlow, asks: Bool) async -> AdmissionOutcome {
        var admission = checkLists(flow)
        if !admission.isAuthorized, asks {
            switch await authenticate(message, over: flow, header: .proxyAuthorization, purpose: "sip_auth") {
            case .accepted(let account):
                admission.account = account
                admission.isAuthorized = true
            case .challenge(let isStale):
                let values = verifier.challenges(realm: realm(for: message), isStale: isStale, at: loop.now)
                return .refused(407, headers: values.map { SIPHeaderLine(.proxyAuthenticate, $0) })
            case .refused: return .refused(403)
            case .mismatched: return .refused(400, reason: "Digest URI Mismatch")
            case .unanswered: return .refused(503, headers: Self.notNow)
            }
        }
        // Whom the lists do not know has to show a password; where none is asked for, the lists are the only door.
        guard admission.isAuthorized || configuration.inboundACLs.isEmpty || admission.context != nil else {
            logger.notice(
                "refused by apply-inbound-acl",
                metadata: ["from": "\(flow.remote)", "method": "\(message.method.name)"]
            )
            return .refused(403)
        }
        return .admitted(admission)
    }

    /// `apply-inbound-acl`: `list[:pass-context[:fail-context]]`; the first list that allows authorises the caller.
    private func checkLists(_ flow: SIPFlow) -> Admission {
        var admission = Admission()
        for entry in configuration.inboundACLs {
            let parts = entry.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            if let decision = allows(parts[0], flow.remote) {
                admission.isAuthorized = true
                admission.token = decision.token
                admission.context = parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil
                return admission
            }
            if parts.count > 2, !parts[2].isEmpty { admission.context = parts[2] }
        }
        return admission
    }
}
