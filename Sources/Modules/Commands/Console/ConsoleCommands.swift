import Base
import Logging
import SwitchCore

/// Commands that help who types commands.
enum ConsoleCommands {
    static let all: [APICommand] = [
        APICommand("alias", syntax: aliasSyntax, summary: "other names for command lines") { context, text in
            changeAliases(text, context.softswitch.aliases)
        },
        APICommand("help", syntax: "", summary: "what commands there are") { context, name in
            help(name, context.softswitch.commands)
        },
        APICommand("msleep", syntax: "<milliseconds>", summary: "waits") { context, text in
            let milliseconds = min(max(Int(text) ?? 0, 0), longestSleep)
            let loop = context.session?.loop ?? context.softswitch.loops.first
            try? await loop.sleep(for: .milliseconds(milliseconds))
            return "+OK"
        },
        APICommand("log", syntax: "<level> <message>", summary: "writes a line of the log") { context, text in
            guard !text.isEmpty else { return "-ERR\n" }
            context.softswitch.logger.log(line: text)
            return CommandText.done
        },
        APICommand("bgapi", syntax: "<command>[ <arg>]", summary: "runs a command and tells its answer by an event") {
            context,
            line in
            guard !line.isEmpty else { return "-ERR Invalid syntax\n" }
            let softswitch = context.softswitch
            let job = BackgroundJob(uuid: softswitch.makeUUID(), line: line, owner: context.session?.id)
            Task(executorPreference: softswitch.loops.first) { await job.run(on: softswitch) }
            return "+OK Job-UUID: \(job.uuid)\n"
        },
        APICommand("echo", syntax: "<data>", summary: "the text itself") { _, text in text },
    ]

    private static let aliasSyntax = "[add|stickyadd] <alias> <command> | del [<alias>|*]"
    /// A day is longer than anybody waits.
    private static let longestSleep = 86_400_000

    private static func changeAliases(_ text: String, _ aliases: CommandAliases) -> String {
        let words = CommandText.words(of: text, limit: 3)
        switch (words.first?.lowercased(), words.count) {
        case ("add", 3), ("stickyadd", 3):
            // An alias of itself would have no end.
            guard !words[1].isEmpty, words[1] != words[2] else { break }
            let isSticky = words[0].lowercased() == "stickyadd"
            guard aliases.add(words[1], command: words[2], isSticky: isSticky) else { return "-ERR too many aliases\n" }
            return CommandText.done
        case ("del", 2):
            aliases.remove(words[1])
            return CommandText.done
        default: break
        }
        return CommandText.usage(aliasSyntax)
    }

    /// The commands with their syntax, what they do and their module, as `help` has always listed them.
    static func help(_ name: String, _ commands: Registry<APICommand>) -> String {
        let names = name.isEmpty ? commands.names : commands.names.filter { $0 == name.lowercased() }
        let lines = names.compactMap { name in
            commands[name].map { "\($0.name),\($0.syntax),\($0.summary),\(commands.module(of: name) ?? "")\n" }
        }
        if name.isEmpty { return "\nValid Commands:\n\n" + lines.joined() }
        return lines.isEmpty ? "-ERR No such command\n" : lines.joined()
    }
}
