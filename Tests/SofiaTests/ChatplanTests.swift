import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Texts that go through a chatplan, on the wire.
struct ChatplanTests {
    /// A switch with a chatplan where anybody registers; phones of 1000's and 1001's, and one that is not registered.
    private final class Bench {
        let exchange: SimulatedSwitch
        let (first, second, stranger): (WirePeer, WirePeer, WirePeer)
        private let subscription: EventSubscription

        init(_ rules: String, _ settings: [String: String] = [:]) throws {
            let open = ["auth-messages": "false", "accept-blind-reg": "true", "auth-calls": "false"]
            exchange = try SimulatedSwitch(seed: 1, settings: open.merging(settings) { $1 }, chatplan: rules)
            exchange.start()
            (first, second) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
            stranger = WirePeer(exchange, at: "10.0.0.97")
            subscription = exchange.softswitch.events.subscribe(to: [.message, .custom]) {}
            for (phone, user, host) in [(first, "1000", 99), (second, "1001", 98)] {
                let uri = "<sip:\(user)@10.0.0.1>"
                let contact = ["Contact: <sip:\(user)@10.0.0.\(host)>", "Expires: 600"]
                phone.request("REGISTER", uri: "sip:10.0.0.1", from: uri, to: uri, callID: user, contact)
            }
            _ = subscription.takeAll()
        }

        /// A bench with one rule, for every text.
        convenience init(always actions: String) throws {
            try self.init("<extension name=\"e\"><condition>\(actions)</condition></extension>")
        }

        @discardableResult
        func send(
            from phone: WirePeer? = nil,
            as sender: String = "1000@10.0.0.1",
            to: String = "1001@10.0.0.1",
            _ body: String = "Hello",
            _ headers: [String] = []
        ) -> SIPMessage? {
            let answer = (phone ?? first).request(
                "MESSAGE",
                uri: "sip:\(to)",
                from: "\"Ann\" <sip:\(sender)>",
                to: "<sip:\(to)>",
                callID: "text",
                ["Content-Type: text/plain"] + headers,
                body: body
            )
            exchange.loop.advance(by: .milliseconds(100))
            return answer
        }

        var events: [Event] { subscription.takeAll() }

        func texts(_ phone: WirePeer) -> [SIPMessage] { phone.heard.filter { $0.isRequest && $0.method == .message } }

        /// What every phone has heard.
        var bodies: [[String]] { [first, second, stranger].map { phone in texts(phone).map(\.bodyText) } }
    }

    /// What no rule is for goes to whom it is for, and is told of once.
    @Test func leavesOthersAlone() throws {
        let bench = try Bench(
            "<extension name=\"e\"><condition field=\"to_user\" expression=\"^9\">\(last)</condition></extension>"
        )
        #expect(bench.send()?.status == 202)
        #expect(bench.bodies == [[], ["Hello"], []])
        let events = bench.events
        #expect(events.map { $0["dest_proto"] } == ["sip"])
        let text = try #require(bench.texts(bench.second).first)
        #expect(text.from.displayName == "Ann")
        // One less than it came with.
        #expect(text.maxForwards == 69)
        #expect(bench.exchange.command("show chat").contains("chat,global_sms,mod_sms"))
    }

    /// The sender is answered; what was sent goes on unless the rule says that this was all.
    @Test(arguments: [("", ["Hello"]), (last, [])])
    func replies(_ more: String, _ delivered: [String]) throws {
        let bench = try Bench(always: "<action application=\"reply\" data=\"You wrote: ${_body}\"/>" + more)
        #expect(bench.send()?.status == 202)
        #expect(bench.bodies == [["You wrote: Hello"], delivered, []])
        let answer = try #require(bench.texts(bench.first).first)
        #expect(answer.from.uri.description == "sip:1001@10.0.0.1")
        #expect(answer.requestURI?.description == "sip:1000@10.0.0.99")
        #expect(answer.maxForwards == 69)
        #expect(bench.events.count == 1)
    }

    /// Who is not registered is answered where the text came from, whatever its From says.
    @Test func repliesToStrangers() throws {
        let bench = try Bench(always: "<action application=\"reply\" data=\"a\"/>" + last)
        bench.send(from: bench.stranger, as: "eve@10.0.0.98")
        #expect(bench.bodies == [[], [], ["a"]])
    }

    /// A rule may give a text another address, also one that is elsewhere, and headers of its own.
    @Test(arguments: [
        ("1000@10.0.0.1", [["Hello"], [], []]), ("internal/1000@10.0.0.1", [["Hello"], [], []]),
        ("friend@10.0.0.97", [[], [], ["Hello"]]), ("internal/friend@10.0.0.97", [[], [], ["Hello"]]),
        ("none/friend@10.0.0.97", [[], [], []]), ("1009@10.0.0.1", [[], [], []]),
    ])
    func redirects(_ to: String, _ bodies: [[String]]) throws {
        let bench = try Bench(
            always: """
                <action application="set" data="to=\(to)"/><action application="set" data="sip_h_X-Own=${sip_h_X-Theirs}"/>
                """
        )
        bench.send("Hello", ["X-Theirs: yes"])
        #expect(bench.bodies == bodies)
        let texts = [bench.first, bench.second, bench.stranger].flatMap(bench.texts)
        #expect(texts.allSatisfy { $0.first(named: "X-Own") == "yes" && $0.first(named: "X-Theirs") == "yes" })
        #expect(bench.events.first?["to"] == to)
    }

    /// Nobody's own address leads a text out of the switch, whoever else's rule sends it on.
    @Test(arguments: ["friend@10.0.0.97", "internal%2ffriend@10.0.0.97"])
    func keepsPeersInside(_ to: String) throws {
        let bench = try Bench(always: "<action application=\"send\"/><action application=\"send\" data=\"sip\"/>")
        bench.send(to: to)
        #expect(bench.bodies == [[], [], []])
        // The same rule, for somebody who is here: sent twice, and delivered.
        bench.send()
        #expect(bench.bodies == [[], ["Hello", "Hello", "Hello"], []])
    }

    /// A text that comes back to the switch that has sent it has gone in a circle.
    @Test func breaksCircles() throws {
        let bench = try Bench(always: "<action application=\"set\" data=\"to=internal/round@10.0.0.1\"/>")
        bench.send()
        bench.exchange.loop.advance(by: .seconds(40))
        #expect(bench.events.count == 1)
        #expect(bench.bodies == [[], [], []])
    }

    /// Programs send texts by an event, past the chatplan, and hear what became of them.
    @Test(arguments: [
        (["to": "1001@10.0.0.1"], ["Hello"], "Accepted"),
        (["to": "1001@10.0.0.1", "blocking": "true"], ["Hello"], "Success"),
        (["to": "1005@10.0.0.1", "blocking": "true"], [], "Failure"),
        (["to": "1001@10.0.0.1", "dest_proto": ""], [], "Failure"), ([:], [], "Failure"),
    ])
    func sendsForPrograms(_ headers: [String: String], _ delivered: [String], _ status: String) throws {
        let bench = try Bench(always: last)
        let softswitch = bench.exchange.softswitch
        let all = ["dest_proto": "sip", "from": "pbx@10.0.0.1", "type": "text/plain"].merging(headers) { $1 }
        softswitch.events.publish(.custom) {
            var event = softswitch.makeEvent(.custom, subclass: "SMS::SEND_MESSAGE")
            for (name, value) in all { event.add(name, value) }
            event.body = "Hello"
            return event
        }
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(bench.bodies == [[], delivered, []])
        let reports = bench.events.filter { $0.subclass == "SMS::DELIVERY_REPORT" }
        #expect(reports.map { $0["Status"] } == [status])
        #expect(reports.first?["to"] == headers["to"])
    }

    /// Texts inside calls go through it where they are delivered as others are.
    @Test func takesTextsInsideCalls() throws {
        let bench = try Bench(
            "<extension name=\"e\"><condition><action application=\"reply\" data=\"a\"/>\(last)</condition></extension>",
            ["in-dialog-chat": "true"]
        )
        let uri = "sip:5000@10.0.0.1"
        let contact = "Contact: <sip:1000@10.0.0.99>"
        let sdp =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
        let headers = [contact, "Content-Type: application/sdp"]
        bench.first.request("INVITE", uri: uri, to: "<\(uri)>", fromTag: "a", headers, body: sdp)
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
        #expect(bench.bodies == [["a"], [], []])
        #expect(bench.events.filter { $0.name == .message }.map { $0.body } == ["Hello"])
    }
}

private let last = "<action application=\"final\"/>"
