import Base
import Synchronization

/// What a handle asks of its stream.
enum StreamCommand {
    case setHandler(@Sendable (MediaEvent) -> Void)
    case update(MediaParameters)
    case play(PlaybackID, any AudioSource, PlaybackMode)
    case stopPlayback(PlaybackID)
    case record(RecordingID, any AudioSink, RecordingOptions)
    case stopRecording(RecordingID)
    case detectKeys(Bool)
    case awaitSilence(SilenceOptions?)
    case setEcho(EchoMode)
    case sendDTMF([UInt8], Duration)
    case statistics(@Sendable (MediaStatistics) -> Void)
    /// The bridge that the topology wants for this stream has changed.
    case relink
    case close
}

/// The part of a stream that is shared between its handle and its loop: the queue of commands.
///
/// Each stream has a queue of its own and the loop is only told that there is something in it, so that commands keep
/// their order when the stream moves to another loop.
final class StreamControl: Sendable {
    private struct State {
        var owner: MediaLoop
        var queue: [StreamCommand] = []
        /// Whether the owner has been told of the queue.
        var isAnnounced = false
        var isClosed = false
    }

    let id: UInt64
    let localEndpoint: IPEndpoint?
    let topology: StreamTopology
    /// Touched by the owning loop only.
    nonisolated(unsafe) let pointer: StreamPointer
    private let state: Mutex<State>
    private let numbers = Atomic<UInt64>(1)

    /// Commands beyond this wait for nobody: a caller that sends more is out of its mind.
    private static let queueLimit = 256

    init(id: UInt64, endpoint: IPEndpoint?, topology: StreamTopology, pointer: StreamPointer, owner: MediaLoop) {
        (self.id, localEndpoint, self.topology, self.pointer) = (id, endpoint, topology, pointer)
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

    /// Queues a command; false when the stream is closed or too much waits already.
    @discardableResult
    func post(_ command: StreamCommand) -> Bool {
        let (isAccepted, toTell): (Bool, MediaLoop?) = state.withLock { state in
            guard !state.isClosed else { return (false, nil) }
            switch command {
            case .close: state.isClosed = true
            case .relink: break
            default: guard state.queue.count < Self.queueLimit else { return (false, nil) }
            }
            state.queue.append(command)
            guard !state.isAnnounced else { return (true, nil) }
            state.isAnnounced = true
            return (true, state.owner)
        }
        toTell?.enqueue(self)
        return isAccepted
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
