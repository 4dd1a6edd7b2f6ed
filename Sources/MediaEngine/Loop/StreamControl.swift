import Base
import Synchronization

/// What a handle asks of its stream.
enum StreamCommand {
    /// Why a command is not carried out.
    enum Refusal {
        /// The stream is closed.
        case closed
        /// Too many wait.
        case overloaded
    }

    case setHandler(@Sendable (MediaEvent) -> Void)
    case update(MediaParameters)
    case relay(RelayParameters)
    case play(PlaybackID, any AudioSource, PlaybackMode)
    case stopPlayback(PlaybackID)
    case changePlayback(PlaybackID, PlaybackChange)
    case record(RecordingID, any AudioSink, RecordingOptions)
    case stopRecording(RecordingID)
    case setMode(RecordingID, RecordingMode)
    case setLevel(Int32, AudioDirection)
    case detectKeys(Bool)
    case keepKeys(Bool)
    case refuseKeys(Bool)
    case speakKeys(Bool)
    case awaitSilence(SilenceOptions?)
    case silenceProgress(@Sendable (SilenceProgress) -> Void)
    case watchTone(ToneWatchID, ToneOptions)
    case stopWatching(ToneWatchID)
    case setEcho(EchoMode)
    case sendDTMF([UInt8], Duration)
    case setJitter(JitterOptions?)
    case statistics(@Sendable (MediaStatistics) -> Void)
    /// The bridge that the topology wants for this stream has changed.
    case relink
    case close

    /// Tells whoever waits for the command's end that it will not be carried out.
    func refuse(because reason: Refusal, _ control: StreamControl) {
        switch self {
        case .play(let id, let source, _):
            source.close()
            control.tell(.playbackFinished(id, samples: 0, reason == .closed ? .closed : .refused))
        case .record(let id, _, _):
            control.tell(.recordingFinished(id, samples: 0, reason == .closed ? .closed : .refused))
        case .statistics(let reply):
            reply(MediaStatistics())
        case .silenceProgress(let reply):
            reply(SilenceProgress())
        case .relink:
            // Without a loop that would look, the topology would hold both ends for ever.
            control.topology.unbridge(control)
        default:
            break
        }
    }
}

/// The part of a stream that is shared between its handle and its loop: the queue of commands.
///
/// Each stream has a queue of its own and the loop is only told that there is something in it, so that commands keep
/// their order when the stream moves to another loop.
final class StreamControl: Sendable {
    private struct State {
        var owner: MediaLoop
        /// The loop takes the stream in with the first command; until then there is nothing that it could do with it.
        var queue: [StreamCommand] = [.relink]
        /// Whether the owner has been told of the queue.
        var isAnnounced = false
        var isClosed = false
        /// Hears of commands that come too late, when no loop has the stream any more.
        var handler: (@Sendable (MediaEvent) -> Void)?
    }

    let id: UInt64
    let localEndpoint: IPEndpoint?
    /// The SSRC of what the stream sends.
    let ssrc: UInt32
    let topology: StreamTopology
    /// Touched by the owning loop only.
    nonisolated(unsafe) let pointer: StreamPointer
    private let state: Mutex<State>
    private let numbers = Atomic<UInt64>(1)

    /// Commands beyond this wait for nobody: a caller that sends more is out of its mind.
    private static let queueLimit = 256

    init(id: UInt64, endpoint: IPEndpoint?, topology: StreamTopology, pointer: StreamPointer, owner: MediaLoop) {
        (self.id, localEndpoint, self.topology, self.pointer) = (id, endpoint, topology, pointer)
        // No loop has the stream yet.
        ssrc = pointer.pointee.core.outbound.ssrc
        state = Mutex(State(owner: owner))
    }

    deinit {
        // The loop holds the control until the stream is closed: nobody looks at the state any more.
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    func nextNumber() -> UInt64 {
        numbers.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// The loop that the stream lives on.
    var owner: MediaLoop { state.withLock { $0.owner } }

    /// Queues a command, or tells whoever waits for its end that the stream is closed or too much waits already.
    func post(_ command: StreamCommand) {
        let (refusal, toTell): (StreamCommand.Refusal?, MediaLoop?) = state.withLock { state in
            guard !state.isClosed else { return (.closed, nil) }
            switch command {
            case .close: state.isClosed = true
            case .relink: break
            default: guard state.queue.count < Self.queueLimit else { return (.overloaded, nil) }
            }
            if case .setHandler(let handler) = command { state.handler = handler }
            state.queue.append(command)
            guard !state.isAnnounced else { return (nil, nil) }
            state.isAnnounced = true
            return (nil, state.owner)
        }
        toTell?.enqueue(self)
        if let refusal { command.refuse(because: refusal, self) }
    }

    /// Tells of something that happened to the handle and not on the loop.
    func tell(_ event: MediaEvent) {
        state.withLock { $0.handler }?(event)
    }

    /// The next command, if `loop` owns the stream.
    func next(for loop: MediaLoop) -> StreamCommand? {
        state.withLock { state in
            guard state.owner === loop else { return nil }
            guard !state.queue.isEmpty else {
                state.isAnnounced = false
                return nil
            }
            return state.queue.removeFirst()
        }
    }

    /// The stream now belongs to `loop`, which looks into the queue when it arrives there.
    func transfer(to loop: MediaLoop) {
        state.withLock { state in
            state.owner = loop
            state.isAnnounced = true
        }
    }

    /// No more commands are taken; gives those that nobody will carry out.
    func seal() -> [StreamCommand] {
        state.withLock { state in
            state.isClosed = true
            defer { state.queue = [] }
            return state.queue
        }
    }
}
