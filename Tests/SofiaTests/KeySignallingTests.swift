import Base
import MediaEngine
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Keys that a phone hears as INFO requests, and keys that it sends so.
struct KeySignallingTests {
    private static let uri = "sip:5005@10.0.0.1"
    private static let contact = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"]

    /// What a phone says of its audio, with telephone-events (RFC 4733) or without.
    private static func sdp(events: Bool) -> String {
        let offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0"
        return offer + (events ? " 101\r\na=rtpmap:101 telephone-event/8000\r\n" : "\r\n")
    }

    /// A phone in a call to an extension that does these things, one per line: `name data`.
    private final class Bench {
        let exchange: SimulatedSwitch
        let phone: WirePeer
        /// Whom the extension may call.
        let other: WirePeer
        let answer: SIPMessage?

        init(_ lines: [String], type: String = "rfc2833", events: Bool = true) throws {
            let actions = lines.map { line in
                let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                return (application: parts[0], data: parts.count > 1 ? parts[1] : "")
            }
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: ["auth-calls": "false", "dtmf-type": type],
                actions: actions
            )
            exchange.start()
            (phone, other) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
            let (uri, body) = (KeySignallingTests.uri, KeySignallingTests.sdp(events: events))
            answer = phone.request(
                "INVITE",
                uri: uri,
                to: "<\(uri)>",
                fromTag: "peer",
                KeySignallingTests.contact,
                body: body
            )
            request("ACK", cseq: 1)
        }

        /// A request of the phone's inside the dialog.
        @discardableResult
        func request(_ method: String, cseq: Int, _ headers: [String] = [], body: String = "") -> SIPMessage? {
            let (uri, tag) = (KeySignallingTests.uri, answer?.toTag ?? "")
            return phone.request(
                method,
                uri: uri,
                to: "<\(uri)>;tag=\(tag)",
                fromTag: "peer",
                cseq: cseq,
                headers,
                body: body
            )
        }

        /// Answers the call to the other phone.
        func answerOther(events: Bool) throws {
            let invite = try #require(other.heard.first { $0.method == .invite })
            let headers = ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"]
            other.respond(200, to: invite, headers, body: KeySignallingTests.sdp(events: events))
            let sessions = exchange.softswitch.sessions
            #expect(
                exchange.loop.runUntil {
                    sessions.count == 2 && sessions.all.allSatisfy { $0.assumeIsolated { $0.media?.isBridged == true } }
                }
            )
        }

        /// The keys that a phone was told of by INFO, each once however often it was sent.
        static func keys(of phone: WirePeer) -> [String] {
            var numbers: Set<UInt32> = []
            return phone.heard.filter { $0.isRequest && $0.method == .info && numbers.insert($0.cseq).inserted }
                .map { $0.bodyText.split(whereSeparator: \.isNewline).joined(separator: " ") }
        }
    }

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
        ] as [(String, Bool, [String], Bool, [String])]
    )
    func keysGoWhereTheyAreWanted(
        _ type: String,
        _ events: Bool,
        _ settings: [String],
        _ areAgreed: Bool,
        _ told: [String]
    ) throws {
        let bench = try Bench(settings + ["answer", "send_dtmf 1#@100", "park"], type: type, events: events)
        #expect(bench.answer?.status == 200)
        #expect(bench.answer?.bodyText.contains("telephone-event") == areAgreed)
        bench.exchange.loop.advance(by: .seconds(2))
        #expect(Bench.keys(of: bench.phone) == told)
    }

    /// Tones that were asked for take the place of requests.
    @Test func tonesAreNoRequests() throws {
        let steps = ["start_dtmf_generate", "send_dtmf 1", "stop_dtmf_generate", "send_dtmf 2@100", "park"]
        let bench = try Bench(["answer"] + steps, type: "info")
        bench.exchange.loop.advance(by: .seconds(1))
        #expect(Bench.keys(of: bench.phone) == ["Signal=2 Duration=100"])
    }

    /// One key after the other, with the pauses that were asked for; each is answered in its own time.
    @Test(arguments: [("12@100", 0, 200), ("1w2@100", 500, 300), ("1W2@100", 1000, 300)])
    func keysWait(_ text: String, _ pause: Int, _ rest: Int) throws {
        let bench = try Bench(["answer", "park"], type: "info")
        let id = try #require(bench.exchange.softswitch.sessions.all.first?.id)
        #expect(bench.exchange.command("uuid_send_dtmf \(id) \(text)").hasPrefix("+OK"))
        // The key and the silence after it take 200 ms.
        bench.exchange.loop.advance(by: .milliseconds(pause + 150))
        #expect(Bench.keys(of: bench.phone) == ["Signal=1 Duration=100"])
        bench.exchange.loop.advance(by: .milliseconds(rest))
        #expect(Bench.keys(of: bench.phone) == ["Signal=1 Duration=100", "Signal=2 Duration=100"])
    }

    /// What waits to be said when the call ends is not said, and no timer stays for it.
    @Test func endsWithTheCall() throws {
        let bench = try Bench(["answer", "send_dtmf 1234567890@1000", "park"], type: "info")
        bench.request("BYE", cseq: 2)
        bench.exchange.loop.advance(by: .seconds(5))
        #expect(Bench.keys(of: bench.phone).count == 1)
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
        let bench = try Bench(settings + ["answer", "bridge sofia/internal/b@10.0.0.98"])
        try bench.answerOther(events: events)
        let keys = bench.exchange.softswitch.events.subscribe(to: [.dtmf]) {}
        let relay = ["Content-Type: application/dtmf-relay"]
        #expect(bench.request("INFO", cseq: 2, relay, body: "Signal=5\r\nDuration=120\r\n")?.status == 200)
        #expect(keys.takeAll().compactMap { $0["DTMF-Digit"] } == ["5"])
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(Bench.keys(of: bench.other) == told)
        bench.exchange.softswitch.events.unsubscribe(keys)
    }
}
