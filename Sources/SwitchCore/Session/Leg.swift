public import MediaEngine

/// The technology's side of a channel: what the switch asks of SIP, of a loopback, of whatever carries the call.
///
/// Every call comes on the session's loop and returns at once; what the far end does is told to the session by
/// ``Session/remoteRinging()`` and its relatives.
public protocol Leg: AnyObject, Sendable {
    /// The endpoint's name, for channel names and `endpoint` columns.
    var technology: String { get }

    /// Tells the caller that the call rings (SIP: 180). Only for inbound legs that are not answered.
    func indicateRinging()

    /// Begins early media towards the caller (SIP: 183 with SDP). Only for inbound legs that are not answered.
    ///
    /// - Throws: The cause why there can be no media, such as `INCOMPATIBLE_DESTINATION`.
    func indicateEarlyMedia() throws(HangupCause)

    /// Answers the caller (SIP: 200). Only for inbound legs that are not answered.
    ///
    /// - Throws: The cause why there can be no media, such as `INCOMPATIBLE_DESTINATION`.
    func answer() throws(HangupCause)

    /// Refuses the caller, once the call ends, with a status of the protocol's own (SIP: `respond`), instead of what the cause
    /// would give.
    ///
    /// - Returns: The cause that such a status is.
    func refuse(status: Int, reason: String?) -> HangupCause

    /// The session is about to end: what the far end will hear of it can be said in variables that its events carry.
    func willHangUp()

    /// The session has ended with `cause`: ends the call with the far end, whatever state it is in.
    func hangUp(cause: HangupCause)

    /// The codecs that the far end offered or uses, preferred first, as a codec string; empty when not yet known.
    var codecString: String { get }

    /// The format that should be chosen if the choice is still open, so that a bridge need not transcode.
    func prefer(_ codec: MediaCodec)

    /// How the far end hears keys.
    var keyTransport: KeyTransport { get }

    /// What those who wait for the far end hear, if nothing else was chosen (the `hold-music` of a SIP profile).
    var holdMusic: String? { get }

    /// The channel has answered, and is bridged with one of that technology.
    func bridged(with technology: String)

    /// What the far end said last of its media, as SDP, for somebody else to exchange them with it past the switch.
    ///
    /// `nil` where the technology has no such descriptions, or the far end has sent none.
    var farDescription: String? { get }

    /// Answers the caller, who has not been answered yet, with somebody else's description from now on: its media go
    /// past the switch. With `nil` it is ours again.
    func pass(_ description: String?)

    /// What hands on the far end's media as they are, by the number of the line in its description; empty where nothing does.
    var relays: [MediaStream?] { get }

    /// Asks the far end, whose call is up, to exchange its media with whom a description is of.
    ///
    /// - Returns: What the far end says of its own media then; `nil` when it refused, and all stays as it was.
    func exchange(for description: String) async -> String?

    /// Takes the media back that go past the switch, of a far end whose call is up.
    ///
    /// - Returns: Whether they go through it again.
    func reclaimMedia() async -> Bool

    /// Where somebody else takes our place in the call with the far end (SIP: its address with Replaces); `nil` when that
    /// cannot be.
    var takeoverAddress: String? { get }

    /// Asks the far end for something that not every technology has.
    ///
    /// - Returns: Whether it was asked.
    func perform(_ request: LegRequest) -> Bool
}

extension Leg {
    /// Most technologies have nothing to say of it.
    public func willHangUp() {}

    /// Most technologies go on as before.
    public func bridged(with technology: String) {}

    /// Most technologies have none of this.
    public func perform(_ request: LegRequest) -> Bool { false }

    /// Most technologies have no descriptions.
    public var farDescription: String? { nil }

    /// Most technologies have no descriptions.
    public func pass(_ description: String?) {}

    /// Most technologies have no descriptions.
    public var relays: [MediaStream?] { [] }

    /// Most technologies have no descriptions.
    public func exchange(for description: String) async -> String? { nil }

    /// Most technologies have their media nowhere else.
    public func reclaimMedia() async -> Bool { false }

    /// Most technologies have no such address.
    public var takeoverAddress: String? { nil }

    /// Most technologies have their keys in the audio.
    public var keyTransport: KeyTransport { .media }

    /// Most technologies have no music of their own.
    public var holdMusic: String? { nil }
}

/// What commands ask of a far end, beyond answering and hanging up.
public enum LegRequest: Sendable {
    /// To be on hold, or no more.
    case hold(Bool)
    /// To agree on codecs anew: those of this list, or those that its technology was configured with.
    case renegotiate(codecs: String?)
    /// To show a name and a number.
    case display(name: String, number: String)
    /// To call somebody else (SIP: REFER).
    case deflect(String)
    /// To hear how far its call is, before the answer, with a status of the protocol's own (SIP: 101 to 199).
    case progress(status: Int, reason: String?)
    /// To call somebody else instead, before the answer (SIP: 302); the call ends.
    case redirect(String)
    /// To hear a key that is not in the audio (SIP: INFO).
    case key(Character, milliseconds: Int)
    /// To take a text beside the call (SIP: INFO).
    case info(type: String, body: String)
    /// To show a text to its user (SIP: MESSAGE).
    case message(type: String, body: String)
    /// To hear of something (SIP: NOTIFY inside the call).
    case notify(event: String, type: String, body: String)
    /// To do as if its user pressed a key of it: `talk`, `hold`.
    case phoneEvent(String)
}
