import Logging
import MediaEngine
import Synchronization

/// A stream that goes on, and what it was made of.
final class LocalStream: Sendable {
    let sound: SharedSound
    private let feed: StreamFeed
    private let current: Mutex<StreamSettings>

    init(_ settings: StreamSettings, _ audio: AudioLibrary, sounds: String, logger: Logger) {
        feed = StreamFeed(settings, sounds: sounds, logger: logger)
        sound = audio.share(feed, rate: settings.rate)
        current = Mutex(settings)
    }

    var settings: StreamSettings { current.withLock { $0 } }

    /// Goes on with other settings, for whoever listens already too; false when the rate is another one.
    func change(to settings: StreamSettings) -> Bool {
        let isSameRate = current.withLock { current in
            guard current.rate == settings.rate else { return false }
            current = settings
            return true
        }
        guard isSameRate else { return false }
        feed.change(to: settings)
        sound.skip()
        return true
    }

    /// Makes it louder or quieter by so many decibels, until it is configured anew.
    func change(volume: Int) {
        current.withLock { $0.volume = volume }
        feed.change(volume: volume)
    }

    /// Goes on with the next sound.
    func skip() {
        feed.skip()
        sound.skip()
    }
}
