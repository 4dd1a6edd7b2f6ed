import Base
import SwitchCore

/// What the console asks for when somebody presses the tabulator, and what operators add to it.
enum CompletionCommands {
    static let all: [APICommand] = [
        APICommand("complete", syntax: syntax, summary: "words for the console's completion") { context, text in
            change(text, context.softswitch.completions)
        },
        APICommand("console_complete", syntax: "<line>", summary: "how a command line could go on") {
            context,
            text in
            Completion(upToCursor(text), context.softswitch).text
        },
        APICommand("console_complete_xml", syntax: "<line>", summary: "the same as XML") { context, text in
            Completion(upToCursor(text), context.softswitch).xml
        },
    ]

    private static let syntax = "add <word>|del [<word>|*]"

    private static func change(_ text: String, _ completions: CommandCompletions) -> String {
        let words = CommandText.words(of: text)
        guard words.count > 1 else { return CommandText.usage(syntax) }
        let rest = Array(words.dropFirst())
        switch words[0].lowercased() {
        case "add", "stickyadd":
            let isSticky = words[0].lowercased() == "stickyadd"
            return completions.add(rest, isSticky: isSticky) ? CommandText.done : "-ERR too many words\n"
        case "del":
            completions.remove(rest)
            return CommandText.done
        default: return CommandText.usage(syntax)
        }
    }

    /// `c=5;show channels` is the line `show `.
    private static func upToCursor(_ text: String) -> String {
        guard text.hasPrefix("c="), let semicolon = text.firstIndex(of: ";") else { return text }
        let line = text[text.index(after: semicolon)...]
        guard let cursor = Int(text[..<semicolon].dropFirst(2)), cursor >= 0 else { return String(line) }
        return String(line.prefix(cursor))
    }
}
