import Synchronization

/// A short sound, decoded to mono at one rate.
final class Clip: Sendable {
    let rate: Int
    let samples: [Int16]

    init(rate: Int, samples: [Int16]) {
        (self.rate, self.samples) = (rate, samples)
    }
}

/// Decoded short sounds, so that a prompt that every caller hears is read once.
///
/// When they are too many, the least recently used go first.
final class ClipCache: Sendable {
    struct Key: Hashable, Sendable {
        var path: String
        var rate: Int
        var version: FileVersion
    }

    private struct Entry {
        var clip: Clip
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    private let byteLimit: Int
    private let state = Mutex(State())

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    func clip(for key: Key) -> Clip? {
        state.withLock { state in
            state.clock += 1
            state.entries[key]?.lastUse = state.clock
            return state.entries[key]?.clip
        }
    }

    /// Keeps a clip, unless it is so large that it would push out most others.
    func insert(_ clip: Clip, for key: Key) {
        let size = Self.bytes(clip)
        guard size <= byteLimit / 4 else { return }
        state.withLock { state in
            state.clock += 1
            if let old = state.entries.updateValue(Entry(clip: clip, lastUse: state.clock), forKey: key) {
                state.bytes -= Self.bytes(old.clip)
            }
            state.bytes += size
            while state.bytes > byteLimit, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                state.entries[oldest.key] = nil
                state.bytes -= Self.bytes(oldest.value.clip)
            }
        }
    }

    private static func bytes(_ clip: Clip) -> Int {
        clip.samples.count * 2 + 256
    }
}
