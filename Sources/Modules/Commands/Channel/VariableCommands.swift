import Base
import SwitchCore

/// Reading and setting what a channel carries.
enum VariableCommands {
    static let all: [APICommand] = [
        .channel("uuid_getvar", "<uuid> <var>", summary: "a channel variable", words: 2) { session, words in
            let (name, index) = element(words[1])
            return await session.value(of: name, at: index) ?? "_undef_"
        },
        .channel("uuid_setvar", "<uuid> <var> [value]", summary: "sets one", words: 2, limit: 3) { session, words in
            await session.setVariable(words[1], words[at: 2])
            return CommandText.done
        },
        .channel("uuid_setvar_multi", multiSyntax, summary: "sets several", words: 2, limit: 2) { session, words in
            for item in ListSplitter.split(words[1], by: ";") {
                let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard let name = parts.first, !name.isEmpty else { return "-ERR No variable specified\n" }
                await session.setVariable(name, parts[at: 1])
            }
            return CommandText.done
        },
        .channel("uuid_dump", "<uuid> [format]", summary: "all of a channel") { session, words in
            ChannelDump.text(of: await session.makeEvent(.channelData), form: words[at: 1] ?? "txt")
        },
    ]

    private static let multiSyntax = "<uuid> <var>=<value>;<var>=<value>..."

    /// `list[2]` is the element of an array.
    private static func element(_ text: String) -> (name: String, index: Int?) {
        guard text.hasSuffix("]"), let bracket = text.firstIndex(of: "[") else { return (text, nil) }
        return (String(text[..<bracket]), Int(text[text.index(after: bracket)...].dropLast()))
    }
}

extension Session {
    /// What an expression would see: a variable, a field of the caller profile, a global variable.
    fileprivate func value(of name: String, at index: Int?) -> String? {
        SessionScope(self).variable(name, index: index)
    }
}
