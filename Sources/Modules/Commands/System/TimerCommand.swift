import Base
import SwitchCore

/// `timer_test`: how exactly the switch keeps the time.
enum TimerCommand {
    private static let syntax = "<10|20|40|60|120> [<1..200>] [<timer_name>]"
    /// Two more than the syntax has, as in FreeSWITCH.
    private static let intervals: Set = [10, 20, 30, 32, 40, 60, 120]
    private static let counts = 1...400
    private static let (usualInterval, usualCount) = (20, 50)
    /// The timer that there is.
    private static let timer = "soft"

    static let command = APICommand("timer_test", syntax: syntax, summary: "measures a timer") { context, text in
        let words = CommandText.words(of: text)
        guard let interval = words.isEmpty ? usualInterval : Int(words[0]), intervals.contains(interval) else {
            return "parameter missing: \(syntax)\n"
        }
        guard words[at: 2] ?? timer == timer else { return "Timer Error!\n" }
        let count = words[at: 1].flatMap { Int($0) }.flatMap { counts.contains($0) ? $0 : nil } ?? usualCount
        return await measure(interval, count: count, on: context)
    }

    /// `time_test`: how exactly somebody who sleeps is woken.
    static let sleepCommand = APICommand(
        "time_test",
        syntax: "<mss> [count]",
        summary: "measures sleeps"
    ) { context, text in
        let words = CommandText.words(of: text)
        guard let first = words.first else { return "parameter missing\n" }
        let microseconds = min(max(Int(first) ?? 0, 0), longestSleep)
        let asked = words[at: 1].flatMap { Int($0) } ?? 0
        let count = asked > 0 ? min(asked, sleepLimit) : usualSleeps
        let loop = context.session?.loop ?? context.softswitch.loops.first
        var (lines, total): (String, Int64) = ("", 0)
        for number in 1...count {
            let start = loop.now
            try? await loop.sleep(for: .microseconds(microseconds))
            let slept = (loop.now.nanoseconds &- start.nanoseconds) / 1000
            lines += "test \(number) sleep \(microseconds) \(slept)\n"
            total += slept
        }
        return lines + "avg \(total / Int64(count))\n"
    }

    /// In microseconds.
    private static let longestSleep = 1_000_000
    private static let (usualSleeps, sleepLimit) = (10, 100)

    private static func measure(_ interval: Int, count: Int, on context: APIContext) async -> String {
        let loop = context.session?.loop ?? context.softswitch.loops.first
        let start = loop.now
        for _ in 0..<count { try? await loop.sleep(for: .milliseconds(interval)) }
        let total = Double(loop.now.nanoseconds &- start.nanoseconds) / 1_000_000
        return "Avg: \((total / Double(count)).text(places: 3))ms Total Time: \(total.text(places: 3))ms\n"
    }
}
