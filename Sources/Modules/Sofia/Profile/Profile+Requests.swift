import Base
import Logging
import SIP
import SwitchCore
import XMLConfig

/// Requests outside of calls.
extension Profile {
    func received(request message: SIPMessage, _ transaction: TransactionHandle, over flow: SIPFlow) {
        switch message.method {
        case .register:
            // One task for a registration, since a look-up of the user may have to wait for a database.
            Task.immediate(executorPreference: loop) { await self.registerInTurn(message, transaction, over: flow) }
        case .options:
            respond(transaction, 200, headers: [DescriptionInBody.accepted])
        case .message:
            receivedMessage(message, transaction, over: flow)
        case .subscribe, .publish:
            respond(transaction, 489)
        case .notify:
            if receivedNotice(ofSubscription: message, transaction) { return }
            Task.immediate(executorPreference: loop) { await self.receivedNotice(message, transaction, over: flow) }
        case .refer:
            // Nobody is called for whom no phone speaks (RFC 3515 §5.2).
            respond(transaction, 403)
        case .other:
            // RFC 3261 §21.5.2: 405 is for methods that are known but not allowed here.
            respond(transaction, 501)
        default:
            respond(transaction, 405)
        }
    }

    // MARK: - REGISTER

    /// Carries out a REGISTER after those that the same phone has sent before.
    private func registerInTurn(
        _ message: SIPMessage,
        _ transaction: TransactionHandle,
        over flow: SIPFlow
    ) async {
        let callID = message.callID
        switch registrationTurns.enter(callID) {
        case .now: break
        case .later: await withCheckedContinuation { registrationTurns.wait(callID, $0) }
        case .never:
            respond(transaction, 503, headers: [SIPHeaderLine(.retryAfter, "5")])
            return
        }
        await register(message, transaction, over: flow)
        registrationTurns.leave(callID)
    }

    private func register(_ message: SIPMessage, _ transaction: TransactionHandle, over flow: SIPFlow) async {
        if configuration.registration.disablesRegistrations {
            respond(transaction, 403)
            return
        }
        // Before users are looked up, which takes its own time.
        noteAnswer(toChallenge: message, over: flow)
        let isTrusted =
            configuration.registration.acceptsBlindRegistrations
            || configuration.registration.registerACLs.contains { allows($0, flow.remote) != nil }
        let domain = configuration.forcedDomain ?? message.to.uri.hostText
        guard let user = message.to.uri.plainUser, !user.isEmpty else {
            respond(transaction, 404)
            return
        }
        if isTrusted {
            await bind(user, domain, nil, message, transaction, over: flow)
            return
        }
        switch await authenticate(message, over: flow, header: .authorization, purpose: "sip_auth") {
        case .accepted(let account):
            publish(.accepted, of: user, domain, message, over: flow)
            guard account.user.id.equalsIgnoringASCIICase(user) || !configuration.registration.forcesMatchingUsername
            else {
                respond(transaction, 403)
                return
            }
            guard await mayRegister(account, in: domain) else {
                logger.notice(
                    "registration in another domain refused",
                    metadata: ["user": "\(account.username.asLogged)"]
                )
                respond(transaction, 403)
                return
            }
            if account.user.params["sip-forbid-register"]?.isTrueSetting == true {
                respond(transaction, 403)
                return
            }
            await bind(user, domain, account, message, transaction, over: flow)
        case .challenge(let isStale):
            if isStale { publish(.stale, of: user, domain, message, over: flow) }
            publishChallenge(of: user, domain, message, over: flow)
            challenge(transaction, message, isStale: isStale)
        case .refused:
            respond(transaction, 403)
            publish(.refused, of: user, domain, message, over: flow)
        case .mismatched:
            respond(transaction, 400, reason: "Digest URI Mismatch")
        case .unanswered:
            respond(transaction, 503, headers: Self.notNow)
        }
    }

    /// What goes with a 503 while users cannot be looked up: when to ask again (RFC 3261 §20.33).
    static let notNow = [SIPHeaderLine(.retryAfter, "5")]

    private func challenge(_ transaction: TransactionHandle, _ message: SIPMessage, isStale: Bool) {
        let values = verifier.challenges(realm: realm(for: message), isStale: isStale, at: loop.now)
        respond(transaction, 401, headers: values.map { SIPHeaderLine(.wwwAuthenticate, $0) })
    }

    private func bind(
        _ user: String,
        _ domain: String,
        _ account: AuthenticatedUser?,
        _ message: SIPMessage,
        _ transaction: TransactionHandle,
        over flow: SIPFlow
    ) async {
        let request = RegistrationRequest(
            user: user,
            domain: configuration.registration.forcedDatabaseDomain ?? domain,
            account: account,
            message: message,
            flow: flow,
            configuration: configuration
        )
        let elsewhere = await contactsElsewhere(request)
        let outcome = registrar.update(request, elsewhere: elsewhere, at: loop.now)
        switch outcome {
        case .bindings(let bindings, let changes):
            let contacts = bindings.map { binding in
                let left = max(binding.expiresAt - loop.now, .zero).wholeMilliseconds / 1000
                return SIPHeaderLine(.contact, "<\(binding.contact)>;expires=\(left)")
            }
            respond(transaction, 200, headers: contacts)
            noteArrival(message, over: flow)
            note(changes)
            noteDepartures(request, changes)
            for change in changes { publish(change, by: message) }
        case .refused(let status, let headers):
            respond(transaction, status, headers: headers)
        }
        setRegistrationTimer()
    }

    /// Forgets registrations when their time is over.
    func setRegistrationTimer() {
        guard let deadline = registrar.nextDeadlineToSet() else { return }
        loop.schedule(at: deadline) { [weak self] in
            guard let self else { return }
            let changes = registrar.expire(at: loop.now)
            note(changes)
            for change in changes { publish(change, by: nil) }
            setRegistrationTimer()
        }
    }

    // MARK: - Requests of our own

    /// Sends a request outside of dialogs and waits for its final answer; `nil` when none came.
    func request(_ request: OutgoingRequest) async -> SIPMessage? {
        await withCheckedContinuation { continuation in
            let handle = userAgent.send(request, at: loop.now)
            pendingRequests[handle] = { continuation.resume(returning: $0) }
            drain()
        }
    }
}
