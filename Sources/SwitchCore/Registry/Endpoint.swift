public import Base

/// A technology that makes calls: the part of a dial string before the first slash (`sofia`, `loopback`, `user`).
public protocol Endpoint: Sendable {
    /// The name in dial strings.
    var name: String { get }

    /// Whether its legs only wait to be taken by others, so that ringing goes on for the sake of other legs alone.
    var isPassive: Bool { get }

    /// Begins a call to `request.destination`, or says which other dial string it stands for.
    ///
    /// The channel that it makes is in state `initializing` and reports its progress to `request.observer`.
    func call(_ request: OutgoingCall) async -> OutgoingCallResult
}

extension Endpoint {
    /// Most legs ring somebody.
    public var isPassive: Bool { false }
}

/// What came of asking an endpoint for a call.
public enum OutgoingCallResult: Sendable {
    /// A channel that is on its way.
    case session(Session)
    /// The destination stands for another dial string, with variables for its legs (`user/1000` for its contacts).
    case expansion(dialString: String, variables: [(name: String, value: String)])
    /// The call cannot be made.
    case failure(HangupCause)
}

/// A call that is to be made.
public struct OutgoingCall: Sendable {
    /// What follows the endpoint's name and slash.
    public var destination: String
    /// The variables of the new channel: from the dial string's brackets and exported by the caller's channel.
    public var variables: Variables
    /// The caller as the called party shall see it.
    public var profile: CallerProfile
    /// The caller's channel, when there is one.
    public var originator: Session?
    /// The caller profile of that channel, as it is now.
    public var originatorProfile: CallerProfile?
    /// The loop that the new channel shall live on, where the endpoint has a choice.
    public var loop: any Loop
    /// The codecs that the caller's channel uses or was offered, preferred first, as a codec string.
    public var preferredCodecs: String?
    /// What the caller's far end says of its media, as SDP, when they are to go past the switch: the far end of the new
    /// channel is offered that, where the endpoint can do so, and the channel told (``Session/passMedia(for:relaying:)``).
    public var description: String?
    /// Whether the switch hands those media on all the same, as they are (`proxy_media`).
    public var relaysMedia = false
    /// Hears of the new channel's progress.
    public var observer: LegObserver

    /// A call to a destination.
    public init(
        destination: String,
        variables: Variables,
        profile: CallerProfile,
        originator: Session?,
        loop: any Loop,
        preferredCodecs: String?,
        observer: @escaping LegObserver
    ) {
        (self.destination, self.variables, self.profile) = (destination, variables, profile)
        (self.originator, self.loop) = (originator, loop)
        (self.preferredCodecs, self.observer) = (preferredCodecs, observer)
    }
}

/// What the originator of a leg wants to hear of it.
public enum LegReport: Sendable {
    /// The far end rings.
    case ringing
    /// Audio comes before the answer.
    case earlyMedia
    /// Audio before the answer connects the leg from now on.
    case earlyMediaAccepted
    /// The far end answered.
    case answered
    /// The leg only passes the call on: whoever it talks to takes its place.
    case replaced(by: BridgeSuccessor)
    /// The leg was sent elsewhere, and belongs to whoever originated it no more.
    case left
    /// The leg is over.
    case ended(HangupCause)
}

/// Takes a channel from whom it is bridged with now, for another bridge; `nil` when it is gone.
public typealias BridgeSuccessor = @Sendable () async -> Session?

/// Hears of a leg's progress; called on the leg's loop.
public typealias LegObserver = @Sendable (_ leg: Session, _ report: LegReport) -> Void
