import Base
import Logging
import SIP
import SwitchCore
import XMLConfig

/// A user of the directory who has proved to be it.
struct AuthenticatedUser: Sendable {
    let user: DirectoryUser
    let username: String
    let realm: String
}

/// What came of looking at a request's credentials.
enum AuthenticationOutcome {
    case accepted(AuthenticatedUser)
    /// There are none, or they are too old.
    case challenge(isStale: Bool)
    /// They are wrong.
    case refused
    /// They were made for another request.
    case mismatched
    /// Whether there is such a user cannot be found out now.
    case unanswered
}

extension Profile {
    /// Checks the credentials of a request against the directory.
    func authenticate(
        _ message: SIPMessage,
        over flow: SIPFlow,
        header: SIPHeaderName,
        purpose: String
    ) async -> AuthenticationOutcome {
        // A request may carry credentials for every proxy on its way; ours are those for our realm.
        let offered = message.all(header).compactMap { DigestCredentials(parsing: $0) }
        let realm = realm(for: message)
        guard let credentials = offered.first(where: { $0.realm == realm }) ?? offered.first else {
            return .challenge(isStale: false)
        }
        // Before anybody is looked up or named in the log: whoever has no challenge of ours may be anywhere, whatever
        // address his packet says.
        guard verifier.isCurrent(credentials, at: loop.now) else { return .challenge(isStale: true) }
        let domain = configuration.forcedDomain ?? credentials.realm
        guard credentials.isMeant(for: message) else {
            noteFailure(message, credentials.username, domain, flow)
            return .mismatched
        }
        let result = await softswitch.directory.lookUp(
            credentials.username,
            domain: domain,
            origin: LookUpOrigin("sofia_reg.c", "sofia_reg_parse_auth"),
            parameters: lookUpParameters(message, credentials, over: flow, purpose: purpose),
            at: flow.remote.address
        )
        if case .unanswered = result { return .unanswered }
        guard let user = result.found, let secret = Self.secret(of: user) else {
            noteFailure(message, credentials.username, domain, flow)
            return .refused
        }
        if let list = user.params["auth-acl"], allows(list, flow.remote) == nil {
            noteFailure(message, credentials.username, domain, flow)
            return .refused
        }
        switch verifier.verify(credentials, method: message.method, secret: secret, at: loop.now) {
        case .accepted:
            return .accepted(
                AuthenticatedUser(user: user, username: credentials.username, realm: credentials.realm)
            )
        case .stale: return .challenge(isStale: true)
        case .refused:
            noteFailure(message, credentials.username, domain, flow)
            return .refused
        }
    }

    /// What providers of the directory are told of a request with credentials; what it does not have is left out.
    private func lookUpParameters(
        _ message: SIPMessage,
        _ credentials: DigestCredentials,
        over flow: SIPFlow,
        purpose: String
    ) -> [(String, String)] {
        let (contact, request) = (message.contacts.first?.uri, message.requestURI)
        let count = credentials.nonceCount.map { String($0, radix: 16) }
        let all: [(String, String?)] = [
            ("action", purpose), ("sip_profile", name), ("sip_user_agent", message.first(.userAgent)),
            ("sip_auth_username", credentials.username), ("sip_auth_realm", credentials.realm),
            ("sip_auth_nonce", credentials.nonce), ("sip_auth_uri", credentials.uri),
            ("sip_contact_user", contact?.user), ("sip_contact_host", contact?.hostText),
            ("sip_to_user", message.to.uri.user), ("sip_to_host", message.to.uri.hostText),
            ("sip_to_port", message.to.uri.port.map { String($0) }),
            ("sip_via_protocol", flow.transport.uriName),
            ("sip_from_user", message.from.uri.user), ("sip_from_host", message.from.uri.hostText),
            ("sip_from_port", message.from.uri.port.map { String($0) }),
            ("sip_call_id", message.callID), ("sip_request_user", request?.user),
            ("sip_request_host", request?.hostText), ("sip_request_port", request?.port.map { String($0) }),
            ("sip_auth_qop", credentials.qop), ("sip_auth_cnonce", credentials.cnonce),
            ("sip_auth_nc", count.map { String(repeating: "0", count: 8 - $0.count) + $0 }),
            ("sip_auth_response", credentials.response), ("sip_auth_method", message.method.name),
            ("client_port", String(flow.remote.port)),
        ]
        return all.compactMap { name, value in value.flatMap { $0.isEmpty ? nil : (name, $0) } }
    }

    /// An empty password never lets anybody in, unless the user says that it may.
    private static func secret(of user: DirectoryUser) -> DigestSecret? {
        if let hash = user.params["a1-hash"], !hash.isEmpty { return .a1Hash(hash) }
        let password = user.params["password"] ?? ""
        guard !password.isEmpty || user.params["allow-empty-password"]?.isTrueSetting == true else { return nil }
        // The password that everybody knows from the documentation lets nobody in.
        guard password != "1234" else { return nil }
        return .password(password)
    }

    /// Whether an authenticated user may register in a domain: it is the user's own, or no other users' either.
    ///
    /// Credentials are for the domain that the phone chose; without this, whoever has a password in one domain could take
    /// over the calls of the same number in all others.
    func mayRegister(_ account: AuthenticatedUser, in domain: String) async -> Bool {
        if configuration.forcedDomain != nil || domain.equalsIgnoringASCIICase(account.realm)
            || domain.equalsIgnoringASCIICase(account.user.domain)
        {
            return true
        }
        // The realm of all domains says nothing about To, which may be the switch's address or another name of it.
        guard case .literal = configuration.challengeRealm else { return false }
        return await softswitch.directory.domain(domain) == nil
    }

    private func noteFailure(_ message: SIPMessage, _ user: String, _ domain: String, _ flow: SIPFlow) {
        statistics.authenticationFailures &+= 1
        guard configuration.logsAuthenticationFailures else { return }
        // The wording that fail2ban's filter for FreeSWITCH looks for; no name may end the brackets before their time.
        logger.warning(
            """
            SIP auth failure (\(message.method.name)) on sofia profile '\(name)' for [\(user.asLogged)@\(domain.asLogged)] \
            from ip \(flow.remote.address)
            """
        )
    }

    /// The realm of a challenge to a request.
    func realm(for message: SIPMessage) -> String {
        switch configuration.challengeRealm {
        case .from: configuration.forcedDomain ?? message.from.uri.hostText
        case .to: configuration.forcedDomain ?? message.to.uri.hostText
        case .literal(let realm): realm
        }
    }

    /// What an access list (or a network) says about a peer; `nil` unless it is allowed.
    func allows(_ list: String, _ peer: IPEndpoint) -> AccessControlList.Decision? {
        let decision = softswitch.accessLists.decision(for: peer.address, port: peer.port, in: list)
        return decision?.isAllowed == true ? decision : nil
    }
}
