import Base
import SwitchCore

/// Texts as other languages write them.
enum QuotingCommands {
    static let all: [APICommand] = [
        APICommand("url_encode", "<string>", summary: "percent-encodes") { URLEncoding.encode($0) },
        APICommand("url_decode", "<string>", summary: "percent-decodes") { PercentEncoding.decode($0) },
        APICommand("escape", "<data>", summary: "blanks and line ends as escapes") { text in
            replacing(text, ["\n": "\\n", "\r": "\\r", "\t": "\\t", " ": "\\s", "$": "\\$"])
        },
        APICommand("quote_shell_arg", "<data>", summary: "a text as a word for the shell") { text in
            text.isEmpty ? "" : "'" + replacing(text, ["'": "'\\''"]) + "'"
        },
        APICommand("sql_escape", "<string>", summary: "quotes doubled, for SQL") { replacing($0, ["'": "''"]) },
    ]

    private static func replacing(_ text: String, _ escapes: [Unicode.Scalar: String]) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            if let escape = escapes[scalar] { output += escape } else { output.unicodeScalars.append(scalar) }
        }
        return output
    }
}
