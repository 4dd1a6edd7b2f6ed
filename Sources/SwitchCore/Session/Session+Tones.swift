import Base
import Logging
import MediaEngine

/// A tone that a channel was asked to listen for, whether it does so at the moment or not.
struct ToneDetection {
    var request: ToneRequest
    let tone: ToneOptions
    let began: MonotonicInstant
    /// While it is listened for.
    var watch: ToneWatchID?
    /// Ends that.
    var timer: (any LoopTimer)?
}

/// Listening for tones: `tone_detect`.
extension Session {
    /// How many tones a channel may be asked to listen for.
    static let toneLimit = 16

    /// Listens for the tone that words name (see ``ToneRequest``).
    ///
    /// - Throws: ``ApplicationError`` for what makes no sense, or when there is no audio.
    public func detectTone(words: [String]) throws {
        let second = softswitch.wallClock() / 1_000_000
        try detectTone(ToneRequest(words, second: second) { variable($0) })
    }

    /// Listens for a tone from now on, or again for one that was asked for before.
    ///
    /// - Throws: ``ApplicationError`` when there is no audio, or no such tone.
    public func detectTone(_ request: ToneRequest) throws {
        guard !isOver, let media else { throw ApplicationError("there is no audio to listen to") }
        let name = request.key.lowercased()
        if let known = tones[name] {
            stopListening(for: name)
            tones[name]?.watch = media.watch(for: known.tone)
            publishListener(.mediaBugStart, "tone_detect", request.key)
            return
        }
        guard let tone = request.tone else { throw ApplicationError("tone_detect needs the tone's frequencies") }
        guard tones.count < Self.toneLimit else { throw ApplicationError("too many tones are listened for") }
        var detection = ToneDetection(request: request, tone: tone, began: loop.now)
        detection.watch = media.watch(for: tone)
        detection.timer = request.limit.map { limit in
            loop.schedule(at: loop.now + limit) { [weak self] in self?.assumeIsolated { $0.stopListening(for: name) } }
        }
        tones[name] = detection
        publishListener(.mediaBugStart, "tone_detect", request.key)
    }

    /// Listens for no tone any more, and forgets them; false when there was none.
    @discardableResult
    public func stopDetectingTones() -> Bool {
        for name in tones.keys { stopListening(for: name) }
        defer { tones = [:] }
        return !tones.isEmpty
    }

    private func stopListening(for name: String) {
        if let detection = tones[name], let watch = detection.watch {
            media?.stopWatching(watch)
            publishListener(.mediaBugStop, "tone_detect", detection.request.key)
        }
        tones[name]?.timer?.cancel()
        tones[name]?.watch = nil
        tones[name]?.timer = nil
    }

    /// Does something on the channel when a tone was heard.
    typealias ToneHandler = @Sendable (isolated Session) -> Void

    /// Listens for a tone, beside those that somebody asked for, until it is heard; nothing without audio.
    func listen(for tone: ToneOptions, _ heard: @escaping ToneHandler) {
        guard !isOver, let media, toneHandlers.count < Self.toneLimit else { return }
        toneHandlers[media.watch(for: tone)] = heard
    }

    /// Listens for those tones no longer.
    func stopListening() {
        for watch in toneHandlers.keys { media?.stopWatching(watch) }
        toneHandlers = [:]
    }

    /// A tone was heard as often as was asked for.
    func heardTone(_ watch: ToneWatchID) {
        if let heard = toneHandlers.removeValue(forKey: watch) { return heard(self) }
        guard let (name, detection) = tones.first(where: { $0.value.watch == watch }) else { return }
        stopListening(for: name)
        let request = detection.request
        let milliseconds = (loop.now - detection.began).wholeMilliseconds
        setVariable("tone_detect_\(request.key)_total_time", String(milliseconds))
        logger.debug("tone heard", metadata: ["tone": "\(request.key)"])
        startHooks(.toneDetect)
        if let action = request.application { broadcast(action.application, action.data) }
        if request.endsAll { stopDetectingTones() }
        softswitch.events.publish(.detectedTone) {
            var event = makeEvent(.detectedTone)
            event.add("Detected-Tone", request.key)
            return event
        }
    }
}
