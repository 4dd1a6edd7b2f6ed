import Glibc
import Logging
import MediaEngine
import Synchronization

/// What is heard on a stream, without end: its sounds, chimes between, and where there is nothing, its tune or silence.
// @unchecked: one thread at a time asks for parts; what others ask for is in the locked state.
final class StreamFeed: SoundFeed, @unchecked Sendable {
    /// What has been asked for and not been done.
    private struct Wishes {
        var settings: StreamSettings?
        var volume: Int?
        var skips = false
    }

    /// So many sounds are tried for one part; a directory full of something else must not keep the thread.
    private static let attempts = 16
    private static let toldLimit = 1000

    private let sounds: String
    private let logger: Logger
    private let wishes = Mutex(Wishes())
    private var settings: StreamSettings
    private var playlist: Playlist
    private var piece: (any SoundFeed)?
    private var chimes: ChimeSchedule
    private var chime: (any SoundFeed)?
    /// What could not be opened, so that it is told once.
    private var told: Set<String> = []

    /// - Parameter sounds: Where chimes with relative names are.
    init(_ settings: StreamSettings, sounds: String, logger: Logger) {
        (self.settings, self.sounds, self.logger) = (settings, sounds, logger)
        playlist = Playlist(settings.location, isShuffled: settings.isShuffled)
        chimes = ChimeSchedule(settings.chimes, rate: settings.rate)
    }

    /// Other settings, of the same rate, from the next part on.
    func change(to settings: StreamSettings) {
        wishes.withLock { $0.settings = settings }
    }

    /// Another volume, from the next part on.
    func change(volume: Int) {
        wishes.withLock { $0.volume = volume }
    }

    /// The next sound begins with the next part.
    func skip() {
        wishes.withLock { $0.skips = true }
    }

    func next() -> [Int16] {
        takeWishes()
        if let part = nextOfChime() { return part }
        for _ in 0..<Self.attempts {
            if let part = piece?.next(), !part.isEmpty {
                chimes.passed(part.count)
                return scaled(part)
            }
            piece = nextPiece()
        }
        // Half a second later there may be something.
        return [Int16](repeating: 0, count: settings.rate / 2)
    }

    private func takeWishes() {
        let wishes = wishes.withLock { wishes in
            defer { wishes = Wishes() }
            return wishes
        }
        if let new = wishes.settings {
            settings = new
            playlist = Playlist(new.location, isShuffled: new.isShuffled)
            chimes = ChimeSchedule(new.chimes, rate: new.rate)
            told = []
        }
        if let volume = wishes.volume { settings.volume = volume }
        if wishes.skips || wishes.settings != nil { (piece, chime) = (nil, nil) }
    }

    /// The samples as loud as the stream is; chimes stay as they are.
    private func scaled(_ part: [Int16]) -> [Int16] {
        guard settings.volume != 0 else { return part }
        let isSilent = settings.volume <= StreamSettings.volumes.lowerBound
        let factor = isSilent ? 0 : pow(10, Double(settings.volume) / 20)
        return part.map { Int16(clamping: Int((Double($0) * factor).rounded())) }
    }

    private func nextPiece() -> (any SoundFeed)? {
        guard let name = playlist.next() else { return settings.tune.flatMap { ToneFeed($0, rate: settings.rate) } }
        return open(name)
    }

    private func nextOfChime() -> [Int16]? {
        if chime == nil, let name = chimes.takeDue() { chime = open(name.hasPrefix("/") ? name : "\(sounds)/\(name)") }
        guard let part = chime?.next() else { return nil }
        let heard = chimes.heard(part.count)
        if heard == 0 { chime = nil }
        return heard > 0 ? Array(part.prefix(heard)) : nil
    }

    private func open(_ name: String) -> (any SoundFeed)? {
        do throws(MediaError) {
            return try SoundReader(name, rate: settings.rate)
        } catch {
            if told.count < Self.toldLimit, told.insert(name).inserted {
                logger.error("cannot be heard: \(error)", metadata: ["stream": "\(settings.name)", "sound": "\(name)"])
            }
            return nil
        }
    }
}

/// When which chime breaks in, by the samples that were heard.
struct ChimeSchedule {
    private let files: [String]
    private let pause: Int
    private let longest: Int
    private var index = 0
    private var untilNext: Int
    private var leftOfChime = 0

    init(_ chimes: StreamSettings.Chimes, rate: Int) {
        files = chimes.files
        pause = chimes.pause * rate
        longest = chimes.longest.map { $0 * rate } ?? .max
        untilNext = pause
    }

    /// So many samples of something else were heard.
    mutating func passed(_ samples: Int) {
        untilNext = max(untilNext - samples, 0)
    }

    /// The chime whose turn it is, if it is time for one.
    mutating func takeDue() -> String? {
        guard untilNext == 0, !files.isEmpty else { return nil }
        defer { index = (index + 1) % files.count }
        (untilNext, leftOfChime) = (pause, longest)
        return files[index]
    }

    /// So many samples of the chime come next; gives how many of them are heard, none at its end.
    mutating func heard(_ samples: Int) -> Int {
        let count = min(samples, leftOfChime)
        leftOfChime -= count
        return count
    }
}
