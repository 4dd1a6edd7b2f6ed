import Logging
import MediaEngine
import SwitchCore
import Synchronization

/// The streams of a switch by name: what is behind `local_stream://`.
final class LocalStreams: SoundScheme {
    private struct State {
        var streams: [String: LocalStream] = [:]
        /// Those that a command ended stay so when the configuration is read again.
        var stopped: Set<String> = []
    }

    /// How many streams there may be.
    static let limit = 10_000
    /// The stream for those who ask for one that there is not.
    private static let common = "default"

    private let audio: AudioLibrary
    private let sounds: String
    private let logger: Logger
    private let told = ToldOnce()
    private let state = Mutex(State())

    /// - Parameter sounds: Where chimes with relative names are.
    init(_ audio: AudioLibrary, sounds: String, logger: Logger) {
        (self.audio, self.sounds, self.logger) = (audio, sounds, logger)
    }

    /// A stream by its full name.
    subscript(_ name: String) -> LocalStream? { state.withLock { $0.streams[name] } }

    /// Every stream, in alphabetical order.
    var all: [LocalStream] {
        state.withLock { state in state.streams.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Listens to a stream: `name/rate` if there is one, else `name`, else the one named `default` in the same way.
    func open(_ name: String, rate: Int) async throws(MediaError) -> any AudioSource {
        if let stream = find(name, rate) { return await stream.sound.listen() }
        guard !name.contains(Self.common), let stream = find(Self.common, rate) else {
            throw .noSuchSound("there is no local stream \"\(name)\"")
        }
        if told.isFirst(name) {
            logger.warning("no such local stream, so the default one is heard", metadata: ["stream": "\(name)"])
        }
        return await stream.sound.listen()
    }

    private func find(_ name: String, _ rate: Int) -> LocalStream? {
        state.withLock { $0.streams["\(name)/\(rate)"] ?? $0.streams[name] }
    }

    /// Lets the streams be those of a configuration, except for those that a command ended.
    func apply(_ all: [StreamSettings]) {
        let wanted = Dictionary(all.map { ($0.name, $0) }) { _, last in last }
        let (gone, stopped) = state.withLock { state in
            let names = Set(state.streams.keys).subtracting(wanted.keys)
            return (names.compactMap { state.streams.removeValue(forKey: $0) }, state.stopped)
        }
        for stream in gone { stream.sound.end() }
        told.forgetAll()
        for (name, settings) in wanted where !stopped.contains(name) && self[name]?.settings != settings {
            start(settings)
        }
    }

    /// Begins a stream, or lets it go on with other settings; false when there are too many.
    @discardableResult
    func start(_ settings: StreamSettings) -> Bool {
        if self[settings.name]?.change(to: settings) == true { return true }
        let stream = LocalStream(settings, audio, sounds: sounds, logger: logger)
        let (previous, isTaken) = state.withLock { state -> (LocalStream?, Bool) in
            guard state.streams.count < Self.limit else { return (nil, false) }
            state.stopped.remove(settings.name)
            return (state.streams.updateValue(stream, forKey: settings.name), true)
        }
        // Those who listen begin again, if what they play is to be repeated.
        previous?.sound.end()
        return isTaken
    }

    /// Ends a stream for everybody; false when there is none of that name.
    func stop(_ name: String) -> Bool {
        let stream = state.withLock { state in
            let stream = state.streams.removeValue(forKey: name)
            if stream != nil { state.stopped.insert(name) }
            return stream
        }
        stream?.sound.end()
        return stream != nil
    }

    /// Ends all of them.
    func stopAll() {
        let streams = state.withLock { state in
            defer { state = State() }
            return state.streams
        }
        for stream in streams.values { stream.sound.end() }
    }
}
