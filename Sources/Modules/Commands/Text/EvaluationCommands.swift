import SwitchCore

/// Commands that expand expressions.
enum EvaluationCommands {
    static let all: [APICommand] = [
        APICommand("expand", syntax: "[uuid:<uuid> ]<cmd> <args>", summary: "expands a command and runs it") {
            context,
            text in
            guard !text.isEmpty, let (context, line) = addressed(text, context) else { return "-ERR No input\n" }
            guard context.softswitch.hasCommand(line) else { return "INVALID COMMAND!\n-ERR Cannot execute command\n" }
            return await run(line, context, expands: true)
        },
        APICommand("eval", syntax: "[uuid:<uuid> ]<expression>", summary: "expands expressions") { context, text in
            guard let (context, text) = addressed(text, context) else { return "" }
            return await expanded(text, context)
        },
    ]

    /// How deep commands may be inside one another; `expand` of a command that says `expand` again has no end.
    private static let depthLimit = 16
    @TaskLocal private static var depth = 0

    /// Runs a command line inside of another command, its arguments expanded first or not.
    static func run(_ line: String, _ context: APIContext, expands: Bool = false) async -> String {
        guard depth < depthLimit else { return "-ERR commands are nested too deeply\n" }
        return await $depth.withValue(depth + 1) {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard expands, let name = parts.first, let arguments = parts[at: 1] else {
                return await context.softswitch.execute(command: line, for: context.session)
            }
            let expandedLine = name + " " + (await expanded(arguments, context))
            return await context.softswitch.execute(command: expandedLine, for: context.session)
        }
    }

    /// Takes `uuid:<uuid>` off the beginning: the channel whose variables are meant.
    private static func addressed(_ text: String, _ context: APIContext) -> (APIContext, String)? {
        guard text.hasPrefix("uuid:") else { return (context, text) }
        let text = text.dropFirst("uuid:".count)
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let rest = parts[at: 1] else { return nil }
        // Without that channel, what is asked for is expanded all the same.
        let session = context.softswitch.sessions[parts[0]]
        return (APIContext(context.softswitch, session: session), rest)
    }

    private static func expanded(_ text: String, _ context: APIContext) async -> String {
        if let session = context.session { return await session.expand(text) }
        return await Template(text).expand(in: StandaloneScope(context.softswitch))
    }
}
