import Base
import MediaEngine
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Keys that a phone hears as INFO requests, and keys that it sends so.
struct KeySignallingTests {
    private static let infos = ["Signal=1 Duration=100", "Signal=# Duration=100"]

    /// What the profile or the channel says, and what the phone takes: whether events are agreed on, and what INFO says.
    @Test(
        arguments: [
            ("rfc2833", true, [], true, []), ("rfc2833", false, [], false, infos), ("info", true, [], false, infos),
            ("info", false, [], false, infos), ("none", true, [], false, []), ("none", false, [], false, []),
            ("rfc2833", true, ["set dtmf_type=info"], false, infos),
            ("rfc2833", true, ["set dtmf_type=none"], false, []),
            ("rfc2833", true, ["set dtmf_type=loud"], true, []), ("info", true, ["set dtmf_type=RFC2833"], true, []),
            ("rfc2833", false, ["set rtp_info_when_no_2833=false"], false, []),
            ("rfc2833", false, ["set rtp_info_when_no_2833=true"], false, infos),
            ("info", true, ["set rtp_info_when_no_2833=false"], false, infos),
            ("rfc2833", false, ["set rtp_liberal_dtmf=true"], false, []),
            ("rfc2833", false, ["set_global rtp_liberal_dtmf=true"], false, []),
            ("rfc2833", false, ["set rtp_liberal_dtmf=false"], false, infos),
            ("info", false, ["set rtp_liberal_dtmf=true"], false, infos),
        ] as [(String, Bool, [String], Bool, [String])]
    )
    func keysGoWhereTheyAreWanted(
        _ type: String,
        _ events: Bool,
        _ settings: [String],
        _ areAgreed: Bool,
        _ told: [String]
    ) throws {
        let bench = try KeyBench(settings + ["answer", "send_dtmf 1#@100", "park"], type: type, events: events)
        #expect(bench.answer?.status == 200)
        #expect(bench.answer?.bodyText.contains("telephone-event") == areAgreed)
        bench.exchange.loop.advance(by: .seconds(2))
        #expect(KeyBench.keys(of: bench.phone) == told)
    }

    /// Tones that were asked for take the place of requests.
    @Test func tonesAreNoRequests() throws {
        let steps = ["start_dtmf_generate", "send_dtmf 1", "stop_dtmf_generate", "send_dtmf 2@100", "park"]
        let bench = try KeyBench(["answer"] + steps, type: "info")
        bench.exchange.loop.advance(by: .seconds(1))
        #expect(KeyBench.keys(of: bench.phone) == ["Signal=2 Duration=100"])
    }

    /// One key after the other, with the pauses that were asked for; each is answered in its own time.
    @Test(arguments: [("12@100", 0, 200), ("1w2@100", 500, 300), ("1W2@100", 1000, 300)])
    func keysWait(_ text: String, _ pause: Int, _ rest: Int) throws {
        let bench = try KeyBench(["answer", "park"], type: "info")
        let id = try #require(bench.exchange.softswitch.sessions.all.first?.id)
        #expect(bench.exchange.command("uuid_send_dtmf \(id) \(text)").hasPrefix("+OK"))
        // The key and the silence after it take 200 ms.
        bench.exchange.loop.advance(by: .milliseconds(pause + 150))
        #expect(KeyBench.keys(of: bench.phone) == ["Signal=1 Duration=100"])
        bench.exchange.loop.advance(by: .milliseconds(rest))
        #expect(KeyBench.keys(of: bench.phone) == ["Signal=1 Duration=100", "Signal=2 Duration=100"])
    }

    /// What waits to be said when the call ends is not said, and no timer stays for it.
    @Test func endsWithTheCall() throws {
        let bench = try KeyBench(["answer", "send_dtmf 1234567890@1000", "park"], type: "info")
        bench.request("BYE", cseq: 2)
        bench.exchange.loop.advance(by: .seconds(5))
        #expect(KeyBench.keys(of: bench.phone).count == 1)
        #expect(bench.exchange.softswitch.sessions.count == 0)
    }

    /// A key that one phone sends as INFO reaches the other as it takes keys, unless it is kept.
    @Test(
        arguments: [
            ([], false, ["Signal=5 Duration=120"]), ([], true, []), (["set bridge_filter_dtmf=true"], false, []),
            (["set bridge_terminate_key=5"], false, []), (["bind_digit_action r,5,exec:set,a=1"], false, []),
        ] as [([String], Bool, [String])]
    )
    func keysAreHandedOn(_ settings: [String], _ events: Bool, _ told: [String]) throws {
        let bench = try KeyBench(settings + ["answer", "bridge sofia/internal/b@10.0.0.98"], events: false)
        try bench.answerOther(events: events)
        let keys = bench.exchange.softswitch.events.subscribe(to: [.dtmf]) {}
        bench.press("5")
        #expect(keys.takeAll().compactMap { $0["DTMF-Digit"] } == ["5"])
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(KeyBench.keys(of: bench.other) == told)
        bench.exchange.softswitch.events.unsubscribe(keys)
    }

    /// A phone that says its keys in both ways has pressed each of them once, unless that is what is wanted.
    @Test(
        arguments: [
            ("rfc2833", true, [], 0), ("rfc2833", false, [], 1), ("info", true, [], 1), ("none", true, [], 1),
            ("rfc2833", true, ["set rtp_liberal_dtmf=true"], 1),
            ("rfc2833", true, ["set_global rtp_liberal_dtmf=true"], 1),
            ("rfc2833", true, ["set dtmf_type=info"], 1),
        ] as [(String, Bool, [String], Int)]
    )
    func requestsCountWhereThereAreNoEvents(_ type: String, _ events: Bool, _ settings: [String], _ count: Int) throws {
        let bench = try KeyBench(settings + ["answer", "park"], type: type, events: events)
        let keys = bench.exchange.softswitch.events.subscribe(to: [.dtmf]) {}
        bench.press("5")
        #expect(keys.takeAll().count == count)
        bench.exchange.softswitch.events.unsubscribe(keys)
    }

    /// The profile may be liberal, too: keys are events then, and requests count.
    @Test(arguments: [true, false]) func profilesAreLiberal(_ events: Bool) throws {
        let steps = ["answer", "send_dtmf 1", "park"]
        let bench = try KeyBench(steps, events: events, settings: ["liberal-dtmf": "true"])
        let keys = bench.exchange.softswitch.events.subscribe(to: [.dtmf]) {}
        bench.press("5")
        #expect(keys.takeAll().count == 1)
        #expect(KeyBench.keys(of: bench.phone).isEmpty)
        bench.exchange.softswitch.events.unsubscribe(keys)
    }

    /// A key is itself, or the number of its event.
    @Test(
        arguments: [
            ("5", "5"), (" 7", "7"), ("*", "*"), ("#", "#"), ("d", "D"), ("10", "*"), ("11", "#"), ("12", "A"),
            ("15", "D"),
            ("16", nil), ("99999999999999999999", nil), ("x", nil), ("", nil),
        ] as [(String, String?)]
    )
    func readsKeys(_ text: String, _ key: String?) throws {
        let bench = try KeyBench(["answer", "park"], type: "info")
        let keys = bench.exchange.softswitch.events.subscribe(to: [.dtmf]) {}
        bench.press(text)
        bench.request("INFO", cseq: 3, ["Content-Type: application/dtmf"], body: text)
        #expect(keys.takeAll().compactMap { $0["DTMF-Digit"] } == (key.map { [$0, $0] } ?? []))
        bench.exchange.softswitch.events.unsubscribe(keys)
    }

    /// Where media go past the switch there is no audio for a key, so it is a request, whatever the type.
    @Test(arguments: ["rfc2833", "info", "none"], [true, false])
    func keysPassTheSwitch(_ type: String, _ events: Bool) throws {
        let steps = ["set bypass_media=true", "bridge sofia/internal/b@10.0.0.98"]
        let bench = try KeyBench(steps, type: type, events: events)
        try bench.respondOther(200, events: events)
        let id = try bench.id(.outbound)
        #expect(bench.send("7@100", to: id))
        #expect(KeyBench.keys(of: bench.other) == ["Signal=7 Duration=100"])
    }

    /// Keys are said before the answer as well, once the phone knows of the dialog.
    @Test(
        arguments: [
            ("info", 180, ["Signal=7 Duration=100"]), ("info", 183, ["Signal=7 Duration=100"]),
            ("rfc2833", 180, ["Signal=7 Duration=100"]), ("rfc2833", 183, []), ("info", nil, []),
        ] as [(String, Int?, [String])]
    )
    func keysBeforeTheAnswer(_ type: String, _ status: Int?, _ told: [String]) throws {
        let bench = try KeyBench(["ring_ready", "bridge sofia/internal/b@10.0.0.98"], type: type)
        if status == 183 {
            try bench.respondOther(183, events: true)
        } else if let status {
            bench.other.respond(status, to: try bench.invite(), ["Contact: <sip:b@10.0.0.98>"])
        }
        let id = try bench.id(.outbound)
        #expect(bench.send("7@100", to: id) == (status != nil))
        #expect(KeyBench.keys(of: bench.other) == told)
    }

    /// A caller that has heard nothing of us yet has no dialog.
    @Test(arguments: [("ring_ready", true), ("log nothing", false)])
    func callersAreTold(_ step: String, _ isTold: Bool) throws {
        let bench = try KeyBench([step, "sleep 10000"], type: "info")
        let id = try bench.id(.inbound)
        #expect(bench.send("7@100", to: id) == isTold)
        #expect(KeyBench.keys(of: bench.phone) == (isTold ? ["Signal=7 Duration=100"] : []))
    }

    /// A peer that refuses them gets no more requests, unless they were asked for by name.
    @Test(
        arguments: [
            ("rfc2833", 405, 1), ("rfc2833", 415, 1), ("rfc2833", 501, 1), ("rfc2833", 200, 2), ("rfc2833", 500, 2),
            ("info", 405, 2),
        ]
    )
    func refusalsAreNoticed(_ type: String, _ status: Int, _ count: Int) throws {
        let bench = try KeyBench(["answer", "park"], type: type, events: false)
        let id = try bench.id(.inbound)
        #expect(bench.send("12@1000", to: id))
        bench.phone.respond(status, to: try #require(KeyBench.infos(of: bench.phone).first), [])
        bench.exchange.loop.advance(by: .seconds(2))
        #expect(KeyBench.infos(of: bench.phone).count == count)
    }

    /// Who presses keys now has waited between them: how long each was does not hold the next one back.
    @Test func liveKeysDoNotWaitForTheirLength() throws {
        let bench = try KeyBench(["answer", "bridge sofia/internal/b@10.0.0.98"], events: false)
        try bench.answerOther(events: false)
        bench.press("1", milliseconds: 1600)
        bench.press("2", milliseconds: 1600, cseq: 3)
        bench.exchange.loop.advance(by: .milliseconds(200))
        #expect(KeyBench.keys(of: bench.other) == ["Signal=1 Duration=1600", "Signal=2 Duration=1600"])
    }
}
