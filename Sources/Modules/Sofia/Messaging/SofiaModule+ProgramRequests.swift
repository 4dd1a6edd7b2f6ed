import Base
import Logging
import SIP
import SwitchCore

/// What programs have sent to phones and calls, by the headers that mod_sofia takes from their events.
extension SofiaModule {
    /// Sends what an event asks for: `NOTIFY`, `SEND_MESSAGE`, `SEND_INFO`.
    func carryOut(_ event: Event) async {
        guard let why = await attempt(event) else { return }
        softswitch.logger.error("nothing is sent", metadata: ["event": "\(event.name.text)", "why": "\(why)"])
    }

    /// Sends it, or says why that cannot be.
    private func attempt(_ event: Event) async -> String? {
        if let excess = event.excess { return excess }
        switch event.name {
        case .notify: return await sendNotify(event)
        case .sendMessage: return await sendMessage(event)
        case .sendInfo: return await sendInfo(event)
        default: return nil
        }
    }

    private static let summary = (event: "message-summary", type: "application/simple-message-summary")

    // MARK: - NOTIFY

    /// To any address, into a call, or to the phones of a user.
    private func sendNotify(_ event: Event) async -> String? {
        let (type, text) = (event.text("content-type"), event.body ?? "")
        if let to = event.text("to-uri"), let from = event.text("from-uri") {
            var headers = [SIPHeaderLine(.event, event.text("event-string") ?? Self.summary.event)]
            if event.text("no-sub-state")?.isTrueSetting != true { headers.append(NoticeState.over.line) }
            headers += event.extraHeaders
            return await send(
                .notify,
                to: event.text("contact-uri") ?? to,
                naming: to,
                from,
                headers,
                SIPBody(Array(text.utf8), contentType: type ?? Self.summary.type),
                for: event
            )
        }
        guard let type, let name = event.text("event-string") else { return "content-type or event-string is missing" }
        let body = SIPBody(Array(text.utf8), contentType: type)
        if let uuid = event.text("uuid") {
            return await ask(.notify(event: name, type: type, body: text), ofChannel: uuid)
        }
        guard let user = event.text("user"), let host = event.text("host") else { return "user or host is missing" }
        return await withProfile(of: event) { profile in
            await profile.reach(user, host, callID: event.text("call-id")) { contact in
                await profile.notify(contact, of: user, host, event: name, body)
            }
        }
    }

    // MARK: - MESSAGE

    private func sendMessage(_ event: Event) async -> String? {
        guard let type = event.text("content-type") else { return "content-type is missing" }
        let text = event.body ?? ""
        guard let user = event.text("user"), let host = event.text("host") else {
            guard let uuid = event.text("uuid") else { return "user, host or uuid is missing" }
            return await ask(.message(type: type, body: text), ofChannel: uuid)
        }
        return await withProfile(of: event) { profile in
            var message = ChatMessage(from: "\(user)@\(host)", to: "\(user)@\(host)", type: type, body: text)
            message.subject = event.text("subject")
            return await profile.reach(user, host) { [message] contact in await profile.send(message, to: contact) }
        }
    }

    // MARK: - INFO

    private func sendInfo(_ event: Event) async -> String? {
        guard let from = event.text("from-uri") else { return "from-uri is missing" }
        var headers: [SIPHeaderLine] = []
        for (name, line) in [
            ("content-disposition", SIPHeaderName.contentDisposition), ("alert-info", .alertInfo),
            ("call-info", .callInfo),
        ] { if let value = event.text(name) { headers.append(SIPHeaderLine(line, value)) } }
        let body = event.text("content-type").map { SIPBody(Array((event.body ?? "").utf8), contentType: $0) }
        if let to = event.text("to-uri") {
            return await send(.info, to: to, naming: to, from, headers, body, for: event)
        }
        let words = (event.text("local-user") ?? "").split(separator: "@", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return "to-uri or local-user is missing" }
        return await withProfile(of: event) { [headers] profile in
            guard let contact = await profile.dialStrings(of: words[0], domain: words[1]).first else {
                return "\(words[0]) is not registered"
            }
            return await profile.send(.info, to: contact, naming: nil, from, headers, body)
        }
    }

    // MARK: - Where to

    private func withProfile(
        of event: Event,
        _ work: @Sendable (Profile) async -> String?
    ) async -> String? {
        let name = event.text("profile") ?? "default"
        guard let profile = profile(named: name) else { return "there is no profile \(name)" }
        return await work(profile)
    }

    private func send(
        _ method: SIPMethod,
        to target: String,
        naming to: String,
        _ from: String,
        _ headers: [SIPHeaderLine],
        _ body: SIPBody?,
        for event: Event
    ) async -> String? {
        await withProfile(of: event) { profile in
            let address = NameAddress(target).map { "\($0.uri)" } ?? target
            let contact = profile.dialPrefix + address
            let callID = event.text("call-id")
            return await profile.send(method, to: contact, naming: to, from, headers, body, callID: callID)
        }
    }

    private func ask(_ request: LegRequest, ofChannel uuid: String) async -> String? {
        guard let session = softswitch.sessions[uuid] else { return "there is no channel \(uuid)" }
        return await session.asksPhone(request) ? nil : "the channel's phone cannot be asked"
    }
}

extension Profile {
    /// Sends something to the phones of a user, or to the one whose registration has that Call-ID.
    ///
    /// - Parameter send: Sends it to one of them; false when it could not be sent.
    /// - Returns: Why nobody is reached.
    fileprivate func reach(
        _ user: String,
        _ domain: String,
        callID: String? = nil,
        _ send: (String) async -> Bool
    ) async -> String? {
        var isReached = false
        for contact in await dialStrings(of: user, domain: domain, callID: callID) where await send(contact) {
            isReached = true
        }
        return isReached ? nil : "\(user)@\(domain) is not reached"
    }

    private func dialStrings(of user: String, domain: String, callID: String?) async -> [String] {
        guard let callID else { return await dialStrings(of: user, domain: domain) }
        return await onLoop { profile in
            profile.registrar.all.filter { $0.callID == callID }.compactMap { profile.dialString(of: $0) }
        }
    }

    /// Sends a request outside of dialogs, and does not wait for the answer.
    ///
    /// - Parameters:
    ///   - contact: As a dial string has it: `sofia/internal/…`.
    ///   - to: What To says, if not the contact.
    /// - Returns: Why it cannot be sent.
    fileprivate func send(
        _ method: SIPMethod,
        to contact: String,
        naming to: String?,
        _ from: String,
        _ headers: [SIPHeaderLine],
        _ body: SIPBody?,
        callID: String? = nil
    ) async -> String? {
        guard let address = NameAddress(from) else { return "from-uri is no address: \(from)" }
        let sender = NameAddress(address.uri, displayName: address.displayName)
        guard var request = await request(method, to: contact, from: sender) else {
            return "there is no way to \(contact)"
        }
        if let to {
            guard let named = NameAddress(to) else { return "to-uri is no address: \(to)" }
            request.to = NameAddress(named.uri, displayName: named.displayName)
        }
        (request.headers, request.body) = (headers, body)
        if let callID { request.callID = callID }
        return await onLoop { [request] profile in profile.begin(request, name: contact) }
            ? nil : "too many requests wait for an answer"
    }
}

extension Session {
    fileprivate func asksPhone(_ request: LegRequest) -> Bool { leg?.perform(request) ?? false }
}

extension Event {
    /// A header that says something.
    fileprivate func text(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The headers that become part of a request.
    private static let requestTexts = [
        "alert-info", "call-id", "call-info", "contact-uri", "content-disposition", "content-type", "event-string",
        "extra-headers", "from-uri", "host", "local-user", "subject", "to-uri", "user",
    ]
    /// How long they may be together, in bytes: with a body they make less than a message may have (``SIPLimits``).
    private static let requestTextLimit = 16_384
    /// How many lines `extra-headers` may have: as many as a call takes over from its caller.
    private static let extraHeaderLimit = 64

    /// What there is too much of for a request.
    fileprivate var excess: String? {
        if body?.utf8.count ?? 0 > ChatMessage.lengthLimit { return "the body is too long" }
        let length = Self.requestTexts.reduce(0) { $0 + (self[$1]?.utf8.count ?? 0) }
        if length > Self.requestTextLimit { return "the headers are longer than \(Self.requestTextLimit) bytes" }
        let count = (self["extra-headers"] ?? "").split(whereSeparator: \.isNewline).count
        return count > Self.extraHeaderLimit ? "extra-headers has more than \(Self.extraHeaderLimit) lines" : nil
    }

    /// Whole header lines, one below the other.
    fileprivate var extraHeaders: [SIPHeaderLine] {
        (self["extra-headers"] ?? "").split(whereSeparator: \.isNewline).compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].isVisibleASCII else { return nil }
            return SIPHeaderLine(String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
    }
}
