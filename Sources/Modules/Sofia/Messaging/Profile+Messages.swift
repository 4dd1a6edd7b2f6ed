import Base
import Logging
import SIP
import SwitchCore

/// Texts beside calls: MESSAGE (RFC 3428).
extension Profile {
    /// So many texts wait for an answer at a time, and so many are in hand; more are refused.
    static let messageLimit = 1000
    /// By what a switch knows a text again that it has sent: FreeSWITCH's header.
    private static let sendingMark = SIPHeaderName("X-FS-Sending-Message")

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
        // Somebody's contact, or a chatplan, leads to ourselves.
        if message.first(Self.sendingMark) == softswitch.coreUUID {
            respond(transaction, 482)
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
        guard takesTexts else {
            respond(transaction, 503, headers: [SIPHeaderLine(.retryAfter, "30")])
            return
        }
        respond(transaction, configuration.messages.acceptance)
        await handOn(text) {
            softswitch.makeMessageEvent(text, over: SofiaChat.name, origin(flow) + Self.ownHeaders(of: message))
        }
    }

    private var takesTexts: Bool { max(messagesUnderWay, textsInHand) < Self.messageLimit }

    /// Tells of a text, lets the chatplan have its say, and hands it to whom it is for then.
    ///
    /// - Parameters:
    ///   - isTold: Whether it was told of already.
    ///   - makeEvent: The event that tells of it.
    private func handOn(_ text: ChatMessage, isTold: Bool = false, _ makeEvent: () -> Event) async {
        textsInHand += 1
        defer { textsInHand -= 1 }
        guard let plan = softswitch.chatplan else {
            if !isTold { softswitch.events.publish(.message, makeEvent) }
            await deliver(text)
            return
        }
        var message = text
        message.event = makeEvent()
        let route = await plan.route(message)
        if !isTold, let event = route.message.event { softswitch.events.publish(.message) { event } }
        guard route.isDelivered else { return }
        await softswitch.deliver(route.message, over: route.message.event?["dest_proto"] ?? SofiaChat.name)
    }

    /// A text that another node has taken, and told of, for a phone of this one.
    private func deliver(_ outcome: DeliveryOutcome, _ message: SIPMessage, _ transaction: TransactionHandle) async {
        switch outcome {
        case .refused(let status): respond(transaction, status)
        case .delivery(let delivery):
            guard var text = chatMessage(message) else {
                respond(transaction, 413)
                return
            }
            // What the other node's chatplan has set goes on with it.
            var event = Event(.message)
            for header in Self.ownHeaders(of: message) { event.add(header.name, header.value) }
            text.event = event
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
        let source = userAgent.source(of: leg.call).map { self.origin($0) } ?? []
        let origin = source + Self.ownHeaders(of: message)
        leg.session.assumeIsolated { session in
            softswitch.events.publish(.message) { session.messageEvent(text, origin) }
            guard settings.passesOn, let partner = session.partner else { return }
            let request = LegRequest.message(type: text.type, body: text.body)
            partner.loop.execute { partner.assumeIsolated { _ = $0.leg?.perform(request) } }
        }
        guard settings.deliversFromCalls, takesTexts else { return }
        let event = leg.session.assumeIsolated { $0.messageEvent(text, origin) }
        Task.immediate(executorPreference: loop) { await self.handOn(text, isTold: true) { event } }
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
        text.peerAddress = text.to
        let forwards = min(message.maxForwards ?? Originator.forwardLimit, Originator.forwardLimit)
        text.forwards = max(forwards - 1, 0)
        return text
    }

    /// So many headers of a text's own are told of, and go on with it; and so many bytes.
    private static let (headerLimit, headerLengthLimit) = (64, 16_384)

    /// `X-` headers of a text, as its event has them.
    private static func ownHeaders(of message: SIPMessage) -> [(name: String, value: String)] {
        let own = message.headers.filter { name, _ in
            name.count > 2 && name.lowercased().hasPrefix("x-") && SIPHeaderName(name) != sendingMark
        }
        return own.prefix(headerLimit).map { (name: "sip_h_\($0.name)", value: $0.value) }
    }

    /// `sip_h_X-Name` of a text's event becomes the header `X-Name`.
    private static func ownHeaders(of text: ChatMessage) -> [SIPHeaderLine] {
        var (lines, length): ([SIPHeaderLine], Int) = ([], 0)
        for header in text.event?.headers ?? [] where header.name.hasPrefix("sip_h_") {
            let line = SIPHeaderLine(String(header.name.dropFirst("sip_h_".count)), header.value)
            length += line.name.name.utf8.count + line.value.utf8.count
            guard lines.count < headerLimit, length <= headerLengthLimit else { break }
            if !line.name.name.isEmpty, line.name != sendingMark, line.name != .maxForwards { lines.append(line) }
        }
        return lines
    }

    /// Where a text came from, as its event tells it.
    private func origin(_ flow: SIPFlow) -> [(name: String, value: String)] {
        [
            ("login", "sip:mod_sofia@\(advertisedEndpoint)"), ("from_sip_ip", "\(flow.remote.address)"),
            ("from_sip_port", String(flow.remote.port)), ("context", configuration.context), ("sip_profile", name),
        ]
    }

    /// Hands a phone's text to whom it is for, where that user is registered: nobody's texts leave the switch to elsewhere.
    ///
    /// The answer to one goes to where that came from when nobody is registered.
    @discardableResult
    func deliver(_ text: ChatMessage) async -> Bool {
        let parts = text.to.split(separator: "@", maxSplits: 1).map(String.init)
        guard let user = parts.first else { return false }
        let domain = configuration.registration.forcedDatabaseDomain ?? configuration.forcedDomain ?? parts.last ?? ""
        var isSent = false
        for contact in await dialStrings(of: user, domain: domain) {
            if await send(text, to: contact) {
                isSent = true
            } else {
                logger.info("a text could not be sent", metadata: ["to": "\(text.to.asLogged)"])
            }
        }
        guard !isSent, let source = source(answeredBy: text) else { return isSent }
        return await send(text, to: "\(dialPrefix)sip:\(user)@\(source)")
    }

    /// The address and port that a text was sent from to which this one is the answer.
    private func source(answeredBy text: ChatMessage) -> String? {
        guard let event = text.event, event["replying"]?.isTrueSetting == true,
            let address = event["to_sip_ip"].flatMap({ IPAddress($0) }),
            let port = event["to_sip_port"].flatMap({ UInt16($0) })
        else { return nil }
        return "\(SIPHost("\(address)").text):\(port)"
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
        request.headers = [
            SIPHeaderLine(.maxForwards, String(text.forwards)), SIPHeaderLine(Self.sendingMark, softswitch.coreUUID),
        ]
        if let subject = text.subject { request.headers.append(SIPHeaderLine(.subject, subject)) }
        request.headers += Self.ownHeaders(of: text)
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

extension Session {
    /// The event of a text inside the call.
    fileprivate func messageEvent(_ text: ChatMessage, _ origin: [(name: String, value: String)]) -> Event {
        var event = makeEvent(.message)
        event.addMessage(text, over: SofiaChat.name, origin)
        return event
    }
}
