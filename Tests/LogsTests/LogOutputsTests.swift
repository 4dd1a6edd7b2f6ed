import Logging
import SwitchCore
import Testing

/// What gets where: levels, bounds, and that nothing is made that nobody wants.
struct LogOutputsTests {
    private static func record(_ level: Logger.Level, _ text: String = "x") -> LogRecord {
        LogRecord(level: level, text: text, channel: nil, file: "f", function: "g", line: 1, time: 0)
    }

    @Test func linesAreMadeForWhoWantsThem() {
        let outputs = LogOutputs()
        let (first, second) = (outputs.makeFeed(), outputs.makeFeed())
        var made = 0
        func offer(_ level: Logger.Level) {
            func make() -> LogRecord {
                made += 1
                return Self.record(level)
            }
            outputs.offer(make(), level: level)
        }
        offer(.critical)
        #expect(made == 0 && outputs.level == nil)
        first.watch(from: .warning) {}
        second.watch(from: .info) {}
        #expect(outputs.level == .info)
        offer(.debug)
        #expect(made == 0)
        offer(.info)
        offer(.error)
        #expect(made == 2)
        #expect(first.takeAll().map(\.level) == [.error])
        #expect(second.takeAll().map(\.level) == [.info, .error])
        second.setLevel(.debug)
        #expect(outputs.level == .debug)
        outputs.remove(second)
        #expect(outputs.level == .warning)
        // Who does not watch does not begin to by a change of level.
        second.setLevel(.debug)
        #expect(outputs.level == .warning)
    }

    @Test func nothingPassesTheLimit() {
        let outputs = LogOutputs()
        let feed = outputs.makeFeed()
        feed.watch(from: .debug) {}
        outputs.limit = .warning
        #expect(outputs.level == .warning)
        for level in [Logger.Level.debug, .notice, .warning] { outputs.offer(Self.record(level), level: level) }
        #expect(feed.takeAll().map(\.level) == [.warning])
        outputs.limit = .debug
        #expect(outputs.level == .debug)
    }

    @Test func feedsAreBounded() {
        let outputs = LogOutputs()
        let feed = outputs.makeFeed()
        feed.watch(from: .info) {}
        for _ in 0..<(LogFeed.queueLimit + 5) { outputs.offer(Self.record(.info), level: .info) }
        #expect(feed.takeAll().count == LogFeed.queueLimit)
        #expect(feed.droppedCount == 5)
        feed.watch(from: nil, wake: nil)
        #expect(feed.level == nil)
    }

    @Test func loggersWriteThere() throws {
        let outputs = LogOutputs()
        let feed = outputs.makeFeed()
        feed.watch(from: .info) {}
        var logger = Logger(label: "test") { _ in OutputsLogHandler(outputs) { 42 } }
        logger[metadataKey: "uuid"] = "u-1"
        #expect(logger.logLevel == .info)
        logger.debug("not wanted")
        logger.warning("refused", metadata: ["to": "1000", "by": "acl"])
        let line = try #require(feed.takeAll().first)
        #expect(line.text == "refused by=acl to=1000")
        #expect(line.channel == "u-1" && line.time == 42 && line.level == .warning)
    }

    @Test(arguments: [
        (nil, "x", "1970-01-01 00:00:01.000042 [NOTICE] A/B.swift:7 x"),
        ("u", "x", "u 1970-01-01 00:00:01.000042 [NOTICE] A/B.swift:7 x"),
        ("u", "x\ny", "u 1970-01-01 00:00:01.000042 [NOTICE] A/B.swift:7 x\nu y"),
    ])
    func plainLines(channel: String?, text: String, line: String) {
        #expect(Self.whole(channel, text).plainLine(withChannel: true) == Self.local(line))
    }

    @Test func jsonLines() {
        #expect(
            Self.whole("u", "say \"x\"").jsonLine
                == Self.local(
                    #"{"time":"1970-01-01 00:00:01.000042","level":"NOTICE","uuid":"u","file":"A/B.swift","line":7,"#
                        + #""function":"f()","message":"say \"x\""}"#
                )
        )
    }

    private static func whole(_ channel: String?, _ text: String) -> LogRecord {
        LogRecord(
            level: .notice,
            text: text,
            channel: channel,
            file: "A/B.swift",
            function: "f()",
            line: 7,
            time: 1_000_042
        )
    }

    /// The expected text on a machine in another zone.
    private static func local(_ text: String) -> String {
        let moment = BrokenDownTime(secondsSinceEpoch: 1).dateAndTime
        return text.split(separator: "1970-01-01 00:00:01", omittingEmptySubsequences: false).joined(separator: moment)
    }
}
