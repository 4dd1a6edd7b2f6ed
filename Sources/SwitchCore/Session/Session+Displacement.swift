import Base
import Logging
public import MediaEngine

/// How a sound takes the place of what is said in a call.
public struct Displacement: Sendable {
    /// Who hears it.
    public enum Hearer: Sendable {
        /// The channel's far end.
        case own
        /// The partner in the bridge.
        case partner
        /// Both.
        case both
    }

    /// Who hears it.
    public var hearer = Hearer.own
    /// How it gets along with what is heard else: beside it, in its place, or only while there is nothing else.
    public var mode = PlaybackMode.instead
    /// Whether it begins again at its end.
    public var repeats = false
    /// The longest time that it is heard.
    public var limit: Duration?

    /// For the channel's own far end, once, in the place of what is said.
    public init() {}

    /// What flags say: `m` beside what is said, `l` again and again, `r` and `w` for whom.
    public init(flags: String, limit: Duration? = nil) {
        if flags.contains("m") { mode = .mixed }
        repeats = flags.contains("l")
        // "r" replaces what the channel says, so its partner hears it.
        hearer = !flags.contains("r") ? .own : flags.contains("w") ? .both : .partner
        self.limit = limit
    }
}

/// A displacement that goes on: one playback for each hearer.
struct RunningDisplacement {
    let number: UInt64
    let tasks: [Task<Void, Never>]
}

/// Sounds in the place of what is said: `displace_session`, `uuid_displace`.
extension Session {
    /// How many go on at the same time at most.
    static let displacementLimit = 8

    /// Lets a sound be heard from now on, beside whatever the channel does.
    ///
    /// - Throws: ``ApplicationError`` when there is no audio, no such sound, or it is heard already.
    public func displace(with name: String, _ displacement: Displacement) async throws {
        try checkDisplacement(with: name)
        let hearers: [Session?] =
            switch displacement.hearer {
            case .own: [self]
            case .partner: [partner]
            case .both: [self, partner]
            }
        guard !hearers.contains(where: { $0 == nil }) else { throw ApplicationError("nobody is there to hear \(name)") }
        let sounds = try await sounds(name, for: hearers.compactMap(\.self))
        do {
            try checkDisplacement(with: name)
        } catch {
            for sound in sounds { sound.source.close() }
            throw error
        }
        let tasks = sounds.map { hearer, source in
            Task(executorPreference: hearer.loop) {
                await Session.$runningChannel.withValue(nil) {
                    await hearer.playAside(name, displacement, beginningWith: source)
                }
            }
        }
        nextDisplacement += 1
        let number = nextDisplacement
        displacements[name] = RunningDisplacement(number: number, tasks: tasks)
        publishListener(.mediaBugStart, "displace", name)
        Task(executorPreference: loop) {
            for task in tasks { await task.value }
            await self.displacementEnded(name, number)
        }
    }

    private func checkDisplacement(with name: String) throws {
        guard !isOver, media != nil else { throw ApplicationError("there is no audio to displace") }
        guard displacements[name] == nil else { throw ApplicationError("\(name) is heard already") }
        guard displacements.count < Self.displacementLimit else { throw ApplicationError("too many sounds at once") }
    }

    /// Opens a sound for each who is to hear it, so that whoever asked learns when there is none.
    private func sounds(
        _ name: String,
        for hearers: [Session]
    ) async throws -> [(hearer: Session, source: any AudioSource)] {
        var sounds: [(hearer: Session, source: any AudioSource)] = []
        do {
            for hearer in hearers { sounds.append((hearer, try await hearer.openSound(name))) }
        } catch {
            for sound in sounds { sound.source.close() }
            throw error
        }
        return sounds
    }

    private func displacementEnded(_ name: String, _ number: UInt64) {
        guard displacements[name]?.number == number else { return }
        displacements[name] = nil
        publishListener(.mediaBugStop, "displace", name)
    }

    /// Ends a sound; false when it is not heard.
    @discardableResult
    public func stopDisplacing(_ name: String) -> Bool {
        guard let displacement = displacements.removeValue(forKey: name) else { return false }
        for task in displacement.tasks { task.cancel() }
        publishListener(.mediaBugStop, "displace", name)
        return true
    }

    /// Ends all of them, because the call is over.
    func endDisplacements() {
        for name in displacements.keys { stopDisplacing(name) }
    }

    func playAside(
        _ name: String,
        _ displacement: Displacement,
        beginningWith first: (any AudioSource)? = nil
    ) async {
        let deadline = displacement.limit.map { loop.now + $0 }
        var opened = first
        do {
            repeat {
                let source: any AudioSource
                if let first = opened { source = first } else { source = try await openSound(name) }
                opened = nil
                guard let media, !isOver, !Task.isCancelled else { return source.close() }
                let left = deadline.map { max($0 - loop.now, .zero) }
                softswitch.toldOnce.forget(name)
                // What has no sample would begin again without end.
                guard let samples = try await play(source, displacement.mode, on: media, atMost: left), samples > 0
                else { return }
            } while displacement.repeats
        } catch is CancellationError {
            // Nobody is to hear it any more.
        } catch {
            // Music that is missing is missing at every hold.
            guard displacement.mode != .beneath || softswitch.toldOnce.isFirst(name) else { return }
            logger.error("\(error)", metadata: ["sound": "\(name)"])
        }
    }
}
