import Base

/// A dialog (RFC 3261 §12): what two user agents have to remember to send each other requests.
struct Dialog: Sendable {
    /// What to do about a request of the peer's inside the dialog.
    enum OnRequest: Hashable, Sendable {
        /// It is the next one.
        case inOrder
        /// Its CSeq is not above that of the one before: answer 500 (RFC 3261 §12.2.2).
        case outOfOrder
    }

    let callID: String
    let localTag: String
    /// The peer's tag; empty when it sends none (RFC 2543).
    let remoteTag: String
    /// The value of From in our requests.
    let localAddress: String
    /// The value of To in our requests.
    let remoteAddress: String
    /// The number of our last request.
    private(set) var localCSeq: UInt32
    /// The number of the peer's last request; `nil` before the first.
    private(set) var remoteCSeq: UInt32?
    /// Where requests are meant for: the peer's Contact.
    private(set) var remoteTarget: SIPURI
    /// The proxies that asked to stay on the way, nearest first.
    private(set) var routes: [NameAddress]
    /// The ACK to the last 2xx to an INVITE of ours, to be repeated, and that INVITE's number.
    var acknowledgement: (cseq: UInt32, bytes: [UInt8])?

    /// The caller's dialog from a response that has a To tag (RFC 3261 §12.1.2).
    init(invite: SIPMessage, response: SIPMessage, localTag: String) {
        callID = invite.callID
        self.localTag = localTag
        remoteTag = response.toTag ?? ""
        localAddress = invite.first(.from) ?? ""
        remoteAddress = response.first(.to) ?? ""
        localCSeq = invite.cseq
        remoteTarget = response.contacts.first?.uri ?? invite.requestURI ?? SIPURI(host: .name("invalid"))
        routes = response.recordRoutes.reversed()
    }

    /// The callee's dialog (RFC 3261 §12.1.1).
    init(receivedInvite invite: SIPMessage, contact: SIPURI, localTag: String) {
        callID = invite.callID
        self.localTag = localTag
        remoteTag = invite.fromTag ?? ""
        localAddress = "\(invite.first(.to) ?? "");tag=\(localTag)"
        remoteAddress = invite.first(.from) ?? ""
        localCSeq = 0
        remoteCSeq = invite.cseq
        remoteTarget = contact
        routes = invite.recordRoutes
    }

    /// Takes target and route set from the 2xx that confirms an early dialog (RFC 3261 §13.2.2.4).
    mutating func confirmed(by response: SIPMessage) {
        if let contact = response.contacts.first { remoteTarget = contact.uri }
        routes = response.recordRoutes.reversed()
    }

    /// Takes the target from a target refresh: a re-INVITE, an UPDATE, or a 2xx to one (RFC 3261 §12.2).
    mutating func targetRefreshed(by message: SIPMessage) {
        if let contact = message.contacts.first { remoteTarget = contact.uri }
    }

    /// Takes note of a request of the peer's that is neither ACK nor CANCEL.
    mutating func received(cseq: UInt32) -> OnRequest {
        if let remoteCSeq, cseq <= remoteCSeq { return .outOfOrder }
        remoteCSeq = cseq
        return .inOrder
    }

    /// The number of our next request.
    mutating func nextCSeq() -> UInt32 {
        localCSeq &+= 1
        return localCSeq
    }

    /// Lets the numbers go on from that of an INVITE which was sent again with credentials.
    mutating func continued(from cseq: UInt32) {
        localCSeq = max(localCSeq, cseq)
    }

    /// Request-URI and Route of our requests (RFC 3261 §12.2.1.1): a first proxy without `lr` routes strictly.
    var addressing: (uri: SIPURI, routes: [NameAddress]) { routes.addressing(of: remoteTarget) }

    /// The URI whose host our requests go to first.
    var nextHop: SIPURI { routes.first?.uri ?? remoteTarget }
}

extension [NameAddress] {
    /// Request-URI and Route of a request by these proxies, nearest first: one without `lr` routes strictly.
    func addressing(of target: SIPURI) -> (uri: SIPURI, routes: [NameAddress]) {
        guard let first, !first.uri.parameters.contains("lr") else { return (target, self) }
        var uri = first.uri
        uri.headers = []
        return (uri, dropFirst() + [NameAddress(target)])
    }
}
