import Base
import Testing

@testable import Cache

/// How a process goes through a table whose rows come to be seen in whichever order.
struct ForgetTableReaderTests {
    private func reading(_ seconds: Int64, _ names: [String], list: String = "l") -> ForgetTableReading {
        var reading = ForgetTableReading(now: seconds * 1000)
        reading.rows = names.map { .init(name: $0, entry: ForgetEntry(["s.\($0)"], identifier: $0, list: list)) }
        return reading
    }

    private func instant(_ seconds: Int) -> MonotonicInstant { .zero + .seconds(seconds) }

    /// A row counts once, whenever it comes to be seen: that of a transaction which ended late, or of another node.
    @Test func hearsEachRowOnce() {
        var reader = ForgetTableReader(since: instant(0))
        let readings: [([String], [String])] = [
            (["c"], ["c"]), (["a", "c"], ["a"]), (["a", "b", "c"], ["b"]), ([], []), (["c", "b"], []), (["d"], ["d"]),
        ]
        for (second, (names, wanted)) in readings.enumerated() {
            let news = reader.take(reading(1000 + Int64(second), names), begun: instant(second), list: "l")
            #expect(news.entries.map(\.identifier) == wanted)
            #expect(!news.isUnknown)
        }
    }

    /// It reads back to some seconds before it last did, by its own clock and by the database's, and every ten seconds as far
    /// as rows may come late.
    @Test func readsBackAsFarAsItHasTo() {
        var reader = ForgetTableReader(since: instant(10))
        let whole = ForgetTableReader.gapLimit + ForgetTableReader.window
        #expect(whole < ForgetTableReader.retention)
        var span = reader.span(at: instant(15))
        #expect(span == whole)
        var since = reader.since(at: instant(15))
        #expect(since == nil)
        _ = reader.take(reading(1000, []), begun: instant(20), list: nil)
        for second in 21..<30 {
            span = reader.span(at: instant(second))
            #expect(span == .seconds(second - 20 + 10))
            since = reader.since(at: instant(second))
            #expect(since == 990_000)
        }
        for second in [30, 320, 100_000] {
            span = reader.span(at: instant(second))
            #expect(span == whole)
            since = reader.since(at: instant(second))
            #expect(since == 940_000)
        }
        // Another node's clock may be behind, and does not move it.
        _ = reader.take(reading(900, []), begun: instant(21), list: nil)
        since = reader.since(at: instant(22))
        #expect(since == 990_000)
    }

    /// A node that is behind may show a row again that others have shown minutes before.
    @Test func remembersWhatItHasNotSeenForMinutes() {
        var reader = ForgetTableReader(since: instant(0))
        _ = reader.take(reading(1000, ["a"]), begun: instant(0), list: "l")
        for second in stride(from: 10, to: 700, by: 10) {
            _ = reader.take(reading(1000 + Int64(second), []), begun: instant(second), list: "l")
        }
        let news = reader.take(reading(1700, ["a", "b"]), begun: instant(700), list: "l")
        #expect(news.entries.map(\.identifier) == ["b"])
    }

    /// After a break that is longer than rows are sure to be there, it is not known what was forgotten.
    @Test(
        arguments: [
            // Own seconds, those of the database's clock.
            (600, 600, false), (601, 601, true), (1, 601, true), (1, 600, false), (601, 0, true), (1, -5000, false),
        ] as [(Int, Int64, Bool)]
    )
    func knowsWhenItWasAwayForTooLong(own: Int, database: Int64, isUnknown: Bool) {
        var reader = ForgetTableReader(since: instant(0))
        var news = reader.take(reading(10_000, ["a"]), begun: instant(1), list: "l")
        #expect(!news.isUnknown)
        news = reader.take(reading(10_000 + database, ["a", "b"]), begun: instant(1 + own), list: "l")
        #expect(news.isUnknown == isUnknown)
        #expect(!news.isForeignUnknown)
        #expect(news.entries.map(\.identifier) == ["b"])
        // Nodes whose clocks are far apart are no break each time.
        news = reader.take(reading(10_000, []), begun: instant(2 + own), list: "l")
        news = reader.take(reading(10_000 + database, []), begun: instant(3 + own), list: "l")
        #expect(!news.isUnknown)
    }

    @Test func doesNotKnowWhatItCannotReadWhole() {
        var reader = ForgetTableReader(since: instant(0))
        var part = reading(1000, ["a"], list: "other")
        part.isAll = false
        let news = reader.take(part, begun: instant(0), list: "l")
        #expect(news.isUnknown && news.isForeignUnknown)
        #expect(news.entries.map(\.identifier) == ["a"])
        // It is said once, until everything has been read.
        for (second, isAll, isUnknown) in [(1, false, false), (2, true, false), (3, false, false), (10, true, false)] {
            part.isAll = isAll
            let news = reader.take(part, begun: instant(second), list: "l")
            #expect(news.isUnknown == isUnknown)
        }
        part.isAll = false
        let again = reader.take(part, begun: instant(11), list: "l")
        #expect(again.isUnknown)
    }

    /// As many rows as a reading may have are heard once, however often they are read; of more it remembers the latest.
    @Test func remembersSoMuch() {
        var reader = ForgetTableReader(since: instant(0))
        for (second, first) in [0, 0, 0, 20_000, 40_000, 40_000].enumerated() {
            let many = (first..<first + 20_000).map { "\($0)" }
            let news = reader.take(reading(1000 + Int64(second), many), begun: instant(second), list: nil)
            #expect(news.entries.count == ([0, 3, 4].contains(second) ? many.count : 0))
        }
    }

    /// Somebody has to do something for a table that refuses everybody: it is asked less and less often.
    @Test func leavesATableAlone() {
        var settings = CacheSettings()
        (settings.tablePause, settings.refusalPause) = (.seconds(1), .seconds(10))
        var pause = TablePause(settings)
        let away = ForgetTableFault(isOfTheMoment: true, "away")
        let standby = ForgetTableFault(isOfTheMoment: true, takesTime: true, "read-only")
        let refusal = ForgetTableFault(isOfTheMoment: false, "permission denied")
        let faults: [(ForgetTableFault?, Int)] = [
            (away, 1), (away, 1), (standby, 10), (standby, 10), (refusal, 10), (refusal, 20), (refusal, 40),
            (refusal, 80), (refusal, 160), (refusal, 320), (refusal, 600), (refusal, 600), (nil, 0), (refusal, 10),
        ]
        for (fault, seconds) in faults {
            let time = pause.after(fault)
            #expect(time == .seconds(seconds))
        }
    }

    // MARK: - What is told

    @Test(
        arguments: [
            (["s.a", "s"], ["s.a", "s"]), ([], []), (["s.a\ns.b"], ["*"]), (["s.a\u{0}"], ["*"]),
            (["@s", "s.b"], ["*"]), ([String(repeating: "x", count: 5000)], ["*"]),
            (["s.ä \u{1F600}"], ["s.ä \u{1F600}"]),
        ] as [([String], [String])]
    )
    func entriesAreReadAsTheyAreWritten(tags: [String], wanted: [String]) {
        let entry = ForgetEntry(tags, identifier: "id", list: "l")
        #expect(entry.bytes.count <= ForgetEntry.lengthLimit)
        #expect(ForgetEntry(entry.bytes, orElse: "x") == ForgetEntry(wanted, identifier: "id", list: "l"))
    }

    @Test(
        arguments: [
            ("", "", "x", []), ("s.a", "", "x", ["s.a"]), ("@", "", "x", []), ("@l\ns.a", "l", "x", ["s.a"]),
            ("@ id\ns.a", "", "id", ["s.a"]), ("@l id more\n\n@b\ns.a\n", "l", "id", ["s.a"]),
            ("@l id\n" + String(repeating: "s\n", count: 3000), "l", "id", ["*"]),
        ] as [(String, String, String, [String])]
    )
    func entriesOfOthersAreRead(text: String, list: String, identifier: String, tags: [String]) {
        let entry = ForgetEntry(Array(text.utf8), orElse: "x")
        #expect(entry == ForgetEntry(tags, identifier: identifier, list: list))
    }

    @Test func tellsEverythingInThePlaceOfTooMuch() {
        func entry(_ name: String, list: String = "l") -> ForgetEntry {
            ForgetEntry(["s.\(name)"], identifier: name, list: list)
        }
        var untold = UntoldEntries()
        untold.add(entry("a"))
        untold.add(entry("b"))
        let first = untold.take()
        #expect(first == [entry("a"), entry("b")])
        #expect(untold.count == 2)
        untold.add(entry("c"))
        // What was not taken goes before what has come since.
        untold.refused(first, isLasting: false)
        var again = untold.take()
        #expect(again == [entry("a"), entry("b"), entry("c")])
        untold.told(again)
        #expect(untold.count == 0)
        // So many at a time, in their order.
        let many = (0..<250).map { entry("\($0)") }
        for one in many { untold.add(one) }
        let portions = (0..<4).map { _ in untold.take() }
        #expect(portions.map(\.count) == [100, 100, 50, 0])
        #expect(portions.flatMap { $0 } == many)
        untold.told(many)
        for number in 0...UntoldEntries.limit { untold.add(entry("\(number)", list: number == 0 ? "m" : "l")) }
        let all = untold.take()
        #expect(all.map(\.tags) == [["*"]] && all.map(\.list) == [ForgetEntry.noList])
        // There may be something in it that is never taken.
        untold.refused([entry("a")], isLasting: true)
        again = untold.take()
        #expect(again.map(\.tags) == [["*"]] && again.map(\.list) == ["l"])
        // What says nothing says no more for that.
        untold.refused([ForgetEntry([], identifier: "d", list: "l")], isLasting: true)
        again = untold.take()
        #expect(again.map(\.tags) == [[]])
    }
}
