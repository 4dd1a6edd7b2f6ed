public import Base

/// Responses of the driver's, and how responses are written.
extension UserAgent {
    /// Answers a request that came as `request` or `inDialogRequest`, with any number of provisional responses and one
    /// final one; what comes after that is ignored.
    public mutating func respond(
        _ transaction: TransactionHandle,
        status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        at now: MonotonicInstant
    ) {
        guard let transaction = serversByID[transaction.id], let request = transaction.request,
            (100...699).contains(status)
        else { return }
        var contact: NameAddress?
        switch transaction.owner {
        case .request: break
        case .inDialog(let handle):
            // UPDATE and its 2xx refresh the target (RFC 3311 §5.2).
            if request.method == .update, (200..<300).contains(status), let call = calls[handle.id] {
                _ = call.withDialog(remoteTag: request.fromTag ?? "") { $0.targetRefreshed(by: request) }
                contact = call.contact
            }
        case .invite, .reinvite, .answered: return
        }
        respond(
            transaction,
            status,
            reason: reason,
            headers: headers,
            body: body,
            contact: contact,
            at: now
        )
    }

    func makeResponse(
        to request: SIPMessage,
        _ status: Int,
        reason: String? = nil,
        source: IPEndpoint,
        toTag: String?,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        contact: NameAddress? = nil
    ) -> [UInt8] {
        var builder = SIPMessageBuilder(
            response: status,
            reason: reason,
            to: request,
            toTag: status == 100 ? nil : toTag,
            source: source
        )
        if let contact, !headers.has(.contact) { builder.add(.contact, contact) }
        if status > 100 {
            if !configuration.product.isEmpty, !headers.has(.server), !headers.has(.userAgent) {
                builder.add(.server, configuration.product)
            }
            if contact != nil || request.method == .options || status == 405 {
                if !allowValue.isEmpty, !headers.has(.allow) { builder.add(.allow, allowValue) }
                if !supportedValue.isEmpty, !headers.has(.supported) { builder.add(.supported, supportedValue) }
            }
        }
        for line in headers where !line.isReserved { builder.add(line.name, line.value) }
        if let body { builder.setBody(body.bytes, contentType: body.contentType) }
        return builder.build().serialized()
    }
}
