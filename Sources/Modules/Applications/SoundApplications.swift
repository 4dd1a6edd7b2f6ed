import MediaEngine
import SwitchCore

/// Playing, recording, echoing.
enum SoundApplications {
    static let all: [Application] = [
        Application("playback", syntax: "<file>[!<file> …]", []) { session, data in
            try await playAll(data, on: session)
        },
        Application("endless_playback", syntax: "<file>", []) { session, data in
            while !session.isOver { try await session.play(data, terminators: session.playbackTerminators) }
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
            try await session.sleep(for: Arguments(data).milliseconds(0, default: .zero))
        },
        Application("echo", []) { session, _ in try await echo(.immediate, on: session) },
        Application("delay_echo", syntax: "<milliseconds>", []) { session, data in
            // The engine keeps ten seconds at most.
            let delay = min(Arguments(data).milliseconds(0, default: .seconds(1)), .seconds(10))
            try await echo(.delayed(delay), on: session)
        },
    ]

    /// Several files when `playback_delimiter` says what stands between them.
    private static func playAll(_ data: String, on session: isolated Session) async throws {
        var files = [data]
        if let delimiter = session.variable("playback_delimiter")?.first {
            files = data.split(separator: delimiter).map(String.init)
        }
        let pause = session.variable("playback_sleep_val").flatMap { Int($0) } ?? 250
        for (index, file) in files.enumerated() {
            if index > 0 { try await session.sleep(for: .milliseconds(max(pause, 0))) }
            let outcome = try await session.play(file, terminators: session.playbackTerminators)
            if outcome.terminator != nil { return }
        }
    }

    private static let loopPlayback = Application("loop_playback", syntax: "[+<times>] <file>", []) { session, data in
        var loops = -1
        var file = data
        if data.hasPrefix("+"), let space = data.firstIndex(of: " ") {
            loops = Int(data[data.index(after: data.startIndex)..<space]) ?? 1
            file = String(data[data.index(after: space)...])
        }
        while !session.isOver, loops != 0 {
            let outcome = try await session.play(file, terminators: session.playbackTerminators)
            if outcome.terminator != nil { return }
            if loops > 0 { loops -= 1 }
        }
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
