import Base
import SIP

@testable import Sofia

extension Registration {
    /// A phone of a user that has just registered.
    static func made(of user: String, contact: String, domain: String, callID: String) -> Registration {
        Registration(
            user: user,
            domain: domain,
            contact: SIPURI(user: user, host: SIPHost(contact)),
            displayName: nil,
            flow: SIPFlow(
                transport: .udp,
                local: IPEndpoint(.loopbackV4, port: 5060),
                remote: IPEndpoint(.loopbackV4, port: 5070)
            ),
            isBehindNAT: false,
            callID: callID,
            cseq: 1,
            expires: 60,
            registeredAt: .zero,
            expiresAt: .distantFuture,
            forgottenAt: .distantFuture,
            userAgent: "",
            username: user,
            realm: domain
        )
    }
}
