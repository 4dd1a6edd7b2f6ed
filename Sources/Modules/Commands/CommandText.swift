import Base
import SwitchCore

/// What commands have in common: their arguments and their usual answers.
extension APICommand {
    /// A command about the words of its arguments; fewer than `minimum` show how it is used.
    init(
        _ name: String,
        _ syntax: String,
        summary: String,
        words minimum: Int,
        limit: Int = 16,
        body: @escaping @Sendable (_ context: APIContext, _ words: [String]) async -> String
    ) {
        self.init(name, syntax: syntax, summary: summary) { context, text in
            let words = CommandText.words(of: text, limit: limit)
            guard words.count >= minimum, words.prefix(minimum).allSatisfy({ !$0.isEmpty }) else {
                return CommandText.usage(syntax)
            }
            return await body(context, words)
        }
    }

    /// A command about a text; without one it shows how it is used.
    init(
        _ name: String,
        _ syntax: String,
        summary: String,
        text body: @escaping @Sendable (_ text: String) -> String
    ) {
        self.init(name, syntax: syntax, summary: summary) { _, text in body(text) }
    }

    /// A command about a channel, which its first word names.
    static func channel(
        _ name: String,
        _ syntax: String,
        summary: String,
        words minimum: Int = 1,
        limit: Int = 16,
        missing: CommandText.MissingChannel = .noSuchChannel,
        body: @escaping @Sendable (_ session: Session, _ words: [String]) async -> String
    ) -> APICommand {
        APICommand(name, syntax, summary: summary, words: minimum, limit: limit) { context, words in
            guard let id = words.first, let session = context.softswitch.sessions[id] else {
                return missing.text(words.first ?? "")
            }
            return await body(session, words)
        }
    }
}

/// The usual answers of commands, as their clients know them.
enum CommandText {
    static let done = "+OK\n"
    static let success = "+OK Success\n"
    static let failed = "-ERR Operation failed\n"
    static let noSuchChannel = "-ERR No such channel!\n"

    /// How a command is used, when its arguments are not right.
    static func usage(_ syntax: String) -> String { "-USAGE: \(syntax)\n" }

    /// What this version does not have.
    static func absent(_ what: String) -> String { "-ERR \(what) not in this version\n" }

    /// The words of a command's arguments: none for an empty text.
    static func words(of text: String, limit: Int = 16) -> [String] {
        text.isEmpty ? [] : ListSplitter.split(text, by: " ", limit: limit)
    }

    /// What a command says when there is no such channel: each has its own words for it.
    enum MissingChannel: Sendable {
        case noSuchChannel, cannotLocate, error, failed, named
        case text(String)

        func text(_ id: String) -> String {
            switch self {
            case .noSuchChannel: CommandText.noSuchChannel
            case .cannotLocate: "-ERR Cannot locate session!\n"
            case .error: "-ERROR\n"
            case .failed: CommandText.failed
            case .named: "-ERR No such channel \(id)!\n"
            case .text(let text): text
            }
        }
    }
}

extension Array {
    /// The element at an index; `nil` beyond the end.
    subscript(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
