import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Transfers by REFER and by INVITE with Replaces (RFC 3515, RFC 3891, RFC 5589), on the wire.
struct TransferTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let contact = ["Contact: <sip:1000@10.0.0.99>"]
    private static let offer = contact + ["Content-Type: application/sdp"]

    /// One dialog of the desk's, as it sees it.
    private struct Dialog {
        var callID: String
        var local: String
        var localTag: String
        var remote: String
        var remoteTag: String
        var cseq = 1

        /// The value of Replaces for somebody else.
        var replaces: String { "\(callID);to-tag=\(remoteTag);from-tag=\(localTag)" }
    }

    /// A phone whose messages the test writes (1000), and two others (1001, 1002) that take calls.
    private final class Desk {
        let exchange: SimulatedSwitch
        let peer: WirePeer
        let others: [SimulatedPhone]

        init(settings: [String: String] = [:], actions: [(application: String, data: String)] = []) throws {
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: settings.merging(["auth-calls": "false", "accept-blind-reg": "true"]) { $1 },
                actions: actions
            )
            exchange.start()
            peer = WirePeer(exchange)
            others = ["1001", "1002"].enumerated().map { [exchange] number, user in
                SimulatedPhone(exchange, user: user, seed: UInt8(number + 1))
            }
            for phone in others { phone.register(expires: 3_600) }
            exchange.loop.advance(by: .milliseconds(100))
        }

        /// A call that the desk makes, answered.
        func call(_ number: String, callID: String = "one", from peer: WirePeer? = nil, _ headers: [String] = []) throws
            -> Dialog
        {
            let (own, target) = ("<sip:1000@10.0.0.1>", "<sip:\(number)@10.0.0.1>")
            let peer = peer ?? self.peer
            let uri = "sip:\(number)@10.0.0.1"
            let answer = try #require(
                peer.request(
                    "INVITE",
                    uri: uri,
                    to: target,
                    fromTag: callID,
                    callID: callID,
                    offer + headers,
                    body: sdp
                )
            )
            try #require(answer.status == 200)
            let tag = try #require(answer.toTag)
            let dialog = Dialog(callID: callID, local: own, localTag: callID, remote: target, remoteTag: tag)
            request("ACK", in: dialog, from: peer)
            exchange.loop.advance(by: .milliseconds(100))
            return dialog
        }

        /// A call that the first of the other phones makes to the desk, answered.
        func beCalled() throws -> Dialog {
            let register = peer.request("REGISTER", uri: "sip:10.0.0.1", callID: "register", contact)
            #expect(register?.status == 200)
            _ = others[0].call("1000")
            exchange.loop.advance(by: .milliseconds(100))
            let invite = try #require(peer.heard.last { $0.isRequest && $0.method == .invite })
            peer.respond(200, to: invite, offer, body: sdp)
            exchange.loop.advance(by: .milliseconds(100))
            return Dialog(
                callID: invite.callID,
                local: "<\(invite.to.uri)>",
                localTag: "wire",
                remote: "<\(invite.from.uri)>",
                remoteTag: invite.fromTag ?? "",
                cseq: 10
            )
        }

        @discardableResult
        func request(_ method: String, in dialog: Dialog, from peer: WirePeer? = nil, _ headers: [String] = [])
            -> SIPMessage?
        {
            (peer ?? self.peer).request(
                method,
                uri: "sip:mod_sofia@10.0.0.1",
                from: dialog.local,
                to: "\(dialog.remote);tag=\(dialog.remoteTag)",
                fromTag: dialog.localTag,
                callID: dialog.callID,
                cseq: dialog.cseq + (method == "ACK" ? 0 : 1),
                headers
            )
        }

        /// Answers everything that the switch asks, and tells what it was: NOTIFYs by what they say.
        func answerAll() -> [String] {
            var seen: [String] = []
            var answered: Set<String> = []
            var known = 0
            while known < peer.heard.count {
                let message = peer.heard[known]
                known += 1
                guard message.isRequest, message.method != .ack, message.method != .invite,
                    answered.insert(message.topBranch ?? "").inserted
                else { continue }
                let line = message.bodyText.split(whereSeparator: \.isNewline).first.map { " \($0.dropFirst(8))" } ?? ""
                seen.append("\(message.method.name)\(line)")
                peer.respond(200, to: message, [])
            }
            return seen
        }

        /// Who talks to whom, by the users of their channels.
        var pairs: Set<String> {
            Set(
                exchange.softswitch.sessions.all.compactMap { session in
                    session.assumeIsolated { session -> String? in
                        guard let other = session.partner else { return nil }
                        let names = [session.profile.channelName, other.assumeIsolated { $0.profile.channelName }]
                        return names.map { $0.replacing("sofia/internal/", with: "").prefix(4) }.sorted()
                            .joined(separator: "–")
                    }
                }
            )
        }
    }

    /// The desk transfers whom it called, and who called it.
    @Test(arguments: [true, false])
    func blind(desksCall: Bool) throws {
        let desk = try Desk()
        let dialog = try desksCall ? desk.call("1001") : desk.beCalled()
        #expect(desk.pairs == ["1000–1001"])
        let referral = ["Refer-To: <sip:1002@10.0.0.1>", "Referred-By: <sip:1000@10.0.0.1>"] + Self.contact
        #expect(desk.request("REFER", in: dialog, referral)?.status == 202)
        #expect(desk.answerAll() == ["NOTIFY 100 Trying", "NOTIFY 200 OK", "BYE"])
        #expect(desk.others[1].heard.last == "called")
        #expect(desk.pairs == ["1001–1002"])
        let transferred = desk.exchange.softswitch.sessions.all.filter {
            $0.assumeIsolated { session in
                session.variable("sip_refer_to") == "<sip:1002@10.0.0.1>"
                    && session.variable("transfer_fallback_extension") == "1000"
                    && session.variable("sip_h_Referred-By") == "<sip:1000@10.0.0.1>"
            }
        }
        #expect(transferred.count == 1)
    }

    /// Programs hear of transfers where the profile says so: who asked for it, and who is sent elsewhere.
    @Test(arguments: [true, false])
    func transfersAreTold(isWanted: Bool) throws {
        let desk = try Desk(settings: ["fire-transfer-events": String(isWanted)])
        let events = desk.exchange.softswitch.events.subscribe(to: [.custom]) {}
        let told = { () -> [String] in
            events.takeAll().compactMap { event -> String? in
                guard let subclass = event["Event-Subclass"], !subclass.contains("regist") else { return nil }
                return "\(subclass) \(event["Channel-Name"]?.split(separator: "/").last?.prefix(4) ?? "")"
            }
        }
        let blind = try desk.call("1001")
        let referral = ["Refer-To: <sip:1002@10.0.0.1>"] + Self.contact
        #expect(desk.request("REFER", in: blind, referral)?.status == 202)
        _ = desk.answerAll()
        #expect(told() == (isWanted ? ["sofia::transferor 1000", "sofia::transferee 1001"] : []))
        let other = try Desk(settings: ["fire-transfer-events": String(isWanted)])
        let more = other.exchange.softswitch.events.subscribe(to: [.custom]) {}
        let (first, second) = (try other.call("1001"), try other.call("1002", callID: "two"))
        let replaces = second.replaces.replacing(";", with: "%3B").replacing("=", with: "%3D")
        let attended = ["Refer-To: <sip:1002@10.0.0.1?Replaces=\(replaces)>"] + Self.contact
        #expect(other.request("REFER", in: first, attended)?.status == 202)
        let all = more.takeAll()
        let subclasses = all.compactMap { $0["Event-Subclass"] }.filter { !$0.contains("regist") }
        #expect(subclasses == (isWanted ? ["sofia::replaced", "sofia::transferor", "sofia::transferee"] : []))
        let transferor = all.first { $0["Event-Subclass"] == "sofia::transferor" }
        let transferee = all.first { $0["Event-Subclass"] == "sofia::transferee" }
        #expect(transferor?["att_xfer_original_call_id"] == transferee?["Unique-ID"])
    }

    /// A recording goes on with whom the desk transfers, in the same file, where that is wanted.
    @Test(arguments: [true, false])
    func recordingsFollow(isWanted: Bool) throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/call.wav"
        let desk = try Desk(actions: [
            ("set", "recording_follow_transfer=\(isWanted)"), ("answer", ""), ("record_session", path),
            ("bridge", "sofia/internal/1001%10.0.0.1"),
        ])
        let subscription = desk.exchange.softswitch.events.subscribe(to: [.recordStart, .recordStop]) {}
        let dialog = try desk.call("5005")
        let isBridged = { () -> Bool in
            // The file is opened elsewhere; then the phone is called, which takes time on the wire.
            desk.exchange.loop.advance(by: .milliseconds(100))
            return desk.pairs == ["1000–1001"]
        }
        #expect(desk.exchange.loop.runUntil(isBridged))
        #expect(desk.request("REFER", in: dialog, ["Refer-To: <sip:5000@10.0.0.1>"] + Self.contact)?.status == 202)
        var told: [String] = []
        let expected = ["RECORD_START", "RECORD_STOP"] + (isWanted ? ["RECORD_START"] : [])
        let isOver = { () -> Bool in
            _ = desk.answerAll()
            told += subscription.takeAll().filter { $0["Record-File-Path"] == path }.map(\.name.text)
            return told.count >= expected.count
        }
        #expect(desk.exchange.loop.runUntil(isOver))
        #expect(told == expected)
        let others = desk.exchange.softswitch.sessions.all.filter { session in
            session.assumeIsolated { $0.profile.destinationNumber == "5000" && $0.state == .park }
        }
        let isRecorded = try #require(others.first).assumeIsolated { $0.listeners.contains { $0.target == path } }
        #expect(isRecorded == isWanted)
    }

    /// `transfer_context` and `force_transfer_context` of either side say where a transfer is routed.
    @Test(arguments: ["transfer_context", "force_transfer_context", "nolocal:transfer_context"])
    func contexts(variable: String) throws {
        let name = variable.replacing("nolocal:", with: "")
        let bridge = variable == name ? "" : "{\(name)=elsewhere}"
        let desk = try Desk(actions: [
            ("set", variable == name ? "\(name)=elsewhere" : "x=y"),
            ("bridge", "\(bridge)sofia/internal/1001%10.0.0.1"),
        ])
        let dialog = try desk.call("5005")
        #expect(desk.request("REFER", in: dialog, ["Refer-To: sip:77@10.0.0.1"] + Self.contact)?.status == 202)
        #expect(desk.answerAll().last == "BYE")
        let places = desk.exchange.softswitch.sessions.all.map {
            $0.assumeIsolated { "\($0.profile.destinationNumber) \($0.profile.context) \($0.state)" }
        }
        #expect(places == ["77 elsewhere park"])
    }

    /// Who has shown nothing stays in the context of strangers, wherever the call has got to; who is in a list does not.
    @Test(arguments: [([:], "outside"), (["apply-inbound-acl": "10.0.0.0/8"], "default")])
    func strangers(settings: [String: String], context: String) throws {
        let desk = try Desk(settings: settings.merging(["context": "outside"]) { $1 })
        let dialog = try desk.call("1001")
        #expect(desk.pairs == ["1000–1001"])
        #expect(desk.request("REFER", in: dialog, ["Refer-To: sip:5000@10.0.0.1"] + Self.contact)?.status == 202)
        #expect(desk.answerAll().last == "BYE")
        let places = desk.exchange.softswitch.sessions.all.map {
            $0.assumeIsolated { "\($0.profile.destinationNumber) \($0.profile.context) \($0.state)" }
        }
        #expect(places == ["5000 \(context) park"])
    }

    /// What is refused leaves the call as it is.
    @Test(arguments: [
        ([:], [], 400), ([:], ["Refer-To: <sip:10.0.0.1>"], 400), ([:], ["Refer-To: <mailto:a@b>"], 400),
        ([:], ["Refer-To: <sip:1002@h>, <sip:1003@h>"], 400),
        (["disable-transfer": "true"], ["Refer-To: <sip:1002@10.0.0.1>"], 403),
    ])
    func refusals(settings: [String: String], headers: [String], status: Int) throws {
        let desk = try Desk(settings: settings)
        let dialog = try desk.call("1001")
        #expect(desk.request("REFER", in: dialog, headers + Self.contact)?.status == status)
        #expect(desk.answerAll() == [] && desk.pairs == ["1000–1001"])
    }

    /// What peers write never becomes an expression, wherever the dialplan looks at it.
    @Test func expressionsOfPeersDoNothing() throws {
        let desk = try Desk()
        let dialog = try desk.call("1001")
        let referral = ["Refer-To: <sip:%24%7Bglobal_setvar(taken=yes)%7D@10.0.0.1>"] + Self.contact
        #expect(desk.request("REFER", in: dialog, referral)?.status == 202)
        let sessions = desk.exchange.softswitch.sessions
        let isInert = { () -> Bool in
            sessions.all.contains { session in
                session.assumeIsolated { $0.variable("said")?.hasPrefix("%{global_setvar") == true }
            }
        }
        #expect(desk.exchange.loop.runUntil(isInert))
        let caller = WirePeer(desk.exchange, at: "10.0.0.88")
        let user = "sip:%24%7Bglobal_setvar(taken=yes)%7D@10.0.0.1"
        caller.request("INVITE", uri: user, from: "<\(user)>", ["Contact: <\(user)>"], body: "")
        #expect(desk.exchange.command("global_getvar taken") == "")
    }

    /// A call with nobody on the other side, and a dialog that does not exist.
    @Test(arguments: [
        ("5000", "sip:1002@10.0.0.1", "NOTIFY 403 Forbidden"),
        ("1001", "sip:1002@10.0.0.1?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2", "NOTIFY 481 Call Does Not Exist"),
        ("1001", "sip:1002@10.0.0.1?Replaces=nonsense", "NOTIFY 481 Call Does Not Exist"),
    ])
    func failures(number: String, target: String, notice: String) throws {
        let desk = try Desk()
        let dialog = try desk.call(number)
        let sessions = desk.exchange.softswitch.sessions.count
        #expect(desk.request("REFER", in: dialog, ["Refer-To: <\(target)>"] + Self.contact)?.status == 202)
        #expect(desk.answerAll() == ["NOTIFY 100 Trying", notice])
        #expect(desk.exchange.softswitch.sessions.count == sessions)
    }

    /// The desk connects those of its two calls; both of its calls end.
    @Test(arguments: [true, false])
    func attended(desksCall: Bool) throws {
        let desk = try Desk()
        let first = try desksCall ? desk.call("1001") : desk.beCalled()
        let second = try desk.call("1002", callID: "two")
        #expect(desk.pairs == ["1000–1001", "1000–1002"])
        let replaces = second.replaces.replacing(";", with: "%3B").replacing("=", with: "%3D")
        let refer = ["Refer-To: <sip:1002@10.0.0.1?Replaces=\(replaces)>"] + Self.contact
        #expect(desk.request("REFER", in: first, refer)?.status == 202)
        #expect(desk.answerAll().sorted() == ["BYE", "BYE", "NOTIFY 100 Trying", "NOTIFY 200 OK"])
        desk.exchange.loop.advance(by: .seconds(1))
        #expect(desk.pairs == ["1001–1002"])
        #expect(desk.exchange.softswitch.sessions.count == 2)
        #expect(!desk.others.contains { $0.heard.contains("ended") })
        // Both say who brought them together: the desk, and of whom.
        let marks = desk.exchange.softswitch.sessions.all.map { session in
            let source = session.assumeIsolated { $0.variable("transfer_source") ?? "" }
            let parts = source.split(separator: ":").suffix(2).joined(separator: ":").split(separator: "/")
            return parts.map { $0.prefix { $0 != "@" } }.joined(separator: "/")
        }
        #expect(marks.sorted() == ["1001", "1002"].map { "att_xfer:1000/\($0)" })
    }

    /// When the second call only talks to the switch, the other side goes where it went.
    @Test func attendedToAnApplication() throws {
        let desk = try Desk()
        let first = try desk.call("1001")
        let second = try desk.call("5000", callID: "two")
        let replaces = second.replaces.replacing(";", with: "%3B").replacing("=", with: "%3D")
        let refer = ["Refer-To: <sip:5000@10.0.0.1?Replaces=\(replaces)>"] + Self.contact
        #expect(desk.request("REFER", in: first, refer)?.status == 202)
        #expect(desk.answerAll().filter { $0 == "BYE" }.count == 2)
        let left = desk.exchange.softswitch.sessions.all.map {
            $0.assumeIsolated { "\($0.profile.destinationNumber) \($0.state)" }
        }
        #expect(left == ["5000 park"])
    }

    /// Somebody else takes the place of the desk in its call.
    @Test(arguments: [true, false])
    func replaces(isTold: Bool) throws {
        let settings = ["apply-inbound-acl": "10.0.0.0/24", "fire-transfer-events": String(isTold)]
        let desk = try Desk(settings: settings)
        let events = desk.exchange.softswitch.events.subscribe(to: [.custom]) {}
        let dialog = try desk.call("1001")
        let other = WirePeer(desk.exchange, at: "10.0.0.98")
        let replacing = ["Contact: <sip:1005@10.0.0.98>", "Content-Type: application/sdp"]
        let refusals = [
            ("x;to-tag=1;from-tag=2", 481), ("nonsense", 481), ("\(dialog.replaces);early-only", 486),
        ]
        for (number, (text, status)) in refusals.enumerated() {
            let headers = replacing + ["Replaces: \(text)"]
            #expect(other.request("INVITE", callID: "no\(number)", headers, body: Self.sdp)?.status == status)
        }
        let headers = replacing + ["Replaces: \(dialog.replaces)", "Require: replaces"]
        let from = "<sip:1005@10.0.0.1>"
        #expect(other.request("INVITE", from: from, callID: "yes", headers, body: Self.sdp)?.status == 200)
        desk.exchange.loop.advance(by: .seconds(1))
        #expect(desk.answerAll() == ["BYE"])
        #expect(desk.pairs == ["1001–1005"])
        let told = events.takeAll().filter { $0["Event-Subclass"] == "sofia::intercepted" }
        #expect(told.map { $0["intercepted_by"] } == (isTold ? ["yes"] : []))
        #expect(told.first?["Unique-ID"] != nil || !isTold)
    }

    /// A call is taken over by whom a list or a password lets in, or from where it is; never against what is set, and
    /// never past the context of a profile that anybody may call.
    @Test(arguments: [
        (["apply-inbound-acl": "10.0.0.0/24"], "10.0.0.98", "x=y", 200), ([:], "10.0.0.98", "x=y", 403),
        (["apply-inbound-acl": "10.0.0.99/32::elsewhere"], "10.0.0.98", "x=y", 403),
        ([:], "10.0.0.99", "x=y", 200), (["disable-transfer": "true"], "10.0.0.99", "x=y", 403),
        ([:], "10.0.0.99", "deny_refer_requests=true", 403),
    ])
    func mayReplace(settings: [String: String], address: String, variable: String, status: Int) throws {
        let desk = try Desk(
            settings: settings,
            actions: [("set", variable), ("bridge", "sofia/internal/1001%10.0.0.1")]
        )
        let dialog = try desk.call("5005")
        let other = address == "10.0.0.99" ? desk.peer : WirePeer(desk.exchange, at: address)
        let contact = "Contact: <sip:1005@\(address)>"
        let headers = [contact, "Content-Type: application/sdp", "Replaces: \(dialog.replaces)"]
        let from = "<sip:1005@10.0.0.1>"
        let answer = other.request("INVITE", from: from, callID: "new", headers, body: Self.sdp)
        #expect(answer?.status == status)
        desk.exchange.loop.advance(by: .seconds(1))
        #expect(desk.pairs == (status == 200 ? ["1001–1005"] : ["1000–1001"]))
    }
}
