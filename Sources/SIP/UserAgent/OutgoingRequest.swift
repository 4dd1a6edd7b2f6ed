/// A request outside of dialogs to be sent: REGISTER, OPTIONS, MESSAGE, NOTIFY, SUBSCRIBE and their kin.
///
/// The user agent adds Via, the From tag if there is none, Max-Forwards, User-Agent and Content-Length, and answers a
/// challenge by itself when ``account`` is set.
public struct OutgoingRequest: Sendable {
    /// The method; neither INVITE, ACK nor CANCEL.
    public var method: SIPMethod
    /// The Request-URI.
    public var requestURI: SIPURI
    /// From; a tag is made when it has none.
    public var from: NameAddress
    /// To.
    public var to: NameAddress
    /// Where the request is sent.
    public var flow: SIPFlow
    /// The Call-ID; made when `nil`.
    ///
    /// Registrations keep theirs from one refresh to the next (RFC 3261 §10.2).
    public var callID: String?
    /// The CSeq number; 1 when `nil`.
    ///
    /// Each retry with credentials takes the next one: the CSeq of the final response says which was used last.
    public var cseq: UInt32?
    /// The values of Route, topmost first.
    public var routes: [NameAddress] = []
    /// Further headers in their order: Contact, Expires, Event and so on.
    public var headers: [SIPHeaderLine] = []
    /// The body.
    public var body: SIPBody?
    /// Who answers a challenge (401, 407); without one the challenge is handed to the driver as any response.
    public var account: DigestAccount?

    /// A request with nothing but what is mandatory.
    public init(_ method: SIPMethod, uri: SIPURI, from: NameAddress, to: NameAddress, flow: SIPFlow) {
        (self.method, requestURI, self.from, self.to, self.flow) = (method, uri, from, to, flow)
    }
}

/// A call to be made.
public struct OutgoingInvite: Sendable {
    /// The Request-URI.
    public var requestURI: SIPURI
    /// From; its tag is replaced by one of the user agent's.
    public var from: NameAddress
    /// To; without a tag.
    public var to: NameAddress
    /// Contact; made from the user part of From and the flow's address when `nil`.
    public var contact: NameAddress?
    /// Where the INVITE is sent.
    public var flow: SIPFlow
    /// The Call-ID; made when `nil`.
    public var callID: String?
    /// The values of Route, topmost first: an outbound proxy.
    public var routes: [NameAddress] = []
    /// Max-Forwards: 70, or one less than that of the call this one carries on.
    public var maxForwards: UInt8 = 70
    /// How long the first response may take, where that is less than 64·T1 (RFC 3261 timer B): for those who answer at once
    /// when they are there.
    public var patience: Duration?
    /// Further headers in their order.
    public var headers: [SIPHeaderLine] = []
    /// The body: an offer, or nothing.
    public var body: SIPBody?
    /// Who answers challenges (401, 407) of this INVITE and of later requests in its dialog.
    public var account: DigestAccount?
    /// Whether the driver looks up who answers them, where there is no ``account``: `callChallenged` tells it to.
    public var asksForAccount = false

    /// A call with nothing but what is mandatory.
    public init(to uri: SIPURI, from: NameAddress, to: NameAddress, flow: SIPFlow) {
        (requestURI, self.from, self.to, self.flow) = (uri, from, to, flow)
    }
}
