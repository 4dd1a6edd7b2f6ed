import Base
import Crypto
import Patterns
import SwitchCore

/// Commands that make text of text, for expressions.
enum TextCommands {
    static let all: [APICommand] = [
        APICommand("cond", "<expr> ? <true val> : <false val>", summary: "chooses between two texts") {
            ConditionCommand.result(of: $0)
        },
        APICommand("coalesce", coalesceSyntax, summary: "the first that is not empty") { text in
            let items = ListSplitter.split(text)
            return items.isEmpty ? CommandText.usage(coalesceSyntax) : items.first { !$0.isEmpty } ?? ""
        },
        APICommand("replace", "<data>|<string1>|<string2>", summary: "puts one text in the place of another") {
            replace($0)
        },
        APICommand("regex", "<data>|<pattern>[|<subst string>][n|b]", summary: "matches a pattern") { regex($0) },
        APICommand("toupper", "<string>", summary: "in capital letters") {
            folded($0, UInt8(ascii: "a")...UInt8(ascii: "z"))
        },
        APICommand("tolower", "<string>", summary: "in small letters") {
            folded($0, UInt8(ascii: "A")...UInt8(ascii: "Z"))
        },
        APICommand("md5", "<data>", summary: "the MD5 digest") { text in
            text.isEmpty ? "!err!" : hexadecimal(Insecure.MD5.hash(data: Array(text.utf8)))
        },
        APICommand("create_uuid", syntax: "<uuid> <other_uuid>", summary: "a new UUID") { context, _ in
            context.softswitch.makeUUID()
        },
    ]

    private static let coalesceSyntax = "[^^<delim>]<value1>,<value2>,..."

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The other case of the ASCII letters in a range.
    private static func folded(_ text: String, _ letters: ClosedRange<UInt8>) -> String {
        String(decoding: text.utf8.map { letters.contains($0) ? $0 ^ 0x20 : $0 }, as: UTF8.self)
    }

    /// `data|pattern` is true or false; with a substitution, the text it makes, or the data where nothing matches.
    ///
    /// `m:X` before the data makes X, which is `~` or `/`, the delimiter.
    static func regex(_ text: String) -> String {
        let parts = parts(of: text, limit: 4)
        guard parts.count >= 2 else { return "-ERR" }
        let match = (try? RegularExpression(expression: parts[1])).flatMap { try? $0.firstMatch(in: parts[0]) }
        guard parts.count > 2 else { return String(match != nil) }
        guard let match else {
            let flags = parts.count > 3 ? parts[3] : ""
            if flags.contains("n") { return "" }
            return flags.contains("b") ? "false" : parts[0]
        }
        let substitution = String(parts[2].map { $0 == "%" ? "$" : $0 })
        return CaptureTemplate(substitution).substituting(match.captures)
    }

    /// `data|from|to`; `m:X` before it makes X, which is `~` or `/`, the delimiter.
    ///
    /// An error where the text would become longer than an expression may be.
    static func replace(_ text: String) -> String {
        let parts = parts(of: text, limit: 3)
        guard parts.count >= 3, !parts[1].isEmpty else { return "-ERR" }
        var output: [UInt8] = []
        let (data, from, to) = (Array(parts[0].utf8), Array(parts[1].utf8), Array(parts[2].utf8))
        var rest = data[...]
        while !rest.isEmpty {
            guard output.count <= ExpansionLimits.length else { return "-ERR" }
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

    private static func parts(of text: String, limit: Int) -> [String] {
        guard text.hasPrefix("m:"), let chosen = text.dropFirst(2).first, "|~/".contains(chosen) else {
            return ListSplitter.split(text, by: "|", limit: limit)
        }
        return ListSplitter.split(String(text.dropFirst(3)), by: chosen, limit: limit)
    }
}
