import Base
import Glibc
import Patterns
import SwitchCore

/// Commands that make text of text, for expressions.
enum TextCommands {
    static let all: [APICommand] = [
        APICommand("echo", syntax: "<text>", summary: "the text itself") { _, text in text },
        APICommand("expand", syntax: "<text>", summary: "expands expressions") { context, text in
            await expand(text, context)
        },
        APICommand("eval", syntax: "<text>", summary: "expands expressions") { context, text in
            await expand(text, context)
        },
        APICommand("regex", syntax: "<data>|<pattern>[|<substitution>[|n|b]]", summary: "matches a pattern") {
            _,
            text in
            regex(text)
        },
        APICommand("strftime", syntax: "[<format>]", summary: "the time") { context, format in
            strftime(format.isEmpty ? "%Y-%m-%d %T" : format, seconds: context.softswitch.wallClock() / 1_000_000)
        },
        APICommand("url_encode", syntax: "<text>", summary: "percent-encodes") { _, text in PercentEncoding.encode(text)
        },
        APICommand("url_decode", syntax: "<text>", summary: "percent-decodes") { _, text in PercentEncoding.decode(text)
        },
    ]

    private static func expand(_ text: String, _ context: APIContext) async -> String {
        if let session = context.session { return await session.expand(text) }
        return await Template(text).expand(in: StandaloneScope(context.softswitch))
    }

    /// `data|pattern` is true or false; with a substitution, the text it makes, or the data where nothing matches.
    ///
    /// `m:X` before the data makes X the delimiter.
    static func regex(_ text: String) -> String {
        var text = text
        var delimiter: Character = "|"
        if text.hasPrefix("m:"), let chosen = text.dropFirst(2).first {
            delimiter = chosen
            text = String(text.dropFirst(3))
        }
        let parts = text.split(separator: delimiter, omittingEmptySubsequences: false).map(String.init)
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

    private static func strftime(_ format: String, seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        guard localtime_r(&moment, &parts) != nil else { return "" }
        var buffer = [CChar](repeating: 0, count: 1024)
        let length = Glibc.strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
