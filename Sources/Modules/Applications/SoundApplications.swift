import Base
import MediaEngine
import SwitchCore

/// Playing, recording, echoing.
enum SoundApplications {
    static let all: [Application] = [
        Application("playback", syntax: "[{loops=<times>}]<file>[!<file> …]", []) { session, data in
            try await responding(on: session) { session in try await playAll(data, on: session) }
        },
        Application("endless_playback", syntax: "<file>", []) { session, data in
            try await responding(on: session) { session in try await replay(data, -1, on: session) }
        },
        loopPlayback,
        Application("gentones", syntax: "<tone script>[|<loops>]", []) { session, data in
            let parts = data.split(separator: "|", maxSplits: 1).map(String.init)
            let loops = parts.count > 1 ? ";loops=\(parts[1])" : ""
            let script = "tone_stream://\(parts.first ?? "")\(loops)"
            try await session.play(script, terminators: session.playbackTerminators)
        },
        record,
        Application("sleep", syntax: "<milliseconds>", [.noMedia]) { session, data in
            let before = session.digits.count
            try await session.sleep(for: Arguments(data).milliseconds(0, default: .zero))
            if session.isTrue("sleep_eat_digits") { session.dropDigits(after: before) }
        },
        Application("break", [.noMedia]) { session, data in session.breakSounds(all: data == "all") },
        Application("echo", []) { session, _ in try await echo(.immediate, on: session) },
        Application("delay_echo", syntax: "<milliseconds>", []) { session, data in
            // The engine keeps ten seconds at most.
            let delay = min(Arguments(data).milliseconds(0, default: .seconds(1)), .seconds(10))
            try await echo(.delayed(delay), on: session)
        },
    ]

    /// Tells in `current_application_response` what came of it, for the actions that follow.
    ///
    /// - Parameter play: Gives whether its time was over before it was.
    private static func responding(
        on session: isolated Session,
        _ play: @Sendable (isolated Session) async throws -> Bool
    ) async throws {
        let isTimedOut: Bool
        do {
            isTimedOut = try await play(session)
        } catch let error as ApplicationError {
            let response = session.media == nil ? "PLAYBACK ERROR" : "FILE NOT FOUND"
            session.setVariable("current_application_response", response)
            throw error
        }
        let isError = isTimedOut && !session.isTrue("playback_timeout_as_success")
        session.setVariable("current_application_response", isError ? "PLAYBACK ERROR" : "FILE PLAYED")
    }

    /// Several files when `playback_delimiter` says what stands between them; gives whether the time was over.
    private static func playAll(_ data: String, on session: isolated Session) async throws -> Bool {
        var keys = session.playbackKeys
        keys.deadline = session.playbackDeadline
        var files = [data]
        if let delimiter = session.variable("playback_delimiter")?.first {
            files = data.split(separator: delimiter).map(String.init)
        }
        let pause = session.variable("playback_sleep_val").flatMap { Int($0) } ?? 250
        for (index, file) in files.enumerated() {
            if index > 0, pause > 0 { try await session.sleep(for: .milliseconds(pause)) }
            let (name, times) = loops(of: file)
            let outcome = try await repeated(name, times, ending: keys, on: session)
            if let outcome, outcome.isEnded { return outcome.isTimedOut }
        }
        return false
    }

    /// The file and the times that `{loops=3}` before its name asks for; other parameters have no effect.
    private static func loops(of file: String) -> (file: String, times: Int) {
        guard file.hasPrefix("{"), let end = file.firstIndex(of: "}") else { return (file, 1) }
        let parameters = ListSplitter.split(String(file[..<end].dropFirst())).compactMap(\.assignment)
        let times = parameters.last { $0.name == "loops" }.flatMap { Int($0.value) }
        return (String(file[file.index(after: end)...]), times ?? 1)
    }

    /// Plays a sound so many times, or without end below zero, until a terminator is pressed.
    private static func repeated(
        _ file: String,
        _ times: Int,
        ending keys: PromptKeys,
        on session: isolated Session
    ) async throws -> PlaybackOutcome? {
        var last: PlaybackOutcome?
        var left = times
        while left != 0, !session.isOver {
            let outcome = try await session.playPrompt(file, ending: keys)
            last = outcome
            guard !outcome.isEnded, outcome.samples > 0 else { break }
            if left > 0 { left -= 1 }
        }
        return last
    }

    /// Plays a sound so many times, or without end below zero, whatever keys are pressed; a command ends one time of it.
    ///
    /// - Returns: Whether the time of one was over, which ends all unless `playback_timeout_as_success` says otherwise.
    private static func replay(_ file: String, _ times: Int, on session: isolated Session) async throws -> Bool {
        var left = times
        while left != 0, !session.isOver {
            let outcome = try await session.playPrompt(file, ending: .none)
            if outcome.isTimedOut, !session.isTrue("playback_timeout_as_success") { return true }
            // A sound without a sample would begin anew without end.
            guard outcome.samples > 0 || outcome.isBroken else { break }
            if left > 0 { left -= 1 }
        }
        return false
    }

    private static let loopPlayback = Application("loop_playback", syntax: "[+<times>] <file>", []) { session, data in
        var times = 1
        var file = data
        if data.hasPrefix("+") {
            let parts = data.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            times = parts.first.flatMap { Int($0) } ?? 0
            file = parts.count > 1 ? String(parts[1]) : ""
        }
        guard !file.isEmpty else {
            let reason = "loop_playback needs a file, and times after a plus sign, not \"\(data)\""
            throw ApplicationError(reason, hangupCause: .destinationOutOfOrder)
        }
        let (name, count) = (file, times)
        try await responding(on: session) { session in try await replay(name, count, on: session) }
    }

    private static let record = Application(
        "record",
        syntax: "<path> [<seconds> [<threshold> [<hits>]]]",
        []
    ) { session, data in
        let arguments = Arguments(data)
        guard let path = arguments[0] else { throw ApplicationError("record needs a path") }
        var options = RecordingOptions()
        if let seconds = arguments.integer(1), seconds > 0 { options.maximumDuration = .seconds(seconds) }
        if let threshold = arguments.integer(2), threshold > 0 {
            options.silenceThreshold = threshold
            options.silenceDuration = .seconds(max(arguments.integer(3) ?? 3, 1))
        }
        let directory = session.softswitch.directories.recordings
        try await session.record(
            to: path.hasPrefix("/") ? path : "\(directory)/\(path)",
            options: options,
            terminators: session.playbackTerminators
        )
    }

    private static func echo(_ mode: EchoMode, on session: isolated Session) async throws {
        guard let media = session.media else { throw ApplicationError("there is no audio to send back") }
        media.setEcho(mode)
        defer { media.setEcho(.off) }
        try await session.wait { $0.isOver }
    }
}
