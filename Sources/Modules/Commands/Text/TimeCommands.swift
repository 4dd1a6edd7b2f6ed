import Base
import SwitchCore

/// Times as text and back.
enum TimeCommands {
    static let all: [APICommand] = [
        APICommand("strftime", syntax: "<format_string>", summary: "the time, or seconds since 1970 before a |") {
            context,
            text in
            let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let seconds = parts.count > 1 ? epoch(parts[0]) : context.softswitch.wallClock() / 1_000_000
            return Clock.text(format(parts.last), seconds: seconds)
        },
        APICommand("strftime_tz", syntax: zoneSyntax, summary: "the time in a zone") { context, text in
            let words = text.split(separator: " ", maxSplits: 1).map(String.init)
            let parts = (words[at: 1] ?? "").split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            let now = context.softswitch.wallClock() / 1_000_000
            let asked = parts.count > 1 ? epoch(parts[0]) : 0
            let seconds = asked == 0 ? now : asked
            guard let zone = context.softswitch.timeZones.offset(of: words.first ?? "", at: seconds) else {
                return "-ERR Invalid timezone/format\n"
            }
            return Clock.text(format(parts.last.map(String.init)), seconds: seconds, zone: zone)
        },
        APICommand("strepoch", syntax: "<string>", summary: "a date as seconds since 1970") { context, text in
            String(text.isEmpty ? context.softswitch.wallClock() / 1_000_000 : seconds(text, context.softswitch))
        },
        APICommand("strmicroepoch", syntax: "<string>", summary: "a date as microseconds since 1970") {
            context,
            text in
            String(text.isEmpty ? context.softswitch.wallClock() : seconds(text, context.softswitch) * 1_000_000)
        },
    ]

    private static let zoneSyntax = "<timezone_name> [<epoch>|][format string]"

    /// Seconds since 1970 that somebody wrote, within some thousands of years.
    private static func epoch(_ text: some StringProtocol) -> Int64 {
        bounded(Int64(text) ?? 0)
    }

    /// Years of eight digits are no time, and would not fit once they are microseconds.
    private static func bounded(_ seconds: Int64) -> Int64 {
        min(max(seconds, -100_000_000_000), 100_000_000_000)
    }

    private static func format(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "%Y-%m-%d %T" }
        return text
    }

    private static func seconds(_ text: String, _ softswitch: Switch) -> Int64 {
        bounded(DateText.seconds(text, now: softswitch.wallClock() / 1_000_000))
    }
}
