import Base
import Testing

struct LogLevelTests {
    /// The colour of each level, as operators of FreeSWITCH know them: those that matter most are red.
    @Test(
        arguments: [
            (.console, ""), (.alert, "\u{1B}[31m"), (.crit, "\u{1B}[31m"), (.err, "\u{1B}[31m"),
            (.warning, "\u{1B}[35m"), (.notice, "\u{1B}[36m"), (.info, "\u{1B}[32m"), (.debug, "\u{1B}[33m"),
        ] as [(LogLevel, String)]
    )
    func hasAColor(_ level: LogLevel, _ escape: String) {
        #expect(level.escape == escape)
    }

    @Test(
        arguments: [
            ("0", .console), ("7", .debug), ("8", nil), ("-1", nil), ("debug", .debug), ("Warning", .warning),
            ("ERR", .err), ("error", nil), ("", nil), (" info", nil),
        ] as [(String, LogLevel?)]
    )
    func reads(_ text: String, _ level: LogLevel?) {
        #expect(LogLevel(text) == level)
    }
}
