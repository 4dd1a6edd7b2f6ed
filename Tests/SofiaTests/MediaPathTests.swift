import Base
import MediaEngine
import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// Media past the switch (`bypass_media`, `uuid_media`), on the wire: who gets whose description, and when.
struct MediaPathTests {
    private final class Reply: Sendable {
        let text = Mutex<String?>(nil)
    }

    /// A phone that calls 5005, and one that is called at `b@10.0.0.98`: the messages of both are the test's.
    final class Phones {
        private static let uri = "sip:5005@10.0.0.1"
        let exchange: SimulatedSwitch
        let caller: WirePeer
        let called: WirePeer
        private let reply = Reply()
        private var tag: String?
        private var cseq = 1

        /// - Parameter offer: The media lines of the caller's first description, in the place of plain sound.
        init(_ actions: [String], settings: [String: String] = [:], offer: String? = nil) throws {
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: settings.merging(["auth-calls": "false"]) { $1 },
                actions: actions.map { action in
                    let words = action.split(separator: " ", maxSplits: 1).map(String.init)
                    return (words[0], words.count > 1 ? words[1] : "")
                }
            )
            exchange.start()
            (caller, called) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
            let plain = Self.sdp(40_000)
            let body = offer.map { String(plain.prefix { $0 != "m" }) + $0 } ?? plain
            caller.request("INVITE", uri: Self.uri, to: "<\(Self.uri)>", fromTag: "a", headers, body: body)
            acknowledge()
        }

        var headers: [String] { ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"] }

        /// A description: of a phone's that is heard at a port.
        static func sdp(_ port: Int, _ direction: String = "sendrecv", version: Int = 1) -> String {
            "v=0\r\no=- \(port) \(version) IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                + "m=audio \(port) RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=\(direction)\r\n"
        }

        /// The caller sends the ACK when the call has been answered.
        func acknowledge() {
            guard let answer = caller.heard.last(where: { $0.status == 200 }), tag == nil else { return }
            tag = answer.toTag
            request("ACK", cseq: 1)
        }

        /// The caller makes a second call: what its other requests need.
        func callAgain() -> (uri: String, to: String) {
            let to = "<\(Self.uri)>"
            caller.request(
                "INVITE",
                uri: Self.uri,
                to: to,
                fromTag: "a2",
                callID: "two",
                headers,
                body: Self.sdp(40_010)
            )
            return (Self.uri, "\(to);tag=")
        }

        /// A request of the caller's inside the dialog.
        @discardableResult
        func request(_ method: String, cseq: Int, headers more: [String] = [], body: String = "") -> SIPMessage? {
            let to = "<\(Self.uri)>;tag=\(tag ?? "")"
            let headers = (body.isEmpty ? ["Contact: <sip:a@10.0.0.99>"] : headers) + more
            return caller.request(method, uri: Self.uri, to: to, fromTag: "a", cseq: cseq, headers, body: body)
        }

        /// The called phone says something about the last INVITE that it has got.
        func called(_ status: Int, _ port: Int? = 40_100, _ direction: String = "sendrecv", version: Int = 1) throws {
            let invite = try lastInvite(of: called)
            let headers = ["Contact: <sip:b@10.0.0.98>"] + (port == nil ? [] : ["Content-Type: application/sdp"])
            called.respond(
                status,
                to: invite,
                tag: "b",
                headers,
                body: port.map { Self.sdp($0, direction, version: version) } ?? ""
            )
            acknowledge()
        }

        /// The caller answers the last INVITE that it has got.
        func answer(_ status: Int = 200, _ port: Int? = 40_000) throws {
            let headers = port == nil ? ["Contact: <sip:a@10.0.0.99>"] : headers
            caller.respond(status, to: try lastInvite(of: caller), headers, body: port.map { Self.sdp($0) } ?? "")
        }

        func lastInvite(of phone: WirePeer) throws -> SIPMessage {
            try #require(phone.heard.last { $0.isRequest && $0.method == .invite })
        }

        /// Where the sound goes by a message, and what else stands on its line: `40000 0 8 101 sendrecv`.
        static func audio(_ message: SIPMessage?) -> String {
            let lines = message?.bodyText.split(whereSeparator: \.isNewline) ?? []
            let line = lines.first { $0.hasPrefix("m=audio ") }?.dropFirst(8).replacing(" RTP/AVP", with: "") ?? ""
            let way = lines.first { $0.hasPrefix("a=send") || $0.hasPrefix("a=recv") || $0 == "a=inactive" }
            return "\(line) \(way?.dropFirst(2) ?? "")"
        }

        func invites(_ phone: WirePeer) -> Int { phone.heard.count { $0.isRequest && $0.method == .invite } }

        /// Whether so many streams are open here, once what was done to them is done.
        func hasStreams(_ count: Int) -> Bool {
            exchange.loop.runUntil { exchange.softswitch.media.streamCount == count }
        }

        /// Begins a command, which may have to wait for the phones.
        func begin(_ line: String) {
            let (softswitch, reply) = (exchange.softswitch, reply)
            Task(executorPreference: exchange.loop) {
                let text = await softswitch.execute(command: line)
                reply.text.withLock { $0 = text }
            }
            exchange.loop.advance(by: .milliseconds(100))
        }

        /// Asks the called channel for something.
        func post(_ message: SessionMessage) throws {
            let session = try #require(exchange.softswitch.sessions.all.first { $0.direction == .outbound })
            exchange.loop.run { await session.post(message) }
            exchange.loop.advance(by: .milliseconds(100))
        }

        /// What the last command answered.
        func answerOfCommand() -> String? { reply.text.withLock { $0 } }

        var callerID: String? { exchange.softswitch.sessions.all.first { $0.direction == .inbound }?.id }
    }

    private static let bridge = "bridge sofia/internal/b@10.0.0.98"
    private static let (a, b) = ("40000 0 8 101 sendrecv", "40100 0 8 101 sendrecv")

    /// Each phone gets the other's description, in our name; nothing of the call's sound is here.
    @Test(arguments: [
        ("set bypass_media=true", [:]), ("log nothing", ["inbound-bypass-media": "true"]),
    ])
    func beginsPastTheSwitch(_ action: String, _ settings: [String: String]) throws {
        let phones = try Phones([action, "set ringback=%(1000,0,440)", Self.bridge], settings: settings)
        let invite = try phones.lastInvite(of: phones.called)
        #expect(Phones.audio(invite) == Self.a)
        #expect(invite.bodyText.contains("o=Tandem "))
        try phones.called(180, nil)
        #expect(phones.caller.heard.last?.status == 180)
        try phones.called(183)
        #expect(phones.caller.heard.last?.status == 183)
        #expect(Phones.audio(phones.caller.heard.last) == Self.b)
        try phones.called(200)
        let answer = try #require(phones.caller.heard.last { $0.status == 200 })
        #expect(Phones.audio(answer) == Self.b)
        #expect(answer.bodyText.contains("o=Tandem "))
        #expect(phones.hasStreams(0))
        let caller = try #require(phones.callerID)
        #expect(phones.exchange.command("uuid_getvar \(caller) remote_media_port") == "40000")
        #expect(phones.exchange.command("uuid_getvar \(caller) switch_m_sdp").contains("m=audio 40100 "))
        phones.request("BYE", cseq: 9)
        #expect(phones.called.heard.last?.method == .bye)
    }

    /// `uuid_simplify` refers a phone to the other one, in whose call it takes the place of the switch.
    @Test func leavesThePath() throws {
        let phones = try Phones([Self.bridge])
        try phones.called(200)
        let invite = try phones.lastInvite(of: phones.called)
        let caller = try #require(phones.callerID)
        phones.begin("uuid_simplify \(caller)")
        #expect(phones.answerOfCommand() == "+OK Success\n")
        let refer = try #require(phones.caller.heard.last { $0.isRequest && $0.method == .refer })
        let dialog = "\(invite.callID);to-tag=b;from-tag=\(invite.fromTag ?? "")"
        #expect(refer.first(.referTo) == "<sip:b@10.0.0.98?Replaces=\(PercentEncoding.encode(dialog))>")
    }

    /// What has to be heard here first does not go past; the bridge does afterwards, when it is wanted.
    @Test(arguments: [
        ("set a=1", "", false), ("set bypass_media=true", "[bypass_media=false]", false),
        ("set bypass_media=true", "[group_confirm_key=1]", false), ("answer", "", false),
        ("set bypass_media=true", "", true),
    ])
    func offersToLegs(_ action: String, _ variables: String, _ isPassed: Bool) throws {
        let phones = try Phones([action, "bridge \(variables)sofia/internal/b@10.0.0.98"])
        #expect((Phones.audio(try phones.lastInvite(of: phones.called)) == Self.a) == isPassed)
    }

    /// Another offer of a phone's is the other's to answer, and its answer or refusal comes back.
    @Test(arguments: ["INVITE", "UPDATE"], [(200, 200), (488, 488), (603, 488)])
    func passesOffersOn(_ method: String, _ outcome: (status: Int, expected: Int)) throws {
        let (status, expected) = outcome
        let phones = try Phones(["set bypass_media=true", Self.bridge])
        try phones.called(200)
        // The same again is no news for the other.
        #expect(phones.request(method, cseq: 2, body: Phones.sdp(40_000))?.status == 200)
        if method == "INVITE" { phones.request("ACK", cseq: 2) }
        #expect(phones.invites(phones.called) == 1)

        #expect(phones.request(method, cseq: 3, body: Phones.sdp(40_002, "sendonly", version: 2)) == nil)
        #expect(Phones.audio(try phones.lastInvite(of: phones.called)) == "40002 0 8 101 sendonly")
        try phones.called(status, status == 200 ? 40_102 : nil, "recvonly", version: 2)
        let answer = phones.caller.heard.last { ($0.status ?? 0) >= 200 }
        #expect(answer?.method.name == method)
        #expect(answer?.status == expected)
        if status == 200 { #expect(Phones.audio(answer) == "40102 0 8 101 recvonly") }
        if method == "INVITE" { phones.request("ACK", cseq: 3) }
        let state = phones.exchange.softswitch.sessions.all.first { $0.direction == .inbound }?.assumeIsolated {
            $0.callState
        }
        #expect(state == (status == 200 ? .held : .active))
        #expect(phones.hasStreams(0))
    }

    /// A re-INVITE without an offer gets what the other has said, and the other what the ACK says.
    @Test func answersWithoutOffer() throws {
        let phones = try Phones(["set bypass_media=true", Self.bridge])
        try phones.called(200)
        #expect(Phones.audio(phones.request("INVITE", cseq: 2)) == Self.b)
        phones.request("ACK", cseq: 2, body: Phones.sdp(40_004, version: 2))
        #expect(Phones.audio(try phones.lastInvite(of: phones.called)) == "40004 0 8 101 sendrecv")
    }

    /// A bridge that has begun goes past the switch: the called phone is asked first, then the caller; and comes back.
    @Test(arguments: [
        (["set bypass_media_after_bridge=true", bridge], ""), (["set bypass_media=true", "answer", bridge], ""),
        (["bridge [bypass_media_after_bridge=true]sofia/internal/b@10.0.0.98"], ""), ([bridge], "uuid_media off"),
        ([bridge], "uuid_media_3p off"), ([bridge], "sendmsg"),
    ])
    func goesPast(_ actions: [String], _ command: String) throws {
        let phones = try Phones(actions)
        try phones.called(200)
        let caller = try #require(phones.callerID)
        if command == "sendmsg" {
            // `sendmsg` with `nomedia` asks a channel to move the media of one, which may be another.
            try phones.post(SessionMessage(.bypassMedia(caller)))
        } else if !command.isEmpty {
            phones.begin("\(command) \(caller)")
        }
        #expect(phones.invites(phones.called) == 2)
        #expect(Phones.audio(try phones.lastInvite(of: phones.called)) == Self.a)
        #expect(phones.hasStreams(2))
        try phones.called(200, 40_100, version: 2)
        #expect(Phones.audio(try phones.lastInvite(of: phones.caller)) == Self.b)
        try phones.answer()
        #expect(phones.hasStreams(0))
        #expect(phones.answerOfCommand() == (command.hasPrefix("uuid") ? "+OK Success\n" : nil))
        phones.begin("uuid_media \(caller)")
        for _ in 0..<2 {
            if phones.invites(phones.caller) == 2 { try phones.answer() }
            if phones.invites(phones.called) == 3 { try phones.called(200, 40_100, version: 3) }
        }
        #expect(phones.answerOfCommand() == "+OK Success\n")
        #expect(phones.hasStreams(2))
        for phone in [phones.caller, phones.called] {
            let audio = Phones.audio(try phones.lastInvite(of: phone))
            #expect(!audio.hasPrefix("40000") && !audio.hasPrefix("40100") && audio.hasSuffix("sendrecv"))
        }
    }

    /// A phone that refuses keeps its media here, and so does the other.
    @Test(arguments: [true, false])
    func staysWhenRefused(byCaller: Bool) throws {
        let phones = try Phones([Self.bridge])
        try phones.called(200)
        let caller = try #require(phones.callerID)
        phones.begin("uuid_media off \(caller)")
        if byCaller {
            try phones.called(200, 40_100, version: 2)
            try phones.answer(488, nil)
            try phones.called(200, 40_100, version: 3)
        } else {
            try phones.called(488, nil)
        }
        #expect(phones.answerOfCommand() == "-ERR Operation failed\n")
        #expect(phones.hasStreams(2))
        #expect(phones.invites(phones.called) == (byCaller ? 3 : 2))
        #expect(phones.invites(phones.caller) == (byCaller ? 1 : 0))
        #expect(phones.exchange.softswitch.sessions.count == 2)
    }

    /// What needs sound gets the caller's back, when the other has gone or was not reached.
    @Test(arguments: [true, false])
    func comesBack(_ isAnswered: Bool) throws {
        let phones = try Phones([
            "set bypass_media=true", "set continue_on_fail=true", Self.bridge, "playback tone_stream://%(500,0,440)",
            "park",
        ])
        try phones.called(183)
        try phones.called(isAnswered ? 200 : 486, isAnswered ? 40_100 : nil)
        if isAnswered {
            let bye = phones.called.request(
                "BYE",
                uri: "sip:mod_sofia@10.0.0.1",
                from: "<sip:b@10.0.0.98>",
                to: "<\(try phones.lastInvite(of: phones.called).from.uri)>;tag="
                    + (try phones.lastInvite(of: phones.called).fromTag ?? ""),
                fromTag: "b",
                callID: try phones.lastInvite(of: phones.called).callID
            )
            #expect(bye?.status == 200)
        }
        let asked =
            isAnswered ? try phones.lastInvite(of: phones.caller) : phones.caller.heard.last { $0.status == 183 }
        let audio = Phones.audio(asked)
        #expect(audio.hasSuffix("sendrecv") && !audio.hasPrefix("40"))
        if isAnswered { try phones.answer() }
        #expect(phones.hasStreams(1))
    }

    /// `media-option`: those whom an attended transfer has brought together exchange their media, once the phone is out.
    @Test(arguments: [("bypass-media-after-att-xfer", true), ("none", false)])
    func transfers(_ option: String, _ goesPast: Bool) throws {
        let phones = try Phones([Self.bridge], settings: ["media-option": option])
        try phones.called(200)
        let first = try phones.lastInvite(of: phones.called)
        let second = phones.callAgain()
        try phones.called(200, 40_200)
        let other = try phones.lastInvite(of: phones.called)
        #expect(other.callID != first.callID)
        let answer = try #require(phones.caller.heard.last { $0.status == 200 })
        phones.caller.request(
            "ACK",
            uri: second.uri,
            to: second.to + (answer.toTag ?? ""),
            fromTag: "a2",
            callID: "two"
        )
        #expect(phones.hasStreams(4))

        let dialog = "two%3Bto-tag%3D\(answer.toTag ?? "")%3Bfrom-tag%3Da2"
        let accepted = phones.request(
            "REFER",
            cseq: 2,
            headers: ["Refer-To: <sip:b@10.0.0.1?Replaces=\(dialog)>"]
        )
        #expect(accepted?.status == 202)
        for notice in phones.caller.heard where notice.isRequest && notice.method == .notify {
            phones.caller.respond(200, to: notice, [])
        }
        guard goesPast else {
            #expect(phones.invites(phones.called) == 2)
            return #expect(phones.hasStreams(2))
        }
        #expect(try phones.lastInvite(of: phones.called).callID == other.callID)
        #expect(Phones.audio(try phones.lastInvite(of: phones.called)) == Self.b)
        try phones.called(200, 40_200, version: 2)
        #expect(try phones.lastInvite(of: phones.called).callID == first.callID)
        #expect(Phones.audio(try phones.lastInvite(of: phones.called)) == "40200 0 8 101 sendrecv")
        try phones.called(200, 40_100, version: 2)
        #expect(phones.hasStreams(0))
    }

    /// `media-option`: a hold brings the media back for its music, and its end takes them past the switch again.
    @Test(arguments: [("resume-media-on-hold", false), ("none", false), ("resume-media-on-hold", true)])
    func holds(_ option: String, _ goesAgain: Bool) throws {
        let phones = try Phones(
            [
                "set bypass_media=true", "set bypass_media_after_hold=\(goesAgain)", "set hold_music=silence",
                Self.bridge,
            ],
            settings: ["media-option": option]
        )
        try phones.called(200)
        _ = phones.request("INVITE", cseq: 2, body: Phones.sdp(40_000, "sendonly", version: 2))
        let resumes = option != "none"
        // The partner has its media here, or is told of the hold.
        let audio = Phones.audio(try phones.lastInvite(of: phones.called))
        #expect(audio.hasPrefix("40000") != resumes)
        try phones.called(200, 40_100, resumes ? "sendrecv" : "recvonly", version: 2)
        let answer = phones.caller.heard.last { $0.status == 200 }
        #expect(Phones.audio(answer).hasPrefix("40100") != resumes)
        phones.request("ACK", cseq: 2)
        #expect(phones.hasStreams(resumes ? 2 : 0))
        _ = phones.request("INVITE", cseq: 3, body: Phones.sdp(40_000, version: 3))
        if !resumes { try phones.called(200, 40_100, version: 3) }
        phones.request("ACK", cseq: 3)
        guard goesAgain else { return #expect(phones.hasStreams(resumes ? 2 : 0)) }
        try phones.called(200, 40_100, version: 3)
        try phones.answer()
        #expect(phones.hasStreams(0))
    }
}
