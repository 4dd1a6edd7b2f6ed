import Base
import MediaEngine
import SwitchCore

/// Recording, replacing, measuring and changing the audio of a call, beside whatever goes on in it.
enum ListeningApplications {
    static let all: [Application] =
        recordings + [
            Application("displace_session", syntax: "<path> [<flags>] [+<seconds>]", []) { session, data in
                try await displace(data, on: session)
            },
            Application("stop_displace_session", syntax: "<path>", [.noMedia]) { session, data in
                guard session.stopDisplacing(data) else { throw ApplicationError("\(data) is not heard") }
            },
            Application("debug_media", syntax: "<read|write|both|all> <on|off>", [.noMedia]) { session, data in
                let arguments = Arguments(data)
                guard let directions = arguments[0].flatMap({ AudioDirection.traced($0) }), let word = arguments[1]
                else {
                    throw ApplicationError("debug_media needs a direction and on or off, not \"\(data)\"")
                }
                guard session.traceMedia(directions, word.isTrueSetting) else {
                    throw ApplicationError("there is no audio to tell of")
                }
            },
            Application("start_dtmf", []) { session, _ in
                guard session.detectKeys(true) else { throw ApplicationError("there is no audio to listen to") }
            },
            Application("stop_dtmf", [.noMedia]) { session, _ in session.detectKeys(false) },
            Application("jitterbuffer", syntax: "<ms>[:<longest ms>]|0|off|pause|resume", [.noMedia]) { session, data in
                guard session.setJitterBuffer(data) else {
                    throw ApplicationError("jitterbuffer needs milliseconds, 0, pause or resume, not \"\(data)\"")
                }
            },
            Application("set_audio_level", syntax: "read|write|both <level>", []) { session, data in
                let arguments = Arguments(data)
                guard let level = arguments.integer(1),
                    try directions(arguments[0]).allSatisfy({ session.setAudioLevel(level, of: $0) })
                else { throw ApplicationError("set_audio_level needs a direction and −4…4, not \"\(data)\"") }
            },
            Application("start_dtmf_generate", syntax: "[write]", []) { session, _ in
                guard session.speakKeys(true) else { throw ApplicationError("there is no audio to speak into") }
            },
            Application("stop_dtmf_generate", [.noMedia]) { session, _ in session.speakKeys(false) },
            Application("block_dtmf", [.noMedia]) { session, _ in session.blockKeys(true) },
            Application("unblock_dtmf", [.noMedia]) { session, _ in session.blockKeys(false) },
            Application("remove_bugs", [.noMedia]) { session, _ in await session.stopListeners() },
            Application("set_mute", syntax: "read|write|both true|false", []) { session, data in
                let arguments = Arguments(data)
                let isMuted = arguments[1]?.isTrueSetting ?? false
                for direction in try directions(arguments[0]) { session.mute(isMuted, direction) }
            },
            Application(
                "wait_for_silence",
                syntax: "<threshold> <silence hits> <listen hits> <timeout ms> [<file>]",
                []
            ) { session, data in try await waitForSilence("wait_for_silence", data, on: session) },
            Application("detect_silence", syntax: "<threshold> <silence hits> <timeout ms> [<file>]", []) {
                session,
                data in
                try await waitForSilence("detect_silence", data, on: session)
            },
            Application("detect_audio", syntax: "<threshold> <audio hits> <timeout ms> [<file>]", []) {
                session,
                data in
                try await waitForSound(data, on: session)
            },
        ]

    private static let recordings: [Application] = [
        Application("record_session", syntax: "<path> [+<seconds>] [{<variables>}]", []) { session, data in
            try await record(data, on: session)
        },
        Application("stop_record_session", syntax: "<path>|all", [.noMedia]) { session, data in
            await session.stopRecording(data)
        },
        change("record_session_mask") { $0.maskRecording($1, true) },
        change("record_session_unmask") { $0.maskRecording($1, false) },
        change("record_session_pause") { $0.pauseRecording($1, true) },
        change("record_session_resume") { $0.pauseRecording($1, false) },
    ]

    private static func change(
        _ name: String,
        _ change: @escaping @Sendable (isolated Session, String) -> Bool
    ) -> Application {
        Application(name, syntax: "<path>", [.noMedia]) { session, data in
            guard change(session, data) else { throw ApplicationError("\(name): \(data) is not recorded") }
        }
    }

    /// Reads `<path> [+<seconds>] [{<name>=<value>,…}]`.
    private static func record(_ data: String, on session: isolated Session) async throws {
        let words = data.split(separator: " ", maxSplits: 2).map(String.init)
        guard let path = words.first else { throw ApplicationError("record_session needs a path") }
        let isLimited = words.count > 1 && words[1].hasPrefix("+")
        let list = words.dropFirst(isLimited ? 2 : 1).joined(separator: " ")
        let seconds = isLimited ? String(words[1].dropFirst()) : nil
        try await session.startRecording(RecordingRequest(path, seconds: seconds, variables: list))
    }

    private static func displace(_ data: String, on session: isolated Session) async throws {
        let words = data.split(separator: " ").map(String.init)
        guard let name = words.first else { throw ApplicationError("displace_session needs a file") }
        let flags = words.dropFirst().last { !$0.hasPrefix("+") } ?? ""
        let seconds = words.dropFirst().last { $0.hasPrefix("+") }?.dropFirst()
        let displacement = Displacement(flags: flags, limit: Duration(seconds: seconds.map(String.init)))
        try await session.displace(with: name, displacement)
    }

    private static func directions(_ word: String?) throws -> [AudioDirection] {
        switch word {
        case "read": [.received]
        case "write": [.sent]
        case "both": [.received, .sent]
        default: throw ApplicationError("a direction is read, write or both, not \"\(word ?? "")\"")
        }
    }

    /// Words of `wait_for_silence`, or of `detect_silence`, which does not wait for anything to be heard first; a hit is a
    /// packet time of 20 ms.
    private static func waitForSilence(_ name: String, _ data: String, on session: isolated Session) async throws {
        let arguments = Arguments(data)
        let waitsForSound = name == "wait_for_silence"
        let place = waitsForSound ? 3 : 2
        guard let threshold = arguments.integer(0), let hits = arguments.integer(1),
            let heard = waitsForSound ? arguments.integer(2) : 0, let timeout = arguments.integer(place),
            threshold > 0, hits > 0
        else { throw ApplicationError("\(name) needs threshold, hits and timeout, not \"\(data)\"") }
        let options = SilenceOptions(
            threshold: threshold,
            silence: .milliseconds(20 * min(hits, 100_000)),
            sound: heard > 0 ? .milliseconds(20 * (min(heard, 100_000) + 1)) : .zero
        )
        let outcome = try await wait(options, timeout: timeout, file: arguments[place + 1], on: session)
        let silentHits = Self.hits(outcome.progress.silent)
        if waitsForSound {
            // The second is how many were still to come.
            session.setVariable("wait_for_silence_listenhits", String(Self.hits(outcome.progress.heard)))
            let left = outcome.isThere ? 0 : max(hits - silentHits, 0)
            session.setVariable("wait_for_silence_silence_hits", String(left))
        } else if !outcome.isThere {
            session.setVariable("detect_silence_hits", String(silentHits))
        }
        session.setVariable("\(name)_timeout", outcome.isThere ? "false" : "true")
    }

    /// How many packet times of 20 ms something has lasted.
    private static func hits(_ time: Duration) -> Int { Int(time.wholeMilliseconds) / 20 }

    /// Words of `detect_audio`, which waits until so many packet times are loud, one after the other.
    private static func waitForSound(_ data: String, on session: isolated Session) async throws {
        let arguments = Arguments(data)
        guard let threshold = arguments.integer(0), let hits = arguments.integer(1), let timeout = arguments.integer(2),
            threshold > 0, hits > 0
        else { throw ApplicationError("detect_audio needs threshold, hits and timeout, not \"\(data)\"") }
        let needed = min(hits, 100_000) + 1
        let options = SilenceOptions(threshold: threshold, silence: .zero, sound: .milliseconds(20 * needed))
        let outcome = try await wait(options, timeout: timeout, file: arguments[3], on: session)
        if !outcome.isThere { session.setVariable("detect_audio_hits", String(Self.hits(outcome.progress.heard))) }
        session.setVariable("detect_audio_timeout", outcome.isThere ? "false" : "true")
    }

    /// Waits, while a file is played over and over; a time of zero is for ever.
    private static func wait(
        _ options: SilenceOptions,
        timeout: Int,
        file: String?,
        on session: isolated Session
    ) async throws -> (isThere: Bool, progress: SilenceProgress) {
        var music = Displacement()
        music.repeats = true
        if let file { try await session.displace(with: file, music) }
        defer { if let file { session.stopDisplacing(file) } }
        let limit: Duration? = timeout > 0 ? .milliseconds(min(timeout, 86_400_000)) : nil
        return try await session.waitForSilence(options, timeout: limit)
    }
}
