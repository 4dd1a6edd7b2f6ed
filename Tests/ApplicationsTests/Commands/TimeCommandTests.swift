import Glibc
import SwitchCore
import TandemTesting
import Testing

/// Times as text and back.
struct TimeCommandTests {
    @Test(
        .enabled(if: access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0, "the machine has no zones"),
        arguments: [
            ("UTC 1767225600|%F %T %Z", "2026-01-01 00:00:00 UTC"),
            ("Europe/Berlin 1767225600|%F %T %Z %z", "2026-01-01 01:00:00 CET +0100"),
            ("Europe/Berlin 1782864000|%F %T %Z", "2026-07-01 02:00:00 CEST"),
            // The second before summer time begins, and the one when it does.
            ("Europe/Berlin 1774745999|%T %Z", "01:59:59 CET"),
            ("Europe/Berlin 1774746000|%T %Z", "03:00:00 CEST"),
            ("Europe/Berlin 1792889999|%T %Z", "02:59:59 CEST"),
            ("Europe/Berlin 1792890000|%T %Z", "02:00:00 CET"),
            // Beyond what the file lists, its rule goes on.
            ("America/New_York 2540000000|%F %T %Z", "2050-06-27 23:33:20 EDT"),
            // South of the equator summer is at the turn of the year.
            ("Australia/Sydney 1767225600|%F %T %Z", "2026-01-01 11:00:00 AEDT"),
            ("Australia/Sydney 1782864000|%F %T %Z", "2026-07-01 10:00:00 AEST"),
            ("Asia/Kolkata -86400|%F %T", "1969-12-31 05:30:00"),
            ("UTC 99999999999999999999|%Y", "1970"),
        ]
    )
    func knowsZones(_ arguments: String, _ answer: String) throws {
        #expect(try TestSwitch.answer("strftime_tz \(arguments)") == answer)
    }

    @Test(arguments: ["", "Nowhere/Land", "../../etc/passwd", "/etc/passwd", "Europe"])
    func refusesWhatIsNoZone(_ name: String) throws {
        #expect(try TestSwitch.answer("strftime_tz \(name) %F") == "-ERR Invalid timezone/format\n")
    }

    @Test(
        arguments: [
            "2026-01-31 13:30:05", "2026-06-30 00:00:00", "2024-02-29 23:59:59",
        ]
    )
    func readsWhatItWrites(_ date: String) throws {
        let exchange = try TestSwitch("")
        let seconds = exchange.command("strepoch \(date)")
        #expect(exchange.command("strftime \(seconds)|%Y-%m-%d %T") == date)
        #expect(exchange.command("strepoch \(date.filter { $0.isNumber })") == seconds)
        #expect(exchange.command("strmicroepoch \(date)") == seconds + "000000")
    }

    @Test(arguments: ["nonsense", "12-", "1-2", "-"])
    func whatIsNoDateIsNothing(_ text: String) throws {
        #expect(try TestSwitch.answer("strepoch \(text)") == "0")
    }

    /// Numbers that no calendar has end as some time or other, and nothing else.
    @Test(arguments: ["99999999999999", "2147483647-2147483647-2147483647 2147483647:2147483647:2147483647"])
    func hugeNumbersAreHarmless(_ text: String) throws {
        #expect(Int(try TestSwitch.answer("strepoch \(text)")) != nil)
    }

    @Test func theTimeNow() throws {
        let exchange = try TestSwitch("")
        #expect(exchange.command("strepoch") == "1")
        #expect(exchange.command("strmicroepoch") == "1000000")
        #expect(exchange.command("strmicroepoch 99999999-12-31") == "100000000000000000")
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.command("strepoch") == "3")
        #expect(exchange.command("strftime %s") == "3")
    }
}
