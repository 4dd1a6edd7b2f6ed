import Base

/// The dialog of a subscription of ours (RFC 6665 §4.4.1), as far as it is known.
struct SubscriptionDialog: Sendable {
    let callID: String
    let localTag: String
    /// The notifier's tag; `nil` before its first word.
    private(set) var remoteTag: String?
    /// The number of our last request.
    private(set) var localCSeq: UInt32 = 0
    /// The number of the notifier's last request.
    private var remoteCSeq: UInt32?
    private var target: SIPURI?
    private var routes: [NameAddress] = []

    init(using numbers: inout some RandomNumberGenerator) {
        callID = RandomToken.uuid(using: &numbers)
        localTag = RandomToken.hex(bytes: 8, using: &numbers)
    }

    /// Whether a NOTIFY belongs here; the first one may come before the answer to the SUBSCRIBE.
    func isMeant(by notice: SIPMessage) -> Bool {
        notice.callID == callID && notice.toTag == localTag && (remoteTag == nil || remoteTag == notice.fromTag)
    }

    /// Takes note of a NOTIFY; false when one that was sent later has come already.
    mutating func received(_ notice: SIPMessage) -> Bool {
        if let remoteCSeq, notice.cseq <= remoteCSeq { return false }
        remoteCSeq = notice.cseq
        if remoteTag == nil { routes = notice.recordRoutes }
        confirm(notice.fromTag, notice)
        return true
    }

    /// Takes note of the answer to a SUBSCRIBE, which may have been sent several times.
    ///
    /// A NOTIFY may come before it and end what it is about (RFC 6665 §4.1.2.4, §4.4.1): then it is of a dialog that is over.
    ///
    /// - Returns: Whether it belongs here.
    mutating func answered(_ response: SIPMessage) -> Bool {
        guard response.callID == callID, response.fromTag == localTag else { return false }
        localCSeq = max(localCSeq, response.cseq)
        if let status = response.status, (200..<300).contains(status) {
            if remoteTag == nil { routes = response.recordRoutes.reversed() }
            confirm(response.toTag, response)
        }
        return true
    }

    private mutating func confirm(_ tag: String?, _ message: SIPMessage) {
        remoteTag = remoteTag ?? tag
        if let contact = message.contacts.first?.uri, contact.isSIP { target = contact }
    }

    /// Makes a request one of the dialog: its names, its number, and where it goes.
    mutating func adopt(_ request: inout OutgoingRequest) {
        localCSeq &+= 1
        (request.callID, request.cseq, request.from.tag) = (callID, localCSeq, localTag)
        guard let remoteTag, let target else { return }
        request.to.tag = remoteTag
        (request.requestURI, request.routes) = routes.addressing(of: target)
    }

    /// The URI whose host our requests go to first; `nil` before the notifier's first word.
    var nextHop: SIPURI? { remoteTag == nil ? nil : routes.first?.uri ?? target }
}
