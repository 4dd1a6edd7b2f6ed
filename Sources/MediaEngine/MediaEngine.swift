public import Base
import CMedia
import Synchronization

/// The media side of the switch: opens RTP streams on a pool of ports and moves their packets on loops of its own.
///
/// ```
/// let engine = try MediaEngine(configuration: MediaEngineConfiguration())
/// let first = try engine.openStream(on: address)
/// let second = try engine.openStream(on: address, near: first)
/// first.update(…); second.update(…)      // after each offer and answer
/// first.bridge(to: second)
/// ```
public final class MediaEngine: Sendable {
    private struct State {
        var nextID: UInt64 = 1
        var isShutDown = false
    }

    /// Opens sound files, tones and recordings.
    public let audio: AudioLibrary
    let loops: [MediaLoop]
    private let configuration: MediaEngineConfiguration
    private let ports: PortAllocator
    private let topology = StreamTopology()
    private let state = Mutex(State())

    /// Starts the loops.
    public init(configuration: MediaEngineConfiguration) throws(MediaError) {
        guard configuration.ports.count >= 2, configuration.ports.lowerBound > 0 else {
            throw .invalidConfiguration("the RTP port range has no pair of ports")
        }
        cmedia_raise_descriptor_limit()
        let ports = PortAllocator(ports: configuration.ports, drainTime: configuration.drainTime)
        let count = configuration.loops > 0 ? min(configuration.loops, 256) : max(Int(cmedia_processors()), 1)
        var loops: [MediaLoop] = []
        for _ in 0..<count {
            guard let loop = MediaLoop(configuration, ports: ports) else {
                throw .invalidConfiguration("the system refuses another epoll")
            }
            loops.append(loop)
        }
        (self.configuration, self.ports, self.loops) = (configuration, ports, loops)
        audio = AudioLibrary(threads: configuration.fileThreads, cacheBytes: configuration.clipCacheBytes)
        for (number, loop) in loops.enumerated() { loop.start(number: number) }
    }

    /// How many streams are open.
    public var streamCount: Int { loops.reduce(0) { $0 + $1.load } }

    /// What each loop has moved and how it fares, in the order of the loops.
    public func figures() async -> [MediaLoopFigures] {
        var all: [MediaLoopFigures] = []
        for loop in loops {
            all.append(
                await withCheckedContinuation { continuation in loop.ask { continuation.resume(returning: $0) } }
            )
        }
        return all
    }

    /// How many pairs of ports are in use.
    public var portCounts: MediaPorts { ports.counts }

    /// The `pthread_t` of each loop that runs, so that a test can watch what they do.
    package var threads: [UInt64] { loops.map(\.threadNumber).filter { $0 != 0 } }

    /// Opens a stream: RTP on an even port of the pool, RTCP on the one after it.
    ///
    /// `near` names a stream that it will probably be bridged with: they share a loop from the beginning.
    public func openStream(on address: IPAddress, near: MediaStream? = nil) throws(MediaError) -> MediaStream {
        let id = try reserve()
        let pair = try ports.open(on: address)
        let pointer = Self.allocate(id)
        (pointer.pointee.rtp, pointer.pointee.rtcp) = (pair.rtp, pair.rtcp)
        pointer.pointee.port = pair.endpoint.port
        return open(pointer, pair.endpoint, on: near?.control.owner ?? quietestLoop())
    }

    /// Opens a stream whose datagrams hold audio and nothing else.
    public func openBareStream(_ audio: BareAudio, near: MediaStream? = nil) throws(MediaError) -> MediaStream {
        let id = try reserve()
        let (socket, local) = try PortAllocator.open(at: audio.local)
        let pointer = Self.allocate(id)
        pointer.pointee.rtp = socket
        pointer.pointee.bare = BareFraming(audio.codec, payloadType: 0)
        let stream = open(pointer, local, on: near?.control.owner ?? quietestLoop())
        var parameters = MediaParameters(codec: audio.codec, payloadType: 0, remote: audio.remote)
        (parameters.learnsRemote, parameters.reportInterval) = (false, nil)
        stream.update(parameters)
        return stream
    }

    /// Opens two streams without sockets: what is sent to one is received by the other.
    public func openVirtualPair() throws(MediaError) -> (MediaStream, MediaStream) {
        let (firstID, secondID) = (try reserve(), try reserve())
        let (first, second) = (Self.allocate(firstID), Self.allocate(secondID))
        (first.pointee.twin, second.pointee.twin) = (second, first)
        let loop = quietestLoop()
        return (open(first, nil, on: loop), open(second, nil, on: loop))
    }

    /// Closes all streams and ends the loops; the engine is of no use afterwards.
    public func shutdown() async {
        state.withLock { $0.isShutDown = true }
        for loop in loops {
            await withCheckedContinuation { continuation in
                loop.stop { continuation.resume() }
            }
        }
        audio.shutdown()
    }

    private func reserve() throws(MediaError) -> UInt64 {
        let count = streamCount
        let id: UInt64? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            state.nextID += 1
            return state.nextID
        }
        guard let id else { throw .shutDown }
        guard count < configuration.maximumStreams else { throw .tooManyStreams }
        return id
    }

    private static func allocate(_ id: UInt64) -> StreamPointer {
        let pointer = StreamPointer.allocate(capacity: 1)
        pointer.initialize(to: StreamState(id: id))
        return pointer
    }

    private func open(_ pointer: StreamPointer, _ endpoint: IPEndpoint?, on loop: MediaLoop) -> MediaStream {
        let control = StreamControl(
            id: pointer.pointee.id,
            endpoint: endpoint,
            topology: topology,
            pointer: pointer,
            owner: loop
        )
        loop.addLoad(1)
        pointer.pointee.control = Unmanaged.passRetained(control)
        return MediaStream(control)
    }

    private func quietestLoop() -> MediaLoop {
        var best = loops[0]
        for loop in loops.dropFirst() where loop.load < best.load { best = loop }
        return best
    }
}
