import Base
import Logging
import MediaEngine

/// Waiting for somebody who is busy: `campon=true` before `bridge`.
extension Session {
    private struct CampOnSettings {
        var attempts: Int
        var pause: Duration
        var timeout: Duration
        var stopKey: Character?
        var announcement: String?
        var music: String?

        init(_ variables: Variables, holdMusic: String?) {
            let positive = { (name: String) in
                variables[name].flatMap { Int($0) }.flatMap { $0 > 0 ? min($0, Self.limit) : nil }
            }
            attempts = positive("campon_retries") ?? 100
            pause = .seconds(positive("campon_sleep") ?? 10)
            timeout = .seconds(positive("campon_timeout") ?? 10)
            stopKey = variables["campon_stop_key"]?.first
            announcement = SoundChoice(variables["campon_announce_sound"]).name
            music = SoundChoice(variables["campon_hold_music"] ?? holdMusic).name
        }

        private static let limit = 86_400
    }

    /// Answers the caller, plays music, and tries the dial string until somebody answers or it was enough.
    func campOn(_ dialString: String) async throws {
        let settings = CampOnSettings(variables, holdMusic: holdMusicName)
        try await answerWithMedia()
        for attempt in 1...settings.attempts {
            let outcome = await campOnce(dialString, settings)
            if Task.isCancelled || isOver {
                if case .connected(let leg) = outcome { await leg.lose(.originatorCancel) }
                throw CancellationError()
            }
            if case .connected(let other) = outcome {
                stopRingback()
                return try await bridge(with: other)
            }
            guard attempt < settings.attempts else { break }
            startMusic(settings)
            let isEnough = try await wait(timeout: settings.pause) { session in
                settings.stopKey.map { session.digits.contains($0) } ?? false
            }
            if isEnough { break }
        }
        stopRingback()
        if let destination = variables["campon_fallback_exten"] {
            transfer(
                to: destination,
                dialplan: variables["campon_fallback_dialplan"],
                context: variables["campon_fallback_context"]
            )
        } else {
            setVariable("originate_failed_cause", HangupCause.noAnswer.name)
            goOn(afterFailure: .noAnswer)
        }
    }

    private func campOnce(_ dialString: String, _ settings: CampOnSettings) async -> OriginateOutcome {
        var caller = CallerProfile()
        caller.context = profile.context
        let name = variables["effective_caller_id_name"] ?? profile.callerIDName
        let number = variables["effective_caller_id_number"] ?? profile.callerIDNumber
        caller.callerIDName = name.isEmpty ? number : name
        caller.callerIDNumber = number.isEmpty ? name : number
        let originator = Originator(softswitch, on: loop, profile: caller, timeout: settings.timeout)
        return await originator.originate(dialString)
    }

    /// The announcement is heard once, the music after it for as long as the caller waits.
    private func startMusic(_ settings: CampOnSettings) {
        guard ringbackTask == nil, settings.announcement != nil || settings.music != nil else { return }
        ringbackTask = Task(executorPreference: loop) {
            if let announcement = settings.announcement { await self.announce(announcement) }
            if let music = settings.music, !Task.isCancelled { await self.playRingback(music) }
        }
    }

    private func announce(_ name: String) async {
        do {
            try await play(name, terminators: [])
        } catch is CancellationError {
            // Somebody answered, or the caller does not wait any more.
        } catch {
            logger.warning("no announcement", metadata: ["error": "\(error)"])
        }
    }
}
