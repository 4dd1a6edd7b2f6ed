/// Something that others ask of a channel: the channel does it itself, in order, when it next waits.
public struct SessionMessage: Sendable {
    /// What is asked.
    public enum Command: Sendable {
        /// Runs an application.
        case execute(application: String, data: String)
        /// Ends the channel.
        case hangUp(HangupCause)
        /// Takes the media of a bridge past the switch: that of the channel with this UUID.
        case bypassMedia(String)
        /// Lets somebody's socket have the channel's audio.
        case unicast(UnicastRequest)
        /// Leaves what the channel does for another list of applications.
        case divert(DialplanRoute)
    }

    /// What is asked.
    public var command: Command
    /// What the execution is known by in events.
    public var identity: ExecutionIdentity?
    /// How often the application runs; a negative number repeats it until the channel moves on.
    public var loops = 1
    /// Whether nothing else that is asked begins before this is done (`event-lock`).
    public var isLocked = false
    /// Whether it goes before those that are not (`event-lock-pri`).
    public var hasPriority = false
    /// Whether the partner hears music meanwhile (`hold-bleg`).
    public var holdsPartner = false
    /// How many packets of 20 ms pass before it begins (`lead-frames`).
    public var leadFrames = 0
    /// Told when it is done, or will not be.
    public var completion: (@Sendable () -> Void)?

    /// A request with the usual settings.
    public init(_ command: Command) {
        self.command = command
    }
}

/// A channel's messages that wait to be done, oldest first.
struct SessionMessageQueue {
    /// How many wait at most; more are refused.
    static let limit = 1000
    /// How many may be done inside one another.
    static let depthLimit = 32

    private var waiting: [SessionMessage] = []
    private var locks = 0
    private var depth = 0

    /// Whether one may begin now.
    var hasNext: Bool { !waiting.isEmpty && locks == 0 && depth < Self.depthLimit }

    /// Puts one in; false when there are too many.
    mutating func add(_ message: SessionMessage) -> Bool {
        guard waiting.count < Self.limit else { return false }
        let place = message.hasPriority ? waiting.firstIndex { !$0.hasPriority } : nil
        waiting.insert(message, at: place ?? waiting.endIndex)
        return true
    }

    /// Takes out the one that may begin now; ``ended(_:)`` must follow.
    mutating func next() -> SessionMessage? {
        guard hasNext else { return nil }
        let message = waiting.removeFirst()
        depth += 1
        if message.isLocked { locks += 1 }
        return message
    }

    mutating func ended(_ message: SessionMessage) {
        depth -= 1
        if message.isLocked { locks -= 1 }
    }

    mutating func removeAll() -> [SessionMessage] {
        defer { waiting = [] }
        return waiting
    }
}
