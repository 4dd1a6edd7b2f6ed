import SIP
import SwitchCore
import TandemTesting
import Testing

/// The variables that CDRs have of a SIP call: its codec, how it ended, and whom its phone shows.
struct CallVariableTests {
    private static func sdp(_ format: String = "0", _ lines: String = "") -> String {
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP \(format)\r\n\(lines)"
    }
    private static let offer = ["Contact: <sip:1000@10.0.0.99>", "Content-Type: application/sdp"]
    private static let open = ["auth-calls": "false", "accept-blind-reg": "true"]

    @Test(
        arguments: [
            ("0", "", "rtp_use_codec_name", "PCMU"), ("0", "", "rtp_use_codec_rate", "8000"),
            ("0", "", "rtp_use_codec_ptime", "20"), ("0", "a=ptime:40\r\n", "rtp_use_codec_ptime", "40"),
            ("0", "", "rtp_use_codec_channels", "1"), ("0", "", "rtp_use_codec_string", "PCMU,PCMA,L16@16000h"),
            ("8", "", "rtp_last_audio_codec_string", "PCMA@8000h@20i@1c"), ("8", "", "rtp_use_pt", "8"),
            ("8", "", "rtp_audio_recv_pt", "8"),
            ("96", "a=rtpmap:96 L16/16000\r\n", "rtp_last_audio_codec_string", "L16@16000h@20i@1c"),
        ]
    )
    func codecs(_ format: String, _ lines: String, _ name: String, _ value: String) throws {
        let exchange = try SimulatedSwitch(
            seed: 5,
            settings: Self.open.merging(["codec-prefs": "PCMU,PCMA,L16@16000h"]) { $1 }
        )
        exchange.start()
        let answer = WirePeer(exchange).request(
            "INVITE",
            uri: "sip:5000@10.0.0.1",
            Self.offer,
            body: Self.sdp(format, lines)
        )
        try #require(answer?.status == 200)
        let session = try #require(exchange.softswitch.sessions.all.first)
        #expect(session.assumeIsolated { $0.variable(name) } == value)
    }

    /// Linear audio has twice the bits.
    @Test(arguments: [("0", "", "64000"), ("96", "a=rtpmap:96 L16/16000\r\n", "256000")])
    func bitRates(_ format: String, _ lines: String, _ rate: String) throws {
        let exchange = try SimulatedSwitch(
            seed: 5,
            settings: Self.open.merging(["codec-prefs": "PCMU,L16@16000h"]) { $1 }
        )
        exchange.start()
        WirePeer(exchange).request("INVITE", uri: "sip:5000@10.0.0.1", Self.offer, body: Self.sdp(format, lines))
        let session = try #require(exchange.softswitch.sessions.all.first)
        let event = session.assumeIsolated { $0.makeEvent(.channelData) }
        #expect(event["Channel-Read-Codec-Bit-Rate"] == rate && event["Channel-Write-Codec-Bit-Rate"] == rate)
        #expect(exchange.command("show channels as json").contains("\"read_bit_rate\":\"\(rate)\""))
    }

    /// How the far end ended it: by BYE, by refusing, or by saying nothing.
    @Test(
        arguments: [
            ("bye", "200", "16", "sip:200", "NORMAL_CLEARING"), ("bye 17", "200", "17", "sip:200", "USER_BUSY"),
            ("486", "486", "17", "sip:486", "USER_BUSY"), ("404", "404", "1", "sip:404", "UNALLOCATED_NUMBER"),
            ("nothing", "408", "102", "sip:408", "RECOVERY_ON_TIMER_EXPIRE"),
        ]
    )
    func ends(_ story: String, _ status: String, _ number: String, _ cause: String, _ name: String) throws {
        let exchange = try SimulatedSwitch(seed: 5, settings: Self.open)
        exchange.start()
        let peer = WirePeer(exchange)
        let ends = exchange.softswitch.events.subscribe(to: [.channelHangupComplete]) {}
        if story.hasPrefix("bye") {
            let answer = try #require(
                peer.request("INVITE", uri: "sip:5000@10.0.0.1", fromTag: "a", Self.offer, body: Self.sdp())
            )
            let to = "<sip:1000@10.0.0.1>;tag=\(answer.toTag ?? "")"
            peer.request("ACK", uri: "sip:mod_sofia@10.0.0.1", to: to, fromTag: "a")
            let reason = story == "bye" ? [] : ["Reason: Q.850;cause=17"]
            peer.request("BYE", uri: "sip:mod_sofia@10.0.0.1", to: to, fromTag: "a", cseq: 2, reason)
        } else {
            peer.request("REGISTER", uri: "sip:10.0.0.1", callID: "register", ["Contact: <sip:1000@10.0.0.99>"])
            let dial = "originate {originate_timeout=120}sofia/internal/1000%10.0.0.1 &park()"
            let softswitch = exchange.softswitch
            _ = exchange.loop.run { await softswitch.execute(command: "bgapi \(dial)") }
            exchange.loop.advance(by: .milliseconds(100))
            let invite = try #require(peer.heard.last { $0.isRequest && $0.method == .invite })
            if let status = Int(story) { peer.respond(status, to: invite, []) }
        }
        exchange.loop.advance(by: .seconds(60))
        #expect(exchange.loop.runUntil { exchange.softswitch.sessions.count == 0 })
        let event = try #require(ends.takeAll().last)
        #expect(event["variable_sip_term_status"] == status && event["variable_sip_term_cause"] == number)
        #expect(event["variable_proto_specific_hangup_cause"] == cause && event["Hangup-Cause"] == name)
    }

    /// Who ended it, in the events of the end already: the far end, or we.
    @Test(arguments: ["recv_bye", "recv_cancel", "recv_refuse", "send_bye", "send_cancel", "send_refuse"])
    func saysWhoEndedIt(_ disposition: String) throws {
        let exchange = try SimulatedSwitch(seed: 5, settings: Self.open)
        exchange.start()
        let (peer, softswitch) = (WirePeer(exchange), exchange.softswitch)
        let ends = softswitch.events.subscribe(to: [.channelHangup, .channelHangupComplete]) {}
        func kill() throws {
            let id = try #require(softswitch.sessions.all.first?.id)
            #expect(exchange.command("uuid_kill \(id)") == "+OK\n")
        }
        switch disposition {
        case "recv_bye", "send_bye":
            let invite = peer.request("INVITE", uri: "sip:5000@10.0.0.1", fromTag: "a", Self.offer, body: Self.sdp())
            let to = "<sip:1000@10.0.0.1>;tag=\(invite?.toTag ?? "")"
            peer.request("ACK", uri: "sip:mod_sofia@10.0.0.1", to: to, fromTag: "a")
            if disposition == "recv_bye" {
                peer.request("BYE", uri: "sip:mod_sofia@10.0.0.1", to: to, fromTag: "a", cseq: 2)
            } else {
                try kill()
            }
        case "recv_cancel":
            let phone = SimulatedPhone(exchange, seed: 1)
            let call = phone.call("5004")
            exchange.loop.advance(by: .milliseconds(200))
            phone.hangUp(call)
        case "recv_refuse", "send_cancel":
            _ = exchange.command("bgapi originate sofia/internal/b@10.0.0.99 &park()")
            exchange.loop.advance(by: .milliseconds(100))
            let invite = try #require(peer.heard.last { $0.isRequest && $0.method == .invite })
            if disposition == "send_cancel" {
                peer.respond(180, to: invite, [])
                try kill()
                exchange.loop.advance(by: .milliseconds(100))
                #expect(peer.heard.contains { $0.isRequest && $0.method == .cancel })
            }
            // It is the answer to the CANCEL too.
            peer.respond(487, to: invite, [])
        default: peer.request("INVITE", uri: "sip:5001@10.0.0.1", Self.offer, body: Self.sdp())
        }
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.loop.runUntil { softswitch.sessions.count == 0 })
        let told = ends.takeAll().map { $0["variable_sip_hangup_disposition"] }
        #expect(told == [disposition, disposition])
    }

    /// Who calls gets the codec of who answered, so that nothing is transcoded.
    ///
    /// With `inherit_codec` also one that is not among those of the profile; what was not offered is transcoded.
    @Test(
        arguments: [
            (false, "PCMU,PCMA", "0 8", "8"), (true, "PCMU,PCMA", "0 8", "8"), (false, "PCMU", "0 8", "0"),
            (true, "PCMU", "0 8", "8"), (true, "PCMU", "0", "0"),
        ]
    )
    func inheritsCodecs(_ inherits: Bool, _ codecs: String, _ offered: String, _ answered: String) throws {
        let settings = ["inbound-codec-prefs": codecs, "outbound-codec-prefs": "PCMU,PCMA"]
        let exchange = try SimulatedSwitch(
            seed: 5,
            settings: Self.open.merging(settings) { $1 },
            actions: [("set", "inherit_codec=\(inherits)"), ("bridge", "sofia/internal/b@10.0.0.98")]
        )
        exchange.start()
        let (caller, called) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
        caller.request("INVITE", uri: "sip:5005@10.0.0.1", fromTag: "a", Self.offer, body: Self.sdp(offered))
        let invite = try #require(called.heard.last { $0.isRequest && $0.method == .invite })
        let media = ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"]
        called.respond(200, to: invite, media, body: Self.sdp("8"))
        exchange.loop.advance(by: .milliseconds(100))
        let answer = try #require(caller.heard.last { $0.status == 200 })
        let line = answer.bodyText.split(whereSeparator: \.isNewline).first { $0.hasPrefix("m=audio") }
        #expect(line?.split(separator: " ").dropFirst(3).first.map(String.init) == answered)
        // A phone that holds offers that one alone.
        let to = "<sip:1000@10.0.0.1>;tag=\(answer.toTag ?? "")"
        caller.request("ACK", uri: "sip:mod_sofia@10.0.0.1", to: to, fromTag: "a")
        let hold = Self.sdp(answered, "a=sendonly\r\n")
        let uri = "sip:mod_sofia@10.0.0.1"
        let held = caller.request("INVITE", uri: uri, to: to, fromTag: "a", cseq: 2, Self.offer, body: hold)
        #expect(held?.status == 200)
    }
}
