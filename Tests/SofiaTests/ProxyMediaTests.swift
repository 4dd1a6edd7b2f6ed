import Base
import MediaEngine
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Media that come through the switch as they are (`proxy_media`): who gets which description, and what is open here.
struct ProxyMediaTests {
    private typealias Phones = MediaPathTests.Phones

    private static let bridge = "bridge sofia/internal/b@10.0.0.98"

    /// The ports of the media lines of a message: `audio 40000, video 0`.
    private static func lines(_ message: SIPMessage?) -> [(kind: String, port: Int)] {
        (message?.bodyText ?? "").split(whereSeparator: \.isNewline).filter { $0.hasPrefix("m=") }.map { line in
            let words = line.dropFirst(2).split(separator: " ")
            return (String(words[0]), Int(words[1]) ?? -1)
        }
    }

    private static func isOurs(_ message: SIPMessage?) -> Bool {
        let lines = lines(message)
        return !lines.isEmpty && lines.allSatisfy { SimulatedSwitch.ports.contains(UInt16(clamping: $0.port)) }
    }

    /// Whether what comes to one side is handed on to the other.
    private static func areJoined(_ phones: Phones, _ count: Int) -> Bool {
        phones.exchange.softswitch.sessions.all.allSatisfy { session in
            session.assumeIsolated { session in
                let relays = (session.leg?.relays ?? []).compactMap(\.self)
                return relays.count == count && relays.allSatisfy(\.isBridged)
            }
        }
    }

    /// Each phone gets the other's description with our address and port, from the first offer to the end of the call.
    @Test(arguments: [
        ("set proxy_media=true", [:]), ("log nothing", ["inbound-proxy-media": "true"]),
    ])
    func relaysTheMedia(_ action: String, _ settings: [String: String]) throws {
        let phones = try Phones([action, "set ringback=%(1000,0,440)", Self.bridge], settings: settings)
        let invite = try phones.lastInvite(of: phones.called)
        #expect(Self.isOurs(invite))
        #expect(Phones.audio(invite).hasSuffix(" 0 8 101 sendrecv"))
        try phones.called(183)
        let early = phones.caller.heard.last
        #expect(early?.status == 183)
        #expect(Self.isOurs(early))
        try phones.called(200)
        let answer = phones.caller.heard.last { $0.status == 200 }
        #expect(Self.lines(answer).map(\.port) == Self.lines(early).map(\.port))
        #expect(phones.hasStreams(2))
        #expect(Self.areJoined(phones, 1))
        // Nobody here can look into them.
        let caller = try #require(phones.callerID)
        phones.begin("uuid_media off \(caller)")
        #expect(phones.answerOfCommand() == "-ERR Operation failed\n")
        phones.request("BYE", cseq: 9)
        #expect(phones.called.heard.last?.method == .bye)
        #expect(phones.hasStreams(0))
    }

    /// A leg that does not want it, a caller who has been answered and a leg that must be heard here have media of our own.
    @Test(arguments: [
        (["set proxy_media=true"], "[proxy_media=false]"), (["set proxy_media=true"], "[group_confirm_key=1]"),
        (["set proxy_media=true", "answer"], ""), ([], ""),
    ])
    func staysHere(_ actions: [String], _ variables: String) throws {
        let phones = try Phones(actions + ["bridge \(variables)sofia/internal/b@10.0.0.98"])
        try phones.called(200)
        let relays = phones.exchange.softswitch.sessions.all.flatMap { session in
            session.assumeIsolated { $0.leg?.relays ?? [] }
        }
        #expect(relays.isEmpty)
    }

    /// Another offer is the other phone's to answer: its hold, and a line that it adds.
    @Test func passesOffersOn() throws {
        let phones = try Phones(["set proxy_media=true", Self.bridge])
        try phones.called(200)
        let video = "m=video 40006 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        phones.request("INVITE", cseq: 2, body: Phones.sdp(40_002, "sendonly", version: 2) + video)
        let invite = try phones.lastInvite(of: phones.called)
        #expect(Self.isOurs(invite))
        #expect(Self.lines(invite).map(\.kind) == ["audio", "video"])
        #expect(invite.bodyText.contains("a=rtpmap:96 H264/90000"))
        #expect(Phones.audio(invite).hasSuffix("sendonly"))
        phones.called.respond(
            200,
            to: invite,
            tag: "b",
            ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"],
            body: Phones.sdp(40_102, "recvonly", version: 2) + video
        )
        let answer = phones.caller.heard.last { $0.status == 200 }
        #expect(Self.isOurs(answer))
        #expect(Self.lines(answer).map(\.kind) == ["audio", "video"])
        phones.request("ACK", cseq: 2)
        #expect(phones.hasStreams(4))
        #expect(Self.areJoined(phones, 2))
    }

    /// Codecs that are unknown here make calls too: the dialplan hears of them when the profile says so.
    @Test(arguments: [
        ("inbound-proxy-media", Self.bridge, 200), ("inbound-late-negotiation", "set proxy_media=true", 200),
        ("inbound-late-negotiation", "answer", 488), ("nothing", "set proxy_media=true", 488),
    ])
    func takesUnknownCodecs(_ setting: String, _ action: String, _ expected: Int) throws {
        let phones = try Phones(
            action.hasPrefix("bridge") ? [action] : [action, Self.bridge],
            settings: [setting: "true"],
            offer: "m=audio 40000 RTP/AVP 120\r\na=rtpmap:120 unheardof/16000\r\n"
        )
        if expected == 200 {
            let invite = try phones.lastInvite(of: phones.called)
            #expect(invite.bodyText.contains("a=rtpmap:120 unheardof/16000"))
            #expect(Self.isOurs(invite))
            try phones.called(183)
            try phones.called(200)
            #expect(Self.areJoined(phones, 1))
        }
        #expect(phones.caller.heard.last { ($0.status ?? 0) >= 200 }?.status == expected)
    }

    /// What needs sound takes the caller's media back when the called phone was not reached.
    @Test func comesBack() throws {
        let phones = try Phones([
            "set proxy_media=true", "set continue_on_fail=true", Self.bridge, "playback tone_stream://%(500,0,440)",
            "park",
        ])
        try phones.called(183)
        try phones.called(486, nil)
        #expect(phones.hasStreams(1))
        #expect(Self.areJoined(phones, 0))
    }
}
