import Base
import SIP
import SwitchCore
import XMLConfig

/// Phones that ask us for a password: the directory has what is answered for their users.
extension Profile {
    /// A request of ours was challenged, in a call that waits until somebody is found who answers that.
    func challenged(_ call: CallHandle, _ response: SIPMessage) {
        guard let phone = legs[call]?.phone else { return authenticate(call, as: nil) }
        let peer = userAgent.source(of: call).map { "\($0.remote.address)" }
        // One task for a challenge, since the look-up may have to wait for a database.
        Task.immediate(executorPreference: loop) {
            let account = await LookUpRequester.$address.withValue(peer) {
                await self.account(of: phone, callID: response.callID)
            }
            self.authenticate(call, as: account)
        }
    }

    private func authenticate(_ call: CallHandle, as account: DigestAccount?) {
        if account == nil { legs[call]?.lacksPassword = true }
        userAgent.authenticate(call, with: account, at: loop.now)
        drain()
    }

    /// `reverse-auth-user` and `reverse-auth-pass` of a user.
    private func account(of phone: CalledPhone, callID: String) async -> DigestAccount? {
        let found = await softswitch.directory.user(
            phone.user,
            domain: phone.domain,
            origin: LookUpOrigin("sofia_reg.c", "sofia_reg_handle_sip_r_challenge"),
            parameters: [("action", "reverse-auth-lookup"), ("sip_call_id", callID)]
        )
        guard let params = found?.params, let name = params["reverse-auth-user"],
            let password = params["reverse-auth-pass"], !name.isEmpty, !password.isEmpty
        else { return nil }
        return DigestAccount(username: name, secret: .password(password))
    }
}

/// Whose phone a call of ours goes to.
private struct CalledPhone: Sendable {
    let user: String
    let domain: String
}

extension SIPLeg {
    /// The user who is called, where he has registered the contact that the call goes to.
    ///
    /// A phone writes what it likes into its contact, and so decides what To says: nobody has another user's password
    /// proved to him for that.
    fileprivate var phone: CalledPhone? {
        let dialed = session.assumeIsolated { (user: $0.variable("dialed_user"), domain: $0.variable("dialed_domain")) }
        guard let called, let user = dialed.user, let domain = dialed.domain,
            profile.registrar.contacts(of: user, domain: domain).contains(where: { $0.contact.isPlace(of: called) })
        else { return nil }
        return CalledPhone(user: user, domain: domain)
    }
}

extension SIPURI {
    /// Whether another URI says the same before the parameters.
    fileprivate func isPlace(of other: SIPURI) -> Bool {
        user == other.user && host.isEquivalent(to: other.host) && port == other.port
    }
}
