import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Texts beside calls (RFC 3428), on the wire.
struct MessageTests {
    /// A switch where anybody registers; a phone of 1000's, one of 1001's, and who listens to events.
    private final class Bench {
        let exchange: SimulatedSwitch
        let (first, second): (WirePeer, WirePeer)
        private let subscription: EventSubscription

        init(_ settings: [String: String] = ["auth-messages": "false"]) throws {
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: settings.merging(["accept-blind-reg": "true", "auth-calls": "false"]) { $1 }
            )
            exchange.start()
            (first, second) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
            subscription = exchange.softswitch.events.subscribe(to: [.message]) {}
            for (phone, user, host) in [(first, "1000", 99), (second, "1001", 98)] {
                let uri = "<sip:\(user)@10.0.0.1>"
                let contact = ["Contact: <sip:\(user)@10.0.0.\(host)>", "Expires: 600"]
                phone.request("REGISTER", uri: "sip:10.0.0.1", from: uri, to: uri, callID: user, contact)
            }
        }

        /// 1000 sends a text to 1001, or to somebody else.
        func send(to: String = "1001", _ body: String, _ headers: [String] = ["Content-Type: text/plain"])
            -> SIPMessage?
        {
            let uri = "sip:\(to)@10.0.0.1"
            return first.request(
                "MESSAGE",
                uri: uri,
                from: "\"Ann\" <sip:1000@10.0.0.1>",
                to: "<\(uri)>",
                callID: "text",
                headers,
                body: body
            )
        }

        var events: [Event] { subscription.takeAll() }

        func texts(_ phone: WirePeer) -> [SIPMessage] { phone.heard.filter { $0.isRequest && $0.method == .message } }
    }

    /// A phone's text is taken, told of, and handed to the phones of whom it is for.
    @Test(arguments: [([:], 202), (["sip-messages-respond-200-ok": "true"], 200)])
    func delivers(_ more: [String: String], _ status: Int) throws {
        let bench = try Bench(more.merging(["auth-messages": "false"]) { $1 })
        #expect(bench.send("Hellö", ["Content-Type: text/plain;charset=UTF-8"])?.status == status)
        let event = try #require(bench.events.first)
        for (header, value) in [
            ("proto", "sip"), ("to_proto", "sip"), ("from", "1000@10.0.0.1"), ("from_user", "1000"),
            ("from_host", "10.0.0.1"), ("to", "1001@10.0.0.1"), ("to_user", "1001"), ("to_host", "10.0.0.1"),
            ("from_sip_ip", "10.0.0.99"), ("from_sip_port", "5060"), ("subject", "SIMPLE MESSAGE"),
            ("type", "text/plain"), ("from_full", "\"Ann\" <sip:1000@10.0.0.1>"), ("sip_profile", "internal"),
            ("context", "default"),
        ] { #expect(event[header] == value, "\(header)") }
        #expect(event.body == "Hellö")
        let text = try #require(bench.texts(bench.second).last)
        #expect(text.requestURI?.description == "sip:1001@10.0.0.98")
        #expect(text.from.uri.user == "1000" && text.from.displayName == "Ann")
        #expect(text.to.uri.user == "1001" && text.to.tag == nil)
        #expect(text.bodyText == "Hellö")
        #expect(text.contentType == "text/plain")
        // No MESSAGE has a Contact (RFC 3428 §4).
        #expect(text.contacts.isEmpty)
        bench.second.respond(200, to: text, [])
        bench.exchange.loop.advance(by: .seconds(40))
        #expect(bench.texts(bench.second).count == 1)
    }

    @Test(arguments: [
        (["enable-chat": "false"], 405, 0), ([:], 407, 0), (["disable-auth-messages": "true"], 202, 1),
        (["apply-inbound-acl": "loopback.auto"], 407, 0), (["apply-inbound-acl": "rfc1918.auto"], 202, 1),
        (["apply-inbound-acl": "loopback.auto", "auth-messages": "false"], 403, 0),
    ])
    func asksWhoSends(_ settings: [String: String], _ status: Int, _ count: Int) throws {
        let bench = try Bench(settings)
        #expect(bench.send("a")?.status == status)
        #expect(bench.events.count == count)
        #expect(bench.texts(bench.second).count == count)
    }

    /// Who is not here gets nothing, and a text that is too long is refused.
    @Test func limits() throws {
        let bench = try Bench()
        #expect(bench.send(to: "1009", "a")?.status == 202)
        #expect(bench.events.count == 1)
        let long = String(repeating: "x", count: ChatMessage.lengthLimit)
        #expect(bench.send(long)?.status == 202)
        #expect(bench.send(long + "x")?.status == 413)
        #expect(bench.events.count == 1)
        #expect(bench.texts(bench.second).count == 1)
        #expect(bench.texts(bench.first).isEmpty)
    }

    @Test(arguments: [
        ("1001@10.0.0.1", "text/html", "Sent", "sip:1001@10.0.0.98"),
        ("internal/1001@10.0.0.1", "", "Sent", "sip:1001@10.0.0.98"),
        ("sip:1001@10.0.0.1", "", "Sent", "sip:1001@10.0.0.98"),
        ("internal/friend@10.0.0.98", "", "Sent", "sip:friend@10.0.0.98"),
        ("1005@10.0.0.1", "", "Error! Message Not Sent", nil), ("friend@10.0.0.98", "", "Error! Message Not Sent", nil),
        ("none/1001@10.0.0.1", "", "Error! Message Not Sent", nil), ("1001", "", "Error! Message Not Sent", nil),
        ("1001@10.0.0.1", "text/plain\r\nX: y", "Error! Message Not Sent", nil),
    ])
    func chats(_ to: String, _ type: String, _ answer: String, _ target: String?) throws {
        let bench = try Bench()
        #expect(bench.exchange.command("chat sip|1000@10.0.0.1|\(to)|Hello|\(type)") == answer)
        bench.exchange.loop.advance(by: .milliseconds(100))
        let text = bench.texts(bench.second).last
        #expect(text?.requestURI?.description == target)
        guard let text else { return }
        #expect(text.from.uri.description == "sip:1000@10.0.0.1")
        #expect(text.contentType == (type.isEmpty ? "text/plain" : type))
        #expect(text.bodyText == "Hello")
        #expect(bench.exchange.command("show chat").contains("chat,sip,mod_sofia"))
    }

    /// A text inside a call is told of with the call, and goes on where the profile says so.
    @Test(arguments: [(["proxy-message": "true"], true, 0), (["in-dialog-chat": "true"], false, 1), ([:], false, 0)])
    func insideCalls(_ settings: [String: String], _ isPassed: Bool, _ delivered: Int) throws {
        let bench = try Bench(settings)
        let sdp =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
        let headers = ["Allow: INVITE, ACK, BYE, MESSAGE", "Content-Type: application/sdp"]
        let uri = "sip:1001@10.0.0.1"
        let contact = "Contact: <sip:1000@10.0.0.99>"
        bench.first.request("INVITE", uri: uri, to: "<\(uri)>", fromTag: "a", headers + [contact], body: sdp)
        let invite = try #require(bench.second.heard.last { $0.isRequest && $0.method == .invite })
        bench.second.respond(200, to: invite, headers + ["Contact: <sip:1001@10.0.0.98>"], body: sdp)
        let tag = bench.first.heard.last { $0.status == 200 }?.toTag ?? ""
        bench.first.request("ACK", uri: uri, to: "<\(uri)>;tag=\(tag)", fromTag: "a", [contact])
        let answer = bench.first.request(
            "MESSAGE",
            uri: uri,
            to: "<\(uri)>;tag=\(tag)",
            fromTag: "a",
            cseq: 2,
            ["Content-Type: text/plain"],
            body: "Hello"
        )
        #expect(answer?.status == 202)
        let event = try #require(bench.events.first)
        #expect(event["Unique-ID"] != nil)
        #expect(event["from_user"] == "1000")
        #expect(event.body == "Hello")
        let texts = bench.texts(bench.second)
        #expect(texts.count == (isPassed ? 1 : delivered))
        #expect(texts.allSatisfy { ($0.callID == invite.callID) == isPassed })
    }
}
