import Base
import Logging
import MediaEngine
import SwitchCore

/// Recording a call, speaking into it and changing how loud it is, beside whatever goes on in it.
enum ListeningCommands {
    static let all: [APICommand] = [
        .channel(
            "uuid_record",
            recordSyntax,
            summary: "records a call",
            words: 3,
            limit: 5,
            missing: .cannotLocate,
            body: record
        ),
        .channel(
            "uuid_displace",
            displaceSyntax,
            summary: "lets a sound be heard in the place of what is said",
            words: 3,
            limit: 5,
            missing: .cannotLocate,
            body: displace
        ),
        .channel("uuid_audio", audioSyntax, summary: "makes a call louder, quieter or silent", words: 2, body: audio),
        .channel("uuid_pause", pauseSyntax, summary: "lets nothing be heard in a call", words: 2, body: pause),
        .channel("pause", pauseSyntax, summary: "lets nothing be heard in a call", words: 2, body: pause),
        .channel(
            "tone_detect",
            toneSyntax,
            summary: "listens for a tone",
            words: 3,
            limit: 8,
            missing: .cannotLocate,
            body: detectTone
        ),
    ]

    private static let pauseSyntax = "<uuid> <on|off>"
    private static let toneSyntax = "<uuid> <key> <tone_spec> [<flags> <timeout> <app> <args> <hits>]"

    private static let pause: @Sendable (Session, [String]) async -> String = { session, words in
        await session.pauseAudio(words[1].lowercased() == "on")
        return ""
    }

    private static let detectTone: @Sendable (Session, [String]) async -> String = { session, words in
        let failure = await session.attempt("tone_detect") { session in
            session.preAnswer()
            try session.detectTone(words: Array(words.dropFirst()))
        }
        guard failure == nil else { return "-ERR Cannot detect tone!\n" }
        return "+OK Enabling tone detection '\(words[1])' '\(words[2])' '\(words[at: 3] ?? "")'\n"
    }

    private static let recordSyntax = "<uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]"
    private static let displaceSyntax = "<uuid> [start|stop] <path> [<limit>] [mux]"
    private static let audioSyntax = "<uuid> [start [read|write] [mute|level <level>]|stop]"

    private static let record: @Sendable (Session, [String]) async -> String = { session, words in
        let (action, path) = (words[1].lowercased(), words[2])
        switch action {
        case "start":
            let variables = words[at: 4].map { PercentEncoding.decode($0) }
            let request = RecordingRequest(path, seconds: words[at: 3], variables: variables)
            let failure = await session.attempt("uuid_record") { try await $0.startRecording(request) }
            return answer(failure, "record session")
        case "stop": return answer(await session.stopRecording(path), "stop record session")
        case "mask", "unmask":
            return answer(await session.maskRecording(path, action == "mask"), "\(action) recording session")
        case "pause", "resume":
            return answer(await session.pauseRecording(path, action == "pause"), "\(action) recording session")
        default: return CommandText.usage(recordSyntax)
        }
    }

    private static let displace: @Sendable (Session, [String]) async -> String = { session, words in
        let path = words[2]
        switch words[1].lowercased() {
        case "start":
            let displacement = Displacement(flags: words[at: 4] ?? "", limit: Duration(seconds: words[at: 3]))
            let failure = await session.attempt("uuid_displace") { try await $0.displace(with: path, displacement) }
            return answer(failure, "displace session")
        case "stop": return answer(await session.stopDisplacing(path), "stop displace session")
        default: return CommandText.usage(displaceSyntax)
        }
    }

    private static let audio: @Sendable (Session, [String]) async -> String = { session, words in
        let directions: [String: AudioDirection] = ["read": .received, "write": .sent]
        switch words[1].lowercased() {
        case "stop":
            await session.resetAudio()
            return CommandText.done
        case "start":
            guard let direction = directions[words[at: 2]?.lowercased() ?? ""], let text = words[at: 4] else { break }
            let level = Int(text) ?? 0
            // A caller who hears nothing yet begins to.
            await session.preAnswer()
            switch words[3].lowercased() {
            case "mute": await session.mute(level != 0, direction)
            case "level": await session.setAudioLevel(level, of: direction)
            default: return CommandText.usage(audioSyntax)
            }
            return CommandText.done
        default: break
        }
        return CommandText.usage(audioSyntax)
    }

    /// Nothing went wrong, or this did.
    private static func answer(_ failure: String?, _ what: String) -> String {
        failure.map { "-ERR Cannot \(what)! \($0)\n" } ?? CommandText.success
    }

    private static func answer(_ isDone: Bool, _ what: String) -> String {
        isDone ? CommandText.success : "-ERR Cannot \(what)!\n"
    }
}

extension Session {
    /// Does what an application does.
    ///
    /// - Returns: Why it cannot, in one line, which the log has too; `nil` when it can.
    fileprivate func attempt(
        _ command: String,
        _ work: @Sendable (isolated Session) async throws -> Void
    ) async -> String? {
        do {
            try await work(self)
            return nil
        } catch {
            logger.error("\(error)", metadata: ["command": "\(command)"])
            if let cause = (error as? ApplicationError)?.hangupCause { hangUp(cause) }
            return "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
