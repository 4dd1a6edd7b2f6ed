public import Base
public import Logging
public import MediaEngine
import Synchronization

/// One channel of a call: a leg to one far end, its variables, its caller profile, and the task that walks it through
/// dialplan and applications.
///
/// A session is an actor that lives on one loop for its whole life. Applications run isolated to it, one after the
/// other, in a structured task that is cancelled when the call ends; what the far end does arrives on the same loop,
/// between two steps of an application. So there is no lock in here, and no thread hop within a call.
public actor Session {
    /// The channel's UUID.
    public nonisolated let id: String
    /// The loop that everything of the channel runs on.
    public nonisolated let loop: any Loop
    /// The switch that the channel belongs to.
    public nonisolated let softswitch: Switch
    /// Who began the call, seen from the switch.
    public nonisolated let direction: CallDirection
    /// A number for logs and `session_id`.
    public nonisolated let number: UInt64
    /// Logs with the channel's UUID.
    public nonisolated var logger: Logger { loggerBox.withLock { $0 } }
    private nonisolated let loggerBox: Mutex<Logger>

    /// The executor is the channel's loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// The channel's variables.
    public var variables = Variables() {
        didSet { noteChange() }
    }
    /// Who calls whom; replaced by each transfer.
    public var profile: CallerProfile {
        didSet { noteChange() }
    }
    /// The caller profiles before the present one, oldest first.
    public internal(set) var earlierProfiles: [CallerProfile] = []
    /// The technology's side of the channel.
    public internal(set) var leg: (any Leg)?
    /// The audio stream, once there is one.
    public internal(set) var media: MediaStream?
    /// Whether the far end exchanges its media with somebody else's, or shall, so that there is no audio here.
    public internal(set) var passesMedia = false
    /// Whether those media come through the switch all the same, as they are: nobody looks into them (`proxy_media`).
    public internal(set) var relaysMedia = false
    /// The channel whose far end that is.
    var passesMediaFor: String?
    /// Whether the media are moving past the switch, or back.
    var movesMedia = false
    /// Whether the media go past the switch again when a hold is over.
    var resumesBypass = false
    /// The format of the audio, once it is settled.
    public internal(set) var codec: MediaCodec? {
        didSet { noteChange() }
    }
    /// Where the channel is in its life.
    public internal(set) var state = ChannelState.new {
        didSet { noteChange() }
    }
    /// What the call's user would say that it is doing.
    public internal(set) var callState = CallState.down {
        didSet {
            noteChange()
            if callState != oldValue { publishCallState(after: oldValue) }
        }
    }
    /// Whether the call was answered.
    public internal(set) var isAnswered = false
    /// Whether audio flows, or could, before the answer.
    public internal(set) var hasEarlyMedia = false
    /// Whether the far end was told that the call rings.
    public internal(set) var isRinging = false
    /// Why the channel ended; `nil` while it lives.
    public internal(set) var hangupCause: HangupCause?
    /// The extension being executed, for CDRs and `show`.
    public internal(set) var currentRoute: DialplanRoute?
    /// Keys for whoever is bridged with the channel next.
    var queuedKeys: QueuedKeys?
    /// Keys that the far end pressed and nobody has taken yet, oldest first.
    public internal(set) var digits: [Character] = []
    /// The partner in a bridge.
    public internal(set) var partner: Session? {
        didSet {
            noteChange()
            if (partner == nil) != (oldValue == nil) { updateRecordings() }
            if partner !== oldValue { stopHoldMusic() }
            if partner != nil { joining = nil }
        }
    }
    /// Who the channel talks or talked to, for the `Other-Leg-…` headers.
    @Outlined var otherLeg: OtherLeg?
    /// Whether all its events carry its variables (`verbose_events`), and not only those that do in any case.
    public var isVerbose = false
    /// Another name by which it is found (`origination_external_id`).
    var externalID: String?
    /// What happened on the channel, for the reports when it has ended.
    public internal(set) var history = CallHistory()

    /// Hear of the channel's keys before applications do.
    public internal(set) var keyListeners: [any KeyListener] = []
    /// Hear of the keys of whoever the channel bridges itself with.
    public internal(set) var partnerKeyListeners: [any KeyListener] = []
    /// The partner's ``partnerKeyListeners``, while the bridge lasts.
    var lentKeyListeners: [any KeyListener] = []
    var stateObservers: [StateWatch] = []
    /// Hears of the channel's progress while somebody originates it.
    var observer: LegObserver?
    /// What others asked of the channel and it has not begun to do.
    var messages = SessionMessageQueue()
    /// Told once the channel is over.
    var endHandlers: [EndWatch] = []
    /// The number of the last that looks on or is told.
    var nextWatch: UInt64 = 0
    var waiters: [Waiter] = []
    var nextWaiter: UInt64 = 0
    var mainTask: Task<Void, Never>?
    var stateTask: Task<Void, Never>?
    /// The numbers of the channel that takes this one over, or has, and of the one that this one is taking over.
    var taker: UInt64?
    var taking: UInt64?
    /// The playbacks and recordings that somebody waits for.
    var playbacks: [PlaybackID: SoundProgress] = [:]
    var recordings: [RecordingID: RecordingProgress] = [:]
    /// How often the silence that somebody waits for was there.
    var silences = 0
    /// The tones that are or were listened for, by key.
    var tones: [String: ToneDetection] = [:]
    /// What is done when the tones are heard that the switch itself listens for.
    var toneHandlers: [ToneWatchID: ToneHandler] = [:]
    /// How loud each direction is.
    var audioShapes: [AudioDirection: AudioShape] = [:]
    var audioIsPaused = false
    /// Whose socket has the channel's audio.
    var unicast: MediaStream?
    /// Whether no keys come and go.
    var blocksKeys = false
    /// Whether keys go to the far end as tones.
    var speaksKeys = false
    /// The keys that wait to be told to the far end beside its audio, and until when they wait.
    var signalledKeys = SignalledKeys()
    var keyTimer: (any LoopTimer)?
    /// How the far end's audio is delayed, where it is.
    var jitter: JitterOptions?
    /// Whom the channel talks to when its bridge ends, because the partner has called him for that.
    var nextPartner: Session?
    /// What is recorded beside what the channel does, by path.
    var callRecordings: [String: CallRecording] = [:]
    /// What is heard in the place of what is said, by name.
    var displacements: [String: RunningDisplacement] = [:]
    var nextDisplacement: UInt64 = 0
    /// The scheduler's number of the channel's heartbeat.
    var heartbeat: UInt32?
    var pendingRoute: DialplanRoute?
    /// Whether what is left of the extension at the end of the call is run, as far as it may be (`set_zombie_exec`).
    var runsAfterEnd = false
    /// What was left.
    var leftActions: [DialplanAction] = []
    /// What the channel does next in the place of what it did.
    var pendingWork: Work?
    /// The request by which the channel is on its way to another one.
    var joining: BridgeRequests.Pair? {
        didSet { if let oldValue { softswitch.bridgeRequests.end(oldValue) } }
    }
    /// The sounds, recordings and pauses that are going on, the latest last.
    var breakables: [Breakable] = []
    /// How loud the sounds are that the channel plays, where that was changed: −4…4.
    var soundLevels: [PlaybackID: Int] = [:]
    var nextPause: UInt64 = 0
    var executionDepth = 0
    var scopeVariables: [(name: String, value: String)] = []
    /// Plays the ringback that the caller hears while others ring.
    var ringbackTask: Task<Void, Never>?
    /// What the partner hears while it has to wait.
    var holdMusic: HoldMusic?
    /// Whether the far end was put on hold by us.
    var holdsFarEnd = false
    /// How many things the channel does while the partner waits.
    var errandsOfPartner = 0
    /// What the partner hears during an errand, if not what this channel's variables say.
    var errandMusic: HoldMusic.Choice?
    /// The leg whose early media the caller hears.
    var heardLeg: String?
    /// The hooks that run, one after the other.
    var hookTask: Task<Void, Never>?
    /// Whether a hook runs because the channel is sent elsewhere, which is to be over before the dialplan is asked.
    var hasTransferHook = false
    /// Which audio the log tells of, and what writes that.
    var tracedDirections: Set<AudioDirection> = []
    var mediaTrace: Task<Void, Never>?
    /// Whether the far end had put the call on hold when it ended.
    var endedOnHold = false
    /// The technology of the caller that this called leg is bridged with.
    var callerTechnology = ""
    /// Whether it is this channel's task that keeps the bridge with the partner.
    public internal(set) var ownsBridge = false
    /// How often something was told of whom the channel speaks for.
    var presenceCount: UInt32 = 0
    /// The number of the partner that goes on when this channel leaves the bridge: both are being sent elsewhere.
    var sparedPartner: UInt64?
    /// Whether the channel is counted in the switch's table.
    var isRegistered = false
    /// Whether whoever keeps a copy of the channel's row has been told that it changed, and has not looked since.
    var isNoted = false

    /// How many keys wait for an application at most; more are dropped.
    public static let digitLimit = 256

    /// A channel; the endpoint gives it a leg and then begins it.
    public init(
        softswitch: Switch,
        loop: any Loop,
        direction: CallDirection,
        profile: CallerProfile,
        id: String? = nil
    ) {
        let id = id ?? softswitch.makeUUID()
        (self.id, self.loop, self.softswitch, self.direction) = (id, loop, softswitch, direction)
        number = softswitch.sessions.nextNumber()
        var logger = softswitch.logger
        logger[metadataKey: "uuid"] = .string(id)
        loggerBox = Mutex(logger)
        var profile = profile
        profile.uuid = id
        let now = softswitch.wallClock()
        profile.times.created = now
        profile.times.profileCreated = now
        self.profile = profile
    }

    /// Gives the channel its leg; once, before it begins.
    public func attach(leg: any Leg) {
        self.leg = leg
    }

    /// Limits what the log has of this channel (`uuid_loglevel`).
    public nonisolated func limitLog(to level: Logger.Level) {
        loggerBox.withLock { $0.logLevel = level }
    }

    /// The channel's name: `sofia/internal/1000@example.org`.
    public var name: String { profile.channelName }

    /// Whether the channel has been hung up.
    public var isOver: Bool { hangupCause != nil }
}
