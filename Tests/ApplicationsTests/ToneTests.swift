import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import Testing

@testable import Applications

/// Listening for tones in a call; the audio runs in real time.
@Suite(.serialized) struct ToneTests {
    /// What follows when a tone is heard that the far end says, or hears.
    @Test(
        arguments: [
            (["tone_detect fax 440 r 0 set found=yes"], "found", "yes"),
            (["tone_detect fax 440 r +20 set found=yes 2"], "found", "yes"),
            (["set execute_on_tone_detect=set found=hook", "tone_detect fax 440"], "found", "hook"),
            (
                ["set tone_detect_hits=2", "set tone_detect_sleep=5", "tone_detect fax 440 r 0 set found=2"], "found",
                "2"
            ),
            (["tone_detect a 1100 r 0 set other=yes", "tone_detect b 440 o 0 set found=yes"], "found", "yes"),
            (["tone_detect a 440 r +20 2"], "tone_detect_a_total_time", nil),
        ] as [([String], String, String?)]
    )
    func tonesAreHeard(_ lines: [String], _ name: String, _ value: String?) throws {
        let call = try CallerFixture(["answer"] + lines + ["park"])
        let subscription = call.softswitch.events.subscribe(to: [.detectedTone]) {}
        try call.farEnd().say(CallAudio.tone, in: call.exchange)
        #expect(call.exchange.loop.runUntil { call.variable(name) != nil })
        if let value { #expect(call.variable(name) == value) }
        let events = subscription.takeAll()
        call.softswitch.events.unsubscribe(subscription)
        #expect(events.count == 1 && events.first?["Detected-Tone"] != nil)
        #expect(call.variable("other") == nil)
        let listing = call.exchange.command("uuid_buglist \(call.caller.id)")
        #expect(!listing.contains("<target>\(events.first?["Detected-Tone"] ?? "")</target>"))
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// The times that variables say are packets of 20 ms.
    @Test(
        arguments: [
            ([:], 5000, 500), (["tone_detect_expires": "5"], 100, 500), (["tone_detect_sleep": "5"], 5000, 100),
            (["tone_detect_expires": "soon"], 5000, 500), (["tone_detect_expires": "99999999999"], 200_000, 500),
        ] as [([String: String], Int, Int)]
    )
    func readsTimes(_ settings: [String: String], _ expiry: Int, _ pause: Int) throws {
        let request = try ToneRequest(["fax", "440"], second: 0) { settings[$0] }
        let tone = try #require(request.tone)
        #expect(tone.expiry == .milliseconds(expiry))
        #expect(tone.pause == .milliseconds(pause))
    }

    /// The tone of a fax machine, and no other.
    @Test(arguments: [(1100, true), (440, false)])
    func faxMachinesAreHeard(_ frequency: Int, _ isHeard: Bool) throws {
        let call = try CallerFixture(["answer", "fax_detect", "tone_detect other 440 r 0 set other=yes", "park"])
        let events = call.softswitch.events.subscribe(to: [.detectedTone]) {}
        try call.farEnd().say("tone_stream://v=-10;%(60000,0,\(frequency))", in: call.exchange)
        var told: [String?] = []
        let isOver = { () -> Bool in
            told += events.takeAll().map { $0["Detected-Tone"] }
            return !told.isEmpty
        }
        #expect(call.exchange.loop.runUntil(isOver))
        #expect(told == [isHeard ? "fax" : "other"])
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A tone that nobody says, one that is not waited for any more, and one that only the other direction has.
    @Test(
        arguments: [
            ["tone_detect fax 1100 r 0 set found=yes"],
            ["tone_detect fax 440 r 0 set found=yes", "stop_tone_detect"],
            ["tone_detect fax 440 w 0 set found=yes"],
        ]
    )
    func othersAreNot(_ lines: [String]) throws {
        let call = try CallerFixture(["answer"] + lines + ["tone_detect end 440 r 0 set over=yes", "park"])
        try call.farEnd().say(CallAudio.tone, in: call.exchange)
        #expect(call.exchange.loop.runUntil { call.variable("over") != nil })
        #expect(call.variable("found") == nil)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// The time for a tone is over before it is said; the same key listens again.
    @Test func tonesAreWaitedForInTime() throws {
        let call = try CallerFixture([
            "answer", "tone_detect fax 440 r +3 set found=yes", "sleep 5000", "set late=yes", "tone_detect fax 440",
            "park",
        ])
        #expect(call.exchange.command("uuid_buglist \(call.caller.id)").contains("<target>fax</target>"))
        call.advance(4)
        #expect(!call.exchange.command("uuid_buglist \(call.caller.id)").contains("<target>fax</target>"))
        call.advance(2)
        try call.farEnd().say(CallAudio.tone, in: call.exchange)
        #expect(call.exchange.loop.runUntil { call.variable("found") != nil })
        #expect(call.variable("late") == "yes")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// How loud the far end is, once a second; not a word about nobody's audio.
    @Test func levelsAreTold() throws {
        let log = LogCapture()
        let call = try CallerFixture(["answer", "sound_test", "set over=yes"], log: log)
        try call.farEnd().say(CallAudio.tone, in: call.exchange)
        let loud = { log.lines.contains { $0.hasPrefix("sound test ") && Self.mean(in: $0) > CallAudio.loudness } }
        #expect(call.exchange.loop.runUntil { loud() })
        #expect(call.variable("over") == nil)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    private static func mean(in line: String) -> Int {
        line.split(separator: " ").first { $0.hasPrefix("mean=") }.flatMap { Int($0.dropFirst(5)) } ?? 0
    }

    /// The means and peaks of the seconds, whatever pieces the samples come in; a second that is not over is not told.
    @Test(arguments: [80, 160, 8000])
    func secondsAreMeasured(_ piece: Int) {
        let seconds = Mutex<[LevelMeter.Second]>([])
        let meter = LevelMeter(rate: 8000) { second in seconds.withLock { $0.append(second) } }
        let samples =
            Array(repeating: Int16(0), count: 8000) + (0..<8000).map { $0.isMultiple(of: 2) ? -100 : 300 }
            + [.min] + Array(repeating: 0, count: 7999) + [1]
        for start in stride(from: 0, to: samples.count, by: piece) {
            let part = Array(samples[start..<min(start + piece, samples.count)])
            #expect(part.withUnsafeBufferPointer { meter.write($0) })
        }
        let expected = [(0, 0), (200, 300), (4, 32_767)].map { LevelMeter.Second(mean: $0.0, peak: $0.1) }
        #expect(seconds.withLock { $0 } == expected)
    }

    @Test func commandsListenForTones() throws {
        let call = try CallerFixture(["answer", "park"])
        let id = call.caller.id
        #expect(
            call.exchange.wrongAnswers([
                ("tone_detect \(id) fax", "-USAGE: <uuid> <key> <tone_spec> [<flags> <timeout> <app> <args> <hits>]\n"),
                ("tone_detect nobody fax 440", "-ERR Cannot locate session!\n"),
                ("tone_detect \(id) fax none", "-ERR Cannot detect tone!\n"),
                ("tone_detect \(id) fax 440 r 1", "-ERR Cannot detect tone!\n"),
                (
                    "tone_detect \(id) fax 440 r +5 set found=yes 1",
                    "+OK Enabling tone detection 'fax' '440' 'r'\n"
                ),
            ]) == []
        )
        try call.farEnd().say(CallAudio.tone, in: call.exchange)
        #expect(call.exchange.loop.runUntil { call.variable("found") != nil })
        #expect(call.leftoversAfterFiles() == [0, 0])
    }
}
