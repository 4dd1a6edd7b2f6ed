import Base
import Patterns
import SwitchCore

/// Commands that make text of text, for expressions.
enum TextCommands {
    static let all: [APICommand] = [
        APICommand("echo", syntax: "<text>", summary: "the text itself") { _, text in text },
        APICommand("expand", syntax: "[uuid:<uuid> ]<command>", summary: "expands a command and runs it") {
            context,
            text in
            await run(text, context)
        },
        APICommand("eval", syntax: "[uuid:<uuid> ]<text>", summary: "expands expressions") { context, text in
            guard let (context, text) = addressed(text, context) else { return noSuchChannel }
            return await expanded(text, context)
        },
        APICommand("cond", syntax: "<a> <operator> <b> ? <x> : <y>", summary: "chooses between two texts") { _, text in
            ConditionCommand.result(of: text)
        },
        APICommand("coalesce", syntax: "[^^<delimiter>]<text>,<text>…", summary: "the first that is not empty") {
            _,
            text in
            ListSplitter.split(text).first { !$0.isEmpty } ?? ""
        },
        APICommand("replace", syntax: "<data>|<from>|<to>", summary: "puts one text in the place of another") {
            _,
            text in
            replace(text)
        },
        APICommand("toupper", syntax: "<text>", summary: "in capital letters") { _, text in
            folded(text, UInt8(ascii: "a")...UInt8(ascii: "z"))
        },
        APICommand("tolower", syntax: "<text>", summary: "in small letters") { _, text in
            folded(text, UInt8(ascii: "A")...UInt8(ascii: "Z"))
        },
        APICommand("regex", syntax: "<data>|<pattern>[|<substitution>[|n|b]]", summary: "matches a pattern") {
            _,
            text in
            regex(text)
        },
        APICommand("strftime", syntax: "[<format>]", summary: "the time") { context, format in
            let seconds = context.softswitch.wallClock() / 1_000_000
            return Clock.text(format.isEmpty ? "%Y-%m-%d %T" : format, seconds: seconds)
        },
        APICommand("url_encode", syntax: "<text>", summary: "percent-encodes") { _, text in PercentEncoding.encode(text)
        },
        APICommand("url_decode", syntax: "<text>", summary: "percent-decodes") { _, text in PercentEncoding.decode(text)
        },
    ]

    private static let noSuchChannel = "-ERR No such channel!\n"

    /// How deep commands may be inside one another; `expand` of a command that says `expand` again has no end.
    private static let depthLimit = 16
    @TaskLocal private static var depth = 0

    /// Expands a command line and runs what it then is.
    private static func run(_ text: String, _ context: APIContext) async -> String {
        guard depth < depthLimit else { return "-ERR commands are nested too deeply\n" }
        guard let (context, text) = addressed(text, context) else { return noSuchChannel }
        return await $depth.withValue(depth + 1) {
            let line = await expanded(text, context)
            return await context.softswitch.execute(command: line, for: context.session)
        }
    }

    /// Takes `uuid:<uuid>` off the beginning: the channel whose variables are meant.
    private static func addressed(_ text: String, _ context: APIContext) -> (APIContext, String)? {
        guard text.hasPrefix("uuid:") else { return (context, text) }
        let parts = text.dropFirst("uuid:".count).split(separator: " ", maxSplits: 1).map(String.init)
        guard let id = parts.first, let session = context.softswitch.sessions[id] else { return nil }
        return (APIContext(context.softswitch, session: session), parts.count > 1 ? parts[1] : "")
    }

    /// The other case of the ASCII letters in a range.
    private static func folded(_ text: String, _ letters: ClosedRange<UInt8>) -> String {
        String(decoding: text.utf8.map { letters.contains($0) ? $0 ^ 0x20 : $0 }, as: UTF8.self)
    }

    private static func expanded(_ text: String, _ context: APIContext) async -> String {
        if let session = context.session { return await session.expand(text) }
        return await Template(text).expand(in: StandaloneScope(context.softswitch))
    }

    /// `data|pattern` is true or false; with a substitution, the text it makes, or the data where nothing matches.
    ///
    /// `m:X` before the data makes X the delimiter.
    static func regex(_ text: String) -> String {
        let parts = parts(of: text)
        guard parts.count >= 2 else { return "-ERR" }
        let match = (try? RegularExpression(expression: parts[1])).flatMap { try? $0.firstMatch(in: parts[0]) }
        guard parts.count > 2, !parts[2].isEmpty else { return String(match != nil) }
        guard let match else {
            switch parts.count > 3 ? parts[3] : "" {
            case "n": return ""
            case "b": return "false"
            default: return parts[0]
            }
        }
        let substitution = String(parts[2].map { $0 == "%" ? "$" : $0 })
        return CaptureTemplate(substitution).substituting(match.captures)
    }

    /// `data|from|to`; `m:X` before it makes X the delimiter.
    static func replace(_ text: String) -> String {
        let parts = parts(of: text)
        guard parts.count >= 3, !parts[1].isEmpty else { return "-ERR" }
        var output: [UInt8] = []
        let (data, from, to) = (Array(parts[0].utf8), Array(parts[1].utf8), Array(parts[2].utf8))
        var rest = data[...]
        while !rest.isEmpty {
            if rest.starts(with: from) {
                output += to
                rest = rest.dropFirst(from.count)
            } else {
                output += rest.prefix(1)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func parts(of text: String) -> [String] {
        var text = text
        var delimiter: Character = "|"
        if text.hasPrefix("m:"), let chosen = text.dropFirst(2).first {
            delimiter = chosen
            text = String(text.dropFirst(3))
        }
        return text.split(separator: delimiter, omittingEmptySubsequences: false).map(String.init)
    }
}
