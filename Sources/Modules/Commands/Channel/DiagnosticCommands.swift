import Base
import Logging
import MediaEngine
import SwitchCore
import XMLConfig

/// What is known of a channel for whoever looks for a fault.
enum DiagnosticCommands {
    private static let nothingToSet = "-ERR Operation Failed [NOT SENT]\n"

    private static let levelSyntax = "<uuid> <level>"

    private static let traceSyntax = "<uuid> <read|write|both|vread|vwrite|vboth|all> <on|off>"

    static let all: [APICommand] = [
        .channel(
            "uuid_debug_media",
            traceSyntax,
            summary: "writes what audio comes and goes into the log",
            words: 3,
            missing: .failed
        ) { session, words in
            // There is no video to be told of.
            guard let directions = AudioDirection.traced(words[1]) else { return CommandText.failed }
            let isDone = await session.traceMedia(directions, words[2].isTrueSetting)
            return isDone ? CommandText.success : CommandText.failed
        },
        .channel(
            "uuid_loglevel",
            levelSyntax,
            summary: "limits what the log has of a channel",
            words: 2,
            missing: .named
        ) { session, words in
            let alsoPartner = words[1] == "-b"
            guard let text = alsoPartner ? words[at: 2] : words[1] else { return CommandText.usage(levelSyntax) }
            guard let level = LogLevel(text) else { return "-ERR Invalid log level!\n" }
            for channel in [session, alsoPartner ? await session.partner : nil] {
                channel?.limitLog(to: level.logLevel ?? .critical)
            }
            return CommandText.done
        },
        .channel(
            "uuid_set_media_stats",
            "<uuid>",
            summary: "sets the variables of the audio's figures now",
            missing: .named
        ) { session, _ in
            await session.noteMediaFigures()
            return "+OK:\n"
        },
        // The codecs that there are have nothing to be set, and say so.
        .channel(
            "uuid_codec_param",
            "<uuid> audio|video read|write <param> <val>",
            summary: "sets something of a channel's codec",
            missing: .text(nothingToSet)
        ) { _, _ in nothingToSet },
        .channel("uuid_buglist", "<uuid>", summary: "what listens to a channel", missing: .text("")) { session, _ in
            let all = await session.listeners.map { listener in
                " <media-bug>\n  <function>\(listener.function)</function>\n"
                    + "  <target>\(XMLNode.escaped(listener.target))</target>\n"
                    + "  <thread-locked>0</thread-locked>\n </media-bug>\n"
            }
            return "<media-bugs>\n\(all.joined())</media-bugs>\n"
        },
    ]
}
