import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// What applications ask of a phone, on the wire.
struct LegRequestTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let uri = "sip:5005@10.0.0.1"

    /// A call to an extension that does these things; the peer says so much about itself.
    private final class Bench {
        let exchange: SimulatedSwitch
        let peer: WirePeer
        /// Who is called, where a test has somebody.
        let other: WirePeer?
        var answer: SIPMessage?

        init(
            _ actions: [(application: String, data: String)],
            _ headers: [String] = [],
            settings: [String: String] = [:],
            other: (SimulatedSwitch) -> WirePeer? = { _ in nil }
        ) throws {
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: settings.merging(["auth-calls": "false"]) { $1 },
                actions: actions
            )
            exchange.start()
            peer = WirePeer(exchange)
            self.other = other(exchange)
            let all = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"] + headers
            answer = peer.request("INVITE", uri: uri, to: "<\(uri)>", fromTag: "peer", all, body: sdp)
            if answer?.status == 200 { request("ACK", cseq: 1) }
        }

        /// A request of the peer's inside the dialog.
        @discardableResult
        func request(_ method: String, cseq: Int, _ headers: [String] = [], body: String = "") -> SIPMessage? {
            let to = "<\(uri)>;tag=\(answer?.toTag ?? "")"
            return peer.request(method, uri: uri, to: to, fromTag: "peer", cseq: cseq, headers, body: body)
        }

        /// The last request of that method that the peer has heard.
        func heard(_ method: SIPMethod) throws -> SIPMessage {
            try #require(peer.heard.last { $0.isRequest && $0.method == method })
        }

        /// What an INVITE says about audio.
        func direction() throws -> String? {
            let lines = try heard(.invite).bodyText.split(whereSeparator: \.isNewline)
            return lines.first { $0.hasPrefix("a=send") || $0.hasPrefix("a=recv") }.map(String.init)
        }
    }

    @Test func holdAndBack() throws {
        let bench = try Bench([("answer", ""), ("hold", ""), ("sleep", "1000"), ("unhold", ""), ("park", "")])
        #expect(try bench.direction() == "a=sendonly")
        let hold = try bench.heard(.invite)
        #expect(hold.contacts.first?.uri.user == "mod_sofia")
        let inactive = Self.sdp + "a=inactive\r\n"
        bench.peer.respond(
            200,
            to: hold,
            ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"],
            body: inactive
        )
        #expect(try bench.heard(.ack).cseq == hold.cseq)
        #expect(bench.exchange.softswitch.sessions.all.map { $0.assumeIsolated { $0.callState } } == [.active])
        // A re-INVITE of the phone's does not take the call back.
        let refresh = bench.request(
            "INVITE",
            cseq: 2,
            ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"],
            body: Self.sdp.replacing("o=- 1 1", with: "o=- 1 2")
        )
        #expect(refresh?.bodyText.contains("a=sendonly") == true)
        bench.request("ACK", cseq: 2)
        bench.exchange.loop.advance(by: .seconds(1))
        #expect(try bench.direction() != "a=sendonly")
        bench.peer.respond(488, to: try bench.heard(.invite), [])
        #expect(bench.exchange.softswitch.sessions.count == 1)
    }

    private static let answer = ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"]

    /// A call whose hold music is this, and the phone that it was bridged to.
    private static func twoPhones(_ music: String) throws -> (Bench, WirePeer) {
        let actions = [("set", "hold_music=\(music)"), ("answer", ""), ("bridge", "sofia/internal/b@10.0.0.98")]
        let bench = try Bench(actions) { WirePeer($0, at: "10.0.0.98") }
        let other = try #require(bench.other)
        other.respond(200, to: try #require(other.heard.first { $0.method == .invite }), answer, body: sdp)
        return (bench, other)
    }

    /// `indicate_hold` passes a hold on to the phone of the partner, and its end too; `silence` leaves that phone alone.
    @Test(arguments: [("indicate_hold", true), ("silence", false)])
    func holdsArePassedOn(_ music: String, _ isPassedOn: Bool) throws {
        let (bench, other) = try Self.twoPhones(music)
        for (cseq, direction) in [(2, "sendonly"), (3, "sendrecv")] {
            let headers = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"]
            let offer = Self.sdp.replacing("o=- 1 1", with: "o=- 1 \(cseq)") + "a=\(direction)\r\n"
            #expect(bench.request("INVITE", cseq: cseq, headers, body: offer)?.status == 200)
            bench.request("ACK", cseq: cseq)
            let last = try #require(other.heard.last { $0.isRequest && $0.method == .invite })
            let isHeld = last.bodyText.contains("a=sendonly")
            #expect(isHeld == (isPassedOn && direction == "sendonly"))
            let accepted = Self.sdp.replacing("o=- 1 1", with: "o=- 1 \(cseq)") + (isHeld ? "a=recvonly\r\n" : "")
            if isPassedOn { other.respond(200, to: last, Self.answer, body: accepted) }
        }
        #expect(other.heard.count { $0.isRequest && $0.method == .invite } == (isPassedOn ? 3 : 1))
    }

    /// `uuid_hold` holds the far end of the channel that it names, and lets the partner know.
    @Test(arguments: [("indicate_hold", true), ("silence", false)])
    func aCommandHoldsToo(_ music: String, _ isPassedOn: Bool) throws {
        let (bench, other) = try Self.twoPhones(music)
        let id = try #require(bench.exchange.softswitch.sessions.all.first { $0.direction == .inbound }?.id)
        for (option, direction) in [("", "a=sendonly"), ("off ", nil)] {
            #expect(bench.exchange.command("uuid_hold \(option)\(id)") == "+OK Success\n")
            bench.exchange.loop.advance(by: .milliseconds(100))
            let asked = try bench.heard(.invite)
            #expect(try bench.direction() == direction ?? "a=sendrecv")
            let isHeld = direction != nil
            let accepted = Self.sdp + (isHeld ? "a=recvonly\r\n" : "")
            bench.peer.respond(
                200,
                to: asked,
                ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"],
                body: accepted
            )
            let passedOn = try #require(other.heard.last { $0.isRequest && $0.method == .invite })
            #expect(passedOn.bodyText.contains("a=sendonly") == (isPassedOn && isHeld))
            if isPassedOn { other.respond(200, to: passedOn, Self.answer, body: accepted) }
        }
        #expect(other.heard.count { $0.isRequest && $0.method == .invite } == (isPassedOn ? 3 : 1))
    }

    /// What is offered when codecs are to be agreed on anew, and what is in force when the phone has taken the first.
    @Test(arguments: [
        ("", "0 8 101", "PCMU"), ("PCMA", "8 101", "PCMA"), ("PCMA,PCMU", "8 0 101", "PCMA"), ("NONE", "", "PCMU"),
    ])
    func codecsAreAgreedOnAnew(_ codecs: String, _ types: String, _ inForce: String) throws {
        let settings = ["outbound-codec-prefs": "PCMU,PCMA"]
        let bench = try Bench([("answer", ""), ("park", "")], settings: settings)
        let session = try #require(bench.exchange.softswitch.sessions.all.first)
        let answer = bench.exchange.command("uuid_media_reneg \(session.id) \(codecs)")
        #expect(answer == (types.isEmpty ? "-ERR Operation Failed\n" : "+OK Success\n"))
        bench.exchange.loop.advance(by: .milliseconds(100))
        let reinvite = bench.peer.heard.last { $0.isRequest && $0.method == .invite }
        #expect((reinvite == nil) == types.isEmpty)
        if let reinvite {
            let line = reinvite.bodyText.split(whereSeparator: \.isNewline).first { $0.hasPrefix("m=audio") }
            #expect(line.map { $0.split(separator: " ").dropFirst(3).joined(separator: " ") } == types)
            #expect(reinvite.bodyText.contains("a=sendonly") == false)
            let taken = Self.sdp.replacing("AVP 0", with: "AVP \(types.prefix { $0 != " " })")
            let headers = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"]
            bench.peer.respond(200, to: reinvite, headers, body: taken)
            #expect(try bench.heard(.ack).cseq == reinvite.cseq)
        }
        #expect(bench.exchange.loop.run { await session.variable("read_codec") } == .some(inForce))
    }

    /// What those hear who wait: what the channel says, or else its profile's `hold-music`.
    @Test(
        arguments: [
            ("profile", nil, "profile"), ("profile", "channel", "channel"), (nil, "channel", "channel"),
            (nil, nil, nil), ("", nil, nil),
        ] as [(String?, String?, String?)]
    )
    func profilesHaveMusic(_ setting: String?, _ variable: String?, _ music: String?) throws {
        let settings = setting.map { ["hold-music": $0] } ?? [:]
        let actions = variable.map { [("set", "hold_music=\($0)")] } ?? []
        let bench = try Bench(actions + [("answer", ""), ("park", "")], settings: settings)
        let session = try #require(bench.exchange.softswitch.sessions.all.first)
        #expect(bench.exchange.loop.run { await session.holdMusicName } == .some(music))
    }

    /// A text goes to a phone that takes MESSAGE, and to another only when the call says so.
    @Test(
        arguments: [
            (["Allow: INVITE, MESSAGE"], [], true), (["X-FS-Support: send_message"], [], true),
            (["Allow: INVITE, ACK"], [], false), ([], [], false),
            ([], [("set", "fs_send_unsupported_message=true")], true),
        ] as [([String], [(application: String, data: String)], Bool)]
    )
    func textsAreShown(_ headers: [String], _ actions: [(application: String, data: String)], _ isSent: Bool) throws {
        let bench = try Bench(actions + [("answer", ""), ("park", "")], headers)
        let softswitch = bench.exchange.softswitch
        let id = try #require(softswitch.sessions.all.first?.id)
        let isTaken = bench.exchange.loop.run {
            await softswitch.sessions[id]?.leg?.perform(.message(type: "text/plain", body: "hello"))
        }
        #expect(isTaken == isSent)
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(bench.peer.heard.contains { $0.method == .message && $0.bodyText == "hello" } == isSent)
    }

    /// A hold that met the peer's re-INVITE is sent when that is over, and once (RFC 3261 §14.1).
    @Test(arguments: [true, false])
    func holdSurvivesAGlare(peersOfferIsUsable: Bool) throws {
        let bench = try Bench([("answer", ""), ("hold", ""), ("park", "")])
        let hold = try bench.heard(.invite)
        bench.peer.respond(491, to: hold, [])
        let offer = Self.sdp.replacing("o=- 1 1", with: "o=- 1 2")
        let crossing = bench.request(
            "INVITE",
            cseq: 2,
            ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"],
            body: peersOfferIsUsable ? offer : offer.replacing("AVP 0", with: "AVP 9")
        )
        #expect(crossing?.status == (peersOfferIsUsable ? 200 : 488))
        bench.request("ACK", cseq: 2)
        bench.exchange.loop.advance(by: .milliseconds(100))
        let again = try bench.heard(.invite)
        #expect(again.cseq > hold.cseq && again.bodyText.contains("a=sendonly"))
        let inactive = Self.sdp + "a=inactive\r\n"
        let headers = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"]
        bench.peer.respond(200, to: again, headers, body: inactive)
        bench.exchange.loop.advance(by: .seconds(10))
        #expect(try bench.heard(.invite).cseq == again.cseq)
    }

    @Test(arguments: [
        ("1234", 302, ["<sip:1234@10.0.0.1>"]), ("sip:a@b.example", 302, ["<sip:a@b.example>"]),
        ("a@b.example, sip:c@d.example", 300, ["<sip:a@b.example>", "<sip:c@d.example>"]),
    ])
    func redirects(target: String, status: Int, contacts: [String]) throws {
        let bench = try Bench([("redirect", target)])
        #expect(bench.answer?.status == status)
        #expect(bench.answer?.contacts.map(\.description) == contacts)
        bench.exchange.loop.advance(by: .seconds(40))
        #expect(bench.exchange.gauge("sip_calls") == 0)
    }

    /// What the phone answers to the REFER and what it tells of its new call; then whether our call has ended.
    @Test(arguments: [
        (202, "SIP/2.0 200 OK", true), (202, "SIP/2.0 486 Busy Here", false), (403, "", false),
    ])
    func deflects(status: Int, notice: String, isOver: Bool) throws {
        let bench = try Bench([("answer", ""), ("deflect", "sip:b@c.example"), ("park", "")])
        let refer = try bench.heard(.refer)
        #expect(refer.first(.referTo) == "<sip:b@c.example>" && refer.contains(.referredBy))
        bench.peer.respond(status, to: refer, [])
        if !notice.isEmpty {
            #expect(bench.exchange.softswitch.sessions.count == 1)
            for (number, line) in ["SIP/2.0 100 Trying", notice].enumerated() {
                let headers = ["Event: refer", "Content-Type: message/sipfrag;version=2.0"]
                #expect(bench.request("NOTIFY", cseq: 2 + number, headers, body: "\(line)\r\n")?.status == 200)
            }
        }
        #expect(bench.peer.heard.contains { $0.method == .bye } == isOver)
        if let session = bench.exchange.softswitch.sessions.all.first {
            let (state, reply) = session.assumeIsolated { ($0.state, $0.variable("sip_refer_reply")) }
            #expect(state == .park && reply?.hasPrefix("SIP/2.0 4") == true)
        }
    }

    /// Programs hear what came of a REFER.
    @Test func tellsOfNotices() throws {
        let bench = try Bench([("answer", ""), ("deflect", "sip:b@c.example"), ("park", "")])
        let events = bench.exchange.softswitch.events.subscribe(to: [.custom]) {}
        bench.peer.respond(202, to: try bench.heard(.refer), [])
        let headers = [
            "Event: refer;id=7", "Content-Type: message/sipfrag", "Subscription-State: terminated;reason=noresource",
        ]
        bench.request("NOTIFY", cseq: 2, headers, body: "SIP/2.0 486 Busy Here\r\n")
        let told = try #require(events.takeAll().first { $0["Event-Subclass"] == "sofia::notify_refer" })
        let session = try #require(bench.exchange.softswitch.sessions.all.first)
        for (name, value) in [
            ("content-type", "message/sipfrag"), ("event-package", "refer"), ("event-id", "7"),
            ("subscription-substate", "terminated"), ("subscription-reason", "noresource"),
            ("subscription-expires", nil), ("UniqueID", session.id),
        ] as [(String, String?)] { #expect(told[name] == value, "\(name)") }
        #expect(told.body == "SIP/2.0 486 Busy Here\r\n")
        // Those of other packages are none of it.
        bench.request("NOTIFY", cseq: 3, ["Event: talk", "Content-Type: message/sipfrag"], body: "SIP/2.0 200 OK\r\n")
        #expect(!events.takeAll().contains { $0["Event-Subclass"] == "sofia::notify_refer" })
    }

    /// A phone that never tells what came of a REFER is not waited for.
    @Test func silentDeflection() throws {
        let bench = try Bench([("answer", ""), ("deflect", "1234")])
        bench.peer.respond(202, to: try bench.heard(.refer), [])
        bench.exchange.loop.advance(by: .seconds(11))
        #expect(try bench.heard(.bye).cseq == 2)
    }

    /// The wait for what came of one REFER does not end a call that was referred again.
    @Test func secondDeflection() throws {
        let bench = try Bench([
            ("answer", ""), ("deflect", "1234"), ("sleep", "1000"), ("deflect", "5678"), ("park", ""),
        ])
        let notice = ["Event: refer", "Content-Type: message/sipfrag"]
        bench.peer.respond(202, to: try bench.heard(.refer), [])
        bench.request("NOTIFY", cseq: 2, notice, body: "SIP/2.0 486 Busy Here\r\n")
        bench.exchange.loop.advance(by: .seconds(5))
        let second = try bench.heard(.refer)
        #expect(second.first(.referTo)?.contains("5678") == true)
        bench.peer.respond(202, to: second, [])
        bench.exchange.loop.advance(by: .seconds(6))
        #expect(!bench.peer.heard.contains { $0.method == .bye })
        bench.exchange.loop.advance(by: .seconds(6))
        #expect(try bench.heard(.bye).isRequest)
    }

    /// A NOTIFY ends the call when it is about the last REFER; the first one's need no `id` (RFC 3515 §2.4.6).
    @Test(arguments: [
        ("refer", 1, true), ("refer;id=%1", 1, true), ("refer;id=%1;a", 1, true), ("refer;id=0", 1, false),
        ("refer", 2, false), ("refer;id=%1", 2, false), ("refer;id=%2", 2, true), ("refer;a=b; ID = %2", 2, true),
        ("refer;id=", 2, false), ("refer;id=x", 2, false),
    ])
    func noticesNameTheirReferral(_ event: String, _ referrals: Int, _ isOver: Bool) throws {
        let bench = try Bench([
            ("answer", ""), ("deflect", "1234"), ("sleep", "1000"), ("deflect", "5678"), ("park", ""),
        ])
        let first = try bench.heard(.refer)
        var event = event.replacing("%1", with: String(first.cseq))
        if referrals == 2 {
            bench.peer.respond(603, to: first, [])
            bench.exchange.loop.advance(by: .seconds(1))
            let second = try bench.heard(.refer)
            #expect(second.cseq > first.cseq)
            bench.peer.respond(202, to: second, [])
            event = event.replacing("%2", with: String(second.cseq))
        } else {
            bench.peer.respond(202, to: first, [])
        }
        let headers = ["Event: \(event)", "Content-Type: message/sipfrag"]
        #expect(bench.request("NOTIFY", cseq: 2, headers, body: "SIP/2.0 200 OK\r\n")?.status == 200)
        #expect(bench.peer.heard.contains { $0.method == .bye } == isOver)
    }

    /// The NOTIFY may overtake the 202 (RFC 3515 §2.4.4).
    @Test func earlyNotice() throws {
        let bench = try Bench([("answer", ""), ("deflect", "1234"), ("park", "")])
        let notice = ["Event: refer", "Content-Type: message/sipfrag"]
        bench.request("NOTIFY", cseq: 2, notice, body: "SIP/2.0 200 OK\r\n")
        #expect(try bench.heard(.bye).isRequest)
        bench.peer.respond(202, to: try bench.heard(.refer), [])
    }

    @Test func keysOfThePhone() throws {
        let bench = try Bench([("answer", ""), ("park", "")])
        let id = try #require(bench.exchange.softswitch.sessions.all.first?.id)
        #expect(bench.exchange.command("uuid_phone_event \(id) hold").hasPrefix("+OK"))
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(try bench.heard(.notify).first(.event) == "hold")
        #expect(bench.exchange.command("uuid_phone_event \(id) a\r\nb").hasPrefix("-ERR"))
    }

    /// `absolute_codec_string` and `codec_string` say what is offered to the phone that is called; the former before the
    /// latter, and both before the profile's `outbound-codec-prefs`.
    @Test(arguments: [
        ("", "0 8 101"), ("absolute_codec_string=PCMA", "8 101"), ("codec_string=PCMA", "8 101"),
        ("absolute_codec_string=PCMA,codec_string=PCMU", "8 101"), ("absolute_codec_string='PCMA,PCMU'", "8 0 101"),
    ])
    func codecsOffered(variables: String, types: String) throws {
        let bench = try Bench(
            [("bridge", "{\(variables)}sofia/internal/b@10.0.0.98")],
            settings: ["outbound-codec-prefs": "PCMU,PCMA"]
        ) { WirePeer($0, at: "10.0.0.98") }
        let invite = try #require(bench.other?.heard.first { $0.method == .invite })
        let line = invite.bodyText.split(whereSeparator: \.isNewline).first { $0.hasPrefix("m=audio") }
        #expect(line?.split(separator: " ").dropFirst(3).joined(separator: " ") == types)
    }

    /// `sip_auto_answer` asks the phone that is called to answer by itself, unless the dialplan has words of its own for it.
    @Test(
        arguments: [
            ("sip_auto_answer=true", ["<sip:intercom>;answer-after=0"]), ("sip_auto_answer=false", []), ("", []),
            ("sip_auto_answer=true,sip_h_Call-Info=mine", ["mine"]), ("sip_h_Call-Info=mine", ["mine"]),
        ] as [(String, [String])]
    )
    func asksToAnswerAtOnce(variables: String, expected: [String]) throws {
        let actions = [("bridge", "{\(variables)}sofia/internal/b@10.0.0.98")]
        let bench = try Bench(actions) { WirePeer($0, at: "10.0.0.98") }
        let invite = try #require(bench.other?.heard.first { $0.method == .invite })
        #expect(invite.all(.callInfo) == expected)
    }

    /// `rtp-timeout-sec`: a phone that has fallen silent is hung up, and the cause says why.
    @Test(.timeLimit(.minutes(1))) func silentPhones() throws {
        let hook = ("set", "execute_on_media_timeout=set timed_out=yes")
        let bench = try Bench([hook, ("answer", ""), ("park", "")], settings: ["rtp-timeout-sec": "1"])
        let hangups = bench.exchange.softswitch.events.subscribe(to: [.channelHangup]) {}
        var causes: [String?] = []
        let isOver = bench.exchange.loop.runUntil {
            causes += hangups.takeAll().flatMap { [$0["Hangup-Cause"], $0["variable_timed_out"]] }
            return !causes.isEmpty
        }
        #expect(isOver && causes == ["MEDIA_TIMEOUT", "yes"])
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(try bench.heard(.bye).isRequest)
    }

    @Test func information() throws {
        let bench = try Bench([("answer", ""), ("send_info", "text/x-note hello"), ("park", "")])
        let info = try bench.heard(.info)
        #expect(info.contentType == "text/x-note" && info.bodyText == "hello")
    }

    /// What a phone says beside its call, and that it has offered something new.
    @Test func tellsOfRequests() throws {
        let hooks = ["sip_reinvite=set again=yes", "audio_change=set changed=yes"].map { ("set", "execute_on_\($0)") }
        let bench = try Bench(hooks + [("answer", ""), ("park", "")])
        let events = bench.exchange.softswitch.events.subscribe(to: [.recvInfo, .custom]) {}
        let info = ["Content-Type: text/x-note", "Contact: <sip:a@10.0.0.99>"]
        #expect(bench.request("INFO", cseq: 2, info, body: "hello")?.status == 200)
        let told = try #require(events.takeAll().last)
        #expect(told.name.text == "RECV_INFO" && told.body == "hello" && told["SIP-Content-Type"] == "text/x-note")
        #expect(told["SIP-Contact-User"] == "a" && told["SIP-To-User"] == "5005")
        let headers = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"]
        let offer = Self.sdp.replacing("o=- 1 1", with: "o=- 1 2")
        #expect(bench.request("INVITE", cseq: 3, headers, body: offer)?.status == 200)
        let channel = try #require(bench.exchange.softswitch.sessions.all.first)
        let reinvites = events.takeAll().filter { $0["Event-Subclass"] == "sofia::reinvite" }
        #expect(reinvites.map { $0["Unique-ID"] } == [channel.id])
        bench.request("ACK", cseq: 3)
        #expect(channel.assumeIsolated { $0.variable("again") } == "yes")
        #expect(channel.assumeIsolated { $0.variable("changed") } == nil)
        let other = offer.replacing("o=- 1 2", with: "o=- 1 3").replacing("RTP/AVP 0", with: "RTP/AVP 8")
        #expect(bench.request("INVITE", cseq: 4, headers, body: other)?.status == 200)
        bench.request("ACK", cseq: 4)
        #expect(channel.assumeIsolated { $0.variable("changed") } == "yes")
        _ = events.takeAll()
        #expect(bench.request("INVITE", cseq: 5, headers, body: "v=0\r\n")?.status ?? 0 >= 400)
        #expect(events.takeAll().isEmpty)
    }

    /// The same by commands.
    @Test(arguments: [
        ("uuid_send_info % hello there", "text/plain", "hello there"),
        ("uuid_send_info % text x-note hello", "text/x-note", "hello"),
    ])
    func informationByCommand(_ line: String, _ type: String, _ body: String) throws {
        let bench = try Bench([("answer", ""), ("park", "")])
        let id = try #require(bench.exchange.softswitch.sessions.all.first?.id)
        #expect(bench.exchange.command(line.replacing("%", with: id)) == "+OK Success\n")
        bench.exchange.loop.advance(by: .milliseconds(100))
        let info = try bench.heard(.info)
        #expect(info.contentType == type && info.bodyText == body)
    }

    /// Commands reach the phone: what they answer, and the method, a header and the body of what comes.
    @Test(
        arguments: [
            (
                "uuid_display % Ann|42", "+OK Success\n", SIPMethod.update, "Remote-Party-ID",
                "\"Ann\" <sip:42@10.0.0.1>;party=calling", ""
            ),
            ("uuid_deflect % sip:1234@b.example", "+OK:\n", .refer, "Refer-To", "<sip:1234@b.example>", ""),
            ("uuid_chat % hello there", "+OK\n", .message, "Content-Type", "text/html", "hello there"),
            ("uuid_send_message % hello there", "+OK Success\n", .message, "Content-Type", "text/plain", "hello there"),
            ("uuid_send_text % hello there", "+OK\n", .message, "Content-Type", "text/plain", "hello there"),
        ] as [(String, String, SIPMethod, String, String, String)]
    )
    func commandsReachThePhone(
        _ line: String,
        _ answer: String,
        _ method: SIPMethod,
        _ header: String,
        _ value: String,
        _ body: String
    ) throws {
        let bench = try Bench([("answer", ""), ("park", "")], ["Allow: INVITE, UPDATE, MESSAGE"])
        let id = try #require(bench.exchange.softswitch.sessions.all.first?.id)
        #expect(!bench.peer.heard.contains { $0.isRequest })
        #expect(bench.exchange.command(line.replacing("%", with: id)) == answer)
        bench.exchange.loop.advance(by: .milliseconds(100))
        let request = try bench.heard(method)
        #expect(request.first(named: header)?.hasPrefix(value) == true)
        #expect(request.bodyText == body)
    }

    /// A caller is sent elsewhere before the answer, and nobody after it.
    @Test(arguments: [("ring_ready", 302), ("answer", nil)] as [(String, Int?)])
    func redirectsByCommand(_ application: String, _ status: Int?) throws {
        let bench = try Bench([(application, ""), ("park", ""), ("sleep", "10000")])
        let id = try #require(bench.exchange.softswitch.sessions.all.first?.id)
        let answer = bench.exchange.command("uuid_redirect \(id) sip:b@c.example")
        bench.exchange.loop.advance(by: .milliseconds(100))
        let moved = bench.peer.heard.last { $0.status == 302 }
        #expect(
            moved?.status == status && (moved?.contacts.first?.description == "<sip:b@c.example>") == (status != nil)
        )
        #expect(answer.hasPrefix("+OK:") == (status != nil), "\(answer)")
    }

    /// What the phone says of itself, and how it is told a name: method, and a header or a body.
    @Test(arguments: [
        (
            ["Allow: INVITE, UPDATE"], [:], SIPMethod.update, "Remote-Party-ID",
            "\"Ann\" <sip:42@10.0.0.1>;party=calling"
        ),
        (
            ["Allow: INVITE, UPDATE"], ["caller-id-type": "pid"], .update, "P-Asserted-Identity",
            "\"Ann\" <sip:42@10.0.0.1>"
        ),
        (["X-FS-Support: update_display,send_info"], [:], .info, "X-FS-Display-Number", "42"),
        (["User-Agent: snom370/8.7"], [:], .info, "Content-Type", "message/sipfrag"),
    ])
    func displays(
        abilities: [String],
        settings: [String: String],
        method: SIPMethod,
        header: String,
        value: String
    ) throws {
        let bench = try Bench(
            [("answer", ""), ("send_display", "Ann|42"), ("park", "")],
            abilities,
            settings: settings
        )
        #expect(try bench.heard(method).first(named: header)?.hasPrefix(value) == true)
    }

    /// A phone that can show nothing is left alone, and the call goes on.
    @Test func displaysNothing() throws {
        let bench = try Bench([("answer", ""), ("send_display", "Ann|42"), ("park", "")], ["Allow: INVITE"])
        #expect(!bench.peer.heard.contains { $0.isRequest })
        #expect(bench.exchange.softswitch.sessions.count == 1)
    }

    /// A 183 whose description is of no use does not spoil the call that the 200 answers well.
    @Test func uselessEarlyDescription() throws {
        let bench = try Bench([("bridge", "sofia/internal/b@10.0.0.98")]) { WirePeer($0, at: "10.0.0.98") }
        let other = try #require(bench.other)
        let invite = try #require(other.heard.first { $0.method == .invite })
        let headers = ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"]
        other.respond(183, to: invite, headers, body: Self.sdp.replacing("AVP 0", with: "AVP 18"))
        other.respond(200, to: invite, headers, body: Self.sdp)
        #expect(bench.peer.heard.last?.status == 200)
        #expect(!other.heard.contains { $0.method == .bye })
    }

    /// Of several early answers to one INVITE the latest counts, whatever `forked_dial` says, and then the final one.
    @Test(arguments: ["", "{forked_dial=true}"]) func latestEarlyAnswerCounts(_ variables: String) throws {
        let bench = try Bench([("bridge", "\(variables)sofia/internal/b@10.0.0.98")]) { WirePeer($0, at: "10.0.0.98") }
        let other = try #require(bench.other)
        let invite = try #require(other.heard.first { $0.method == .invite })
        let headers = ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"]
        let leg = try #require(
            bench.exchange.softswitch.sessions.all.first { $0.assumeIsolated { $0.direction == .outbound } }
        )
        let heard = [
            (183, "first", "40002"), (183, "second", "40004"), (183, "first", "40006"), (200, "second", "40008"),
        ]
        for (status, tag, port) in heard {
            other.respond(status, to: invite, tag: tag, headers, body: Self.sdp.replacing("40000", with: port))
            bench.exchange.loop.advance(by: .milliseconds(100))
            #expect(leg.assumeIsolated { $0.variable("remote_media_port") } == port)
        }
        #expect(try #require(other.heard.last { $0.method == .ack }).toTag == "second")
        #expect(bench.peer.heard.last { $0.status != nil }?.status == 200)
    }
}
