public import Base

/// Requests outside of calls, and how requests are written.
extension UserAgent {
    /// Sends a request outside of dialogs; `response` or `transactionFailed` follows.
    public mutating func send(_ request: OutgoingRequest, at now: MonotonicInstant) -> TransactionHandle {
        let handle = TransactionHandle(id: makeID())
        guard transactionCount < configuration.transactionLimit else {
            emit(.transactionFailed(handle, .limit))
            return handle
        }
        var request = request
        if request.from.tag == nil { request.from.tag = HexToken.text(tokens.next()) }
        request.callID = request.callID ?? RandomToken.uuid(using: &tokens)
        request.cseq = request.cseq ?? 1
        send(handle, request, ClientAuthentication(request.account), at: now)
        return handle
    }

    private mutating func send(
        _ handle: TransactionHandle,
        _ request: OutgoingRequest,
        _ authentication: ClientAuthentication,
        at now: MonotonicInstant
    ) {
        var authentication = authentication
        let key = makeClientKey()
        let authorization = authentication.headers(
            method: request.method,
            uri: request.requestURI.description,
            body: request.body,
            using: &tokens
        )
        var builder = SIPMessageBuilder(request: request.method, uri: request.requestURI)
        addVia(key, request.flow, to: &builder)
        if !request.headers.has(.maxForwards) { builder.add(.maxForwards, "70") }
        builder.add(.from, request.from)
        builder.add(.to, request.to)
        builder.add(.callID, request.callID ?? "")
        builder.add(cseq: request.cseq ?? 1)
        for route in request.routes { builder.add(.route, route) }
        finish(&builder, request.headers + authorization, request.body, isIntroducing: true)
        _ = start(
            key,
            builder.build(),
            over: SIPPath(request.flow),
            owner: .request(handle, request),
            authentication: authentication,
            at: now
        )
    }

    /// Sends a challenged request again with credentials, under the next CSeq (RFC 3261 §22.2).
    mutating func retry(
        _ handle: TransactionHandle,
        _ request: OutgoingRequest,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        at now: MonotonicInstant
    ) -> Bool {
        var authentication = transaction.authentication
        guard authentication.challenged(by: response) else { return false }
        var request = request
        request.cseq = (request.cseq ?? 1) &+ 1
        send(handle, request, authentication, at: now)
        return true
    }

    // MARK: Writing

    func makeInvite(_ outgoing: OutgoingInvite, _ call: Call, _ key: ClientTransactionKey) -> SIPMessage {
        var builder = SIPMessageBuilder(request: .invite, uri: outgoing.requestURI)
        addVia(key, outgoing.flow, to: &builder)
        builder.add(.maxForwards, "\(outgoing.maxForwards)")
        builder.add(.from, outgoing.from)
        builder.add(.to, outgoing.to)
        builder.add(.callID, call.callID)
        builder.add(cseq: call.inviteCSeq)
        for route in outgoing.routes { builder.add(.route, route) }
        builder.add(.contact, call.contact)
        finish(
            &builder,
            outgoing.headers.without(.contact, .maxForwards) + call.inviteAuthorization,
            outgoing.body,
            isIntroducing: true
        )
        return builder.build()
    }

    func makeInDialog(
        _ request: InDialogRequest,
        _ call: Call,
        _ dialog: Dialog,
        cseq: UInt32,
        key: ClientTransactionKey,
        authorization: [SIPHeaderLine]
    ) -> SIPMessage {
        let (uri, routes) = dialog.addressing
        var builder = SIPMessageBuilder(request: request.method, uri: uri)
        addVia(key, call.path(remoteTag: dialog.remoteTag).flow, to: &builder)
        if !request.headers.has(.maxForwards) { builder.add(.maxForwards, "70") }
        builder.add(.from, dialog.localAddress)
        builder.add(.to, dialog.remoteAddress)
        builder.add(.callID, dialog.callID)
        builder.add(cseq: cseq)
        for route in routes { builder.add(.route, route) }
        let carriesContact = request.method != .bye && request.method != .ack && request.method != .info
        if carriesContact, !request.headers.has(.contact) { builder.add(.contact, call.contact) }
        finish(
            &builder,
            request.headers + authorization,
            request.body,
            isIntroducing: request.method == .invite || request.method == .update
        )
        return builder.build()
    }

    /// RFC 3261 §17.1.1.3: the ACK to a final response of 300 or more, part of the INVITE's transaction.
    func makeFailureACK(_ invite: SIPMessage, _ response: SIPMessage) -> [UInt8] {
        var builder = makeCompanion(.ack, of: invite, to: response)
        finish(&builder, [], nil, isIntroducing: false)
        return builder.build().serialized()
    }

    /// RFC 3261 §9.1: the CANCEL of an INVITE.
    func makeCancel(_ invite: SIPMessage, headers: [SIPHeaderLine]) -> SIPMessage {
        var builder = makeCompanion(.cancel, of: invite, to: invite)
        finish(&builder, headers, nil, isIntroducing: false)
        return builder.build()
    }

    /// A request with the branch, the route and the names of an INVITE; To comes from `message`.
    private func makeCompanion(_ method: SIPMethod, of invite: SIPMessage, to message: SIPMessage) -> SIPMessageBuilder
    {
        var builder = SIPMessageBuilder(
            request: method,
            uri: invite.requestURI ?? SIPURI(host: .name("invalid"))
        )
        builder.copy(.via, from: invite)
        builder.add(.maxForwards, "70")
        builder.copy(.from, from: invite)
        builder.copy(.to, from: message)
        builder.copy(.callID, from: invite)
        builder.add(cseq: invite.cseq)
        builder.copy(.route, from: invite)
        return builder
    }

    func addVia(_ key: ClientTransactionKey, _ flow: SIPFlow, to builder: inout SIPMessageBuilder) {
        let endpoint = configuration.advertised[flow.transport] ?? flow.local
        builder.add(
            Via(
                transport: flow.transport.viaName,
                host: .address(endpoint.address),
                port: endpoint.port,
                branch: key.branch,
                rport: configuration.asksForRport
            )
        )
    }

    /// Our Contact where the driver gives none.
    func defaultContact(user: String?, flow: SIPFlow) -> NameAddress {
        let endpoint = configuration.advertised[flow.transport] ?? flow.local
        var uri = SIPURI(host: .address(endpoint.address), port: endpoint.port)
        uri.escapedUser = user
        uri.setTransport(flow.transport)
        return NameAddress(uri)
    }

    /// The headers at the end of every request; those that say who we are where `isIntroducing`.
    private func finish(
        _ builder: inout SIPMessageBuilder,
        _ headers: [SIPHeaderLine],
        _ body: SIPBody?,
        isIntroducing: Bool
    ) {
        if !configuration.product.isEmpty, !headers.has(.userAgent) { builder.add(.userAgent, configuration.product) }
        if isIntroducing {
            if !allowValue.isEmpty, !headers.has(.allow) { builder.add(.allow, allowValue) }
            if !supportedValue.isEmpty, !headers.has(.supported) { builder.add(.supported, supportedValue) }
        }
        for line in headers where !line.isReserved { builder.add(line.name, line.value) }
        if let body { builder.setBody(body.bytes, contentType: body.contentType) }
    }
}

extension [SIPHeaderLine] {
    /// Whether a header of that name is among them.
    func has(_ name: SIPHeaderName) -> Bool {
        contains { $0.name == name }
    }

    /// All but those of these names.
    func without(_ names: SIPHeaderName...) -> [SIPHeaderLine] {
        filter { !names.contains($0.name) }
    }
}

extension SIPHeaderLine {
    /// Whether only the user agent itself may write this header.
    var isReserved: Bool {
        name == .via || name == .from || name == .to || name == .callID || name == .cseq || name == .contentLength
    }
}
