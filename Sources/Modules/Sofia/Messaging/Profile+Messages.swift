import Base
import Logging
import SIP
import SwitchCore

/// Texts beside calls: MESSAGE (RFC 3428).
extension Profile {
    /// So many texts wait for an answer at a time; more are refused.
    static let messageLimit = 1000

    // MARK: - From phones

    func receivedMessage(_ message: SIPMessage, _ transaction: TransactionHandle, over flow: SIPFlow) {
        guard configuration.messages.isEnabled else {
            respond(transaction, 405)
            return
        }
        // One task for a text, since a look-up of the user may have to wait for a database.
        Task.immediate(executorPreference: loop) { await self.take(message, transaction, over: flow) }
    }

    private func take(_ message: SIPMessage, _ transaction: TransactionHandle, over flow: SIPFlow) async {
        if let outcome = await delivery(of: message) {
            await deliver(outcome, message, transaction)
            return
        }
        switch await admission(of: message, over: flow, asks: configuration.messages.authenticates) {
        case .admitted: break
        case .refused(let status, let reason, let headers):
            respond(transaction, status, reason: reason, headers: headers)
            return
        }
        guard let text = chatMessage(message) else {
            respond(transaction, 413)
            return
        }
        guard messagesUnderWay < Self.messageLimit else {
            respond(transaction, 503, headers: [SIPHeaderLine(.retryAfter, "30")])
            return
        }
        respond(transaction, configuration.messages.acceptance)
        softswitch.events.publish(.message) {
            softswitch.makeMessageEvent(text, over: SofiaChat.name, origin(flow))
        }
        await deliver(text)
    }

    /// A text that another node has taken, and told of, for a phone of this one.
    private func deliver(_ outcome: DeliveryOutcome, _ message: SIPMessage, _ transaction: TransactionHandle) async {
        switch outcome {
        case .refused(let status): respond(transaction, status)
        case .delivery(let delivery):
            guard let text = chatMessage(message) else {
                respond(transaction, 413)
                return
            }
            respond(transaction, await send(text, to: delivery.dialString) ? 202 : 480)
        }
    }

    /// A text inside a call.
    func receivedMessage(_ message: SIPMessage, _ transaction: TransactionHandle, in leg: SIPLeg) {
        let settings = configuration.messages
        guard settings.isEnabled else {
            respond(transaction, 405)
            return
        }
        guard let text = chatMessage(message) else {
            respond(transaction, 413)
            return
        }
        respond(transaction, settings.acceptance)
        let origin = userAgent.source(of: leg.call).map { self.origin($0) } ?? []
        leg.session.assumeIsolated { session in
            softswitch.events.publish(.message) {
                var event = session.makeEvent(.message)
                event.addMessage(text, over: SofiaChat.name, origin)
                return event
            }
            guard settings.passesOn, let partner = session.partner else { return }
            let request = LegRequest.message(type: text.type, body: text.body)
            partner.loop.execute { partner.assumeIsolated { _ = $0.leg?.perform(request) } }
        }
        guard settings.deliversFromCalls, messagesUnderWay < Self.messageLimit else { return }
        Task.immediate(executorPreference: loop) { await self.deliver(text) }
    }

    /// `nil` when the text is too long.
    private func chatMessage(_ message: SIPMessage) -> ChatMessage? {
        let body = message.bodyText
        guard body.utf8.count <= ChatMessage.lengthLimit else { return nil }
        func address(_ uri: SIPURI) -> String { "\(uri.plainUser ?? "")@\(uri.hostText)" }
        let type = message.contentType?.prefix { $0 != ";" && !$0.isWhitespace } ?? "text/plain"
        var text = ChatMessage(
            from: address(message.from.uri),
            to: address(message.to.uri),
            type: String(type),
            body: body
        )
        text.fromAddress = NameAddress(message.from.uri, displayName: message.from.displayName).description
        return text
    }

    /// Where a text came from, as its event tells it.
    private func origin(_ flow: SIPFlow) -> [(name: String, value: String)] {
        [
            ("login", "sip:mod_sofia@\(advertisedEndpoint)"), ("from_sip_ip", "\(flow.remote.address)"),
            ("from_sip_port", String(flow.remote.port)), ("context", configuration.context), ("sip_profile", name),
        ]
    }

    /// Hands a phone's text to whom it is for, where that user is registered: nobody's texts leave the switch to elsewhere.
    private func deliver(_ text: ChatMessage) async {
        let parts = text.to.split(separator: "@", maxSplits: 1).map(String.init)
        guard let user = parts.first else { return }
        let domain = configuration.registration.forcedDatabaseDomain ?? configuration.forcedDomain ?? parts.last ?? ""
        for contact in await dialStrings(of: user, domain: domain) where await !send(text, to: contact) {
            logger.info("a text could not be sent", metadata: ["to": "\(text.to.asLogged)"])
        }
    }

    // MARK: - To phones

    /// Sends a text to a contact, and does not wait for what it says to that.
    ///
    /// - Parameter contact: As a dial string has it: `sofia/internal/…`.
    /// - Returns: Whether it could be sent.
    func send(_ text: ChatMessage, to contact: String) async -> Bool {
        guard let from = sender(of: text), text.body.utf8.count <= ChatMessage.lengthLimit,
            !text.type.isEmpty, text.type.isVisibleASCII,
            var request = await request(.message, to: contact, from: from)
        else { return false }
        if let subject = text.subject { request.headers = [SIPHeaderLine(.subject, subject)] }
        request.body = SIPBody(Array(text.body.utf8), contentType: text.type)
        return await onLoop { [request] profile in profile.begin(request, name: text.to) }
    }

    /// A request to a contact (`sofia/internal/…`); `nil` when nobody can be reached there.
    func request(_ method: SIPMethod, to contact: String, from: NameAddress) async -> OutgoingRequest? {
        let prefix = "sofia/"
        guard contact.hasPrefix(prefix),
            let destination = try? SofiaDestination(String(contact.dropFirst(prefix.count))),
            case .uri(let uri, let route) = destination.target,
            let flow = await flow(to: uri, heardAt: route, for: .dialog)
        else { return nil }
        var to = uri
        (to.parameters, to.headers) = ([:], [])
        var request = OutgoingRequest(method, uri: uri, from: from, to: NameAddress(to), flow: flow)
        if let owner = destination.owner {
            guard let passage = await onLoop({ $0.passage(method, to: uri, of: owner) }) else { return nil }
            (request.callID, request.routes) = (passage.callID, [passage.route])
        }
        return request
    }

    private func sender(of text: ChatMessage) -> NameAddress? {
        if let address = text.fromAddress, let sender = NameAddress(address) {
            return NameAddress(sender.uri, displayName: sender.displayName)
        }
        let host = SIPHost("\(advertisedEndpoint.address)").text
        let address = text.from.contains("@") ? text.from : "\(text.from)@\(host)"
        return SIPURI(address.hasPrefix("sip:") ? address : "sip:" + address).map { NameAddress($0) }
    }

    /// Sends a request, and writes down what refuses it; false when too many wait for their answers.
    func begin(_ request: OutgoingRequest, name: String) -> Bool {
        guard messagesUnderWay < Self.messageLimit else { return false }
        messagesUnderWay += 1
        let handle = userAgent.send(request, at: loop.now)
        pendingRequests[handle] = { [weak self] response in
            guard let self else { return }
            messagesUnderWay -= 1
            guard let status = response?.status, status >= 300 else { return }
            logger.info("a request was refused", metadata: ["to": "\(name.asLogged)", "status": "\(status)"])
        }
        drain()
        return true
    }
}
