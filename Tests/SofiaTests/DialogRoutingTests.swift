import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Where the requests inside a dialog go (RFC 3261 §12.2.1.1), and what a NAT changes about it.
struct DialogRoutingTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let type = "Content-Type: application/sdp"

    /// A call that the switch has answered, and its tag.
    private static func answered(
        _ peer: WirePeer,
        _ headers: [String],
        acknowledges: Bool = true
    ) throws -> String {
        let answer = try #require(
            peer.request(
                "INVITE",
                uri: "sip:5000@10.0.0.1",
                to: "<sip:5000@10.0.0.1>",
                fromTag: "peer",
                headers + [type],
                body: sdp
            )
        )
        #expect(answer.status == 200)
        let tag = try #require(answer.toTag)
        if acknowledges {
            peer.request(
                "ACK",
                uri: "sip:mod_sofia@10.0.0.1",
                to: "<sip:5000@10.0.0.1>;tag=\(tag)",
                fromTag: "peer",
                []
            )
        }
        return tag
    }

    private static func hangUp(_ exchange: SimulatedSwitch) {
        for session in exchange.softswitch.sessions.all { session.requestHangUp(.normalClearing) }
        exchange.loop.advance(by: .milliseconds(100))
    }

    private struct Row {
        var name: String
        var settings: [String: String] = [:]
        /// Where the caller is.
        var caller = "10.0.0.99"
        /// Where it believes to be.
        var via: String?
        /// What its INVITE says.
        var headers: [String]
        /// Who hears the BYE, and what its Request-URI is.
        var target: String
        var uri: String
    }

    private static let rows = [
        Row(name: "the Contact", headers: ["Contact: <sip:a@10.0.0.98>"], target: "10.0.0.98", uri: "sip:a@10.0.0.98"),
        Row(
            name: "the first proxy of the route set",
            headers: ["Contact: <sip:a@10.0.0.98>", "Record-Route: <sip:10.0.0.97;lr>, <sip:10.0.0.96;lr>"],
            target: "10.0.0.97",
            uri: "sip:a@10.0.0.98"
        ),
        Row(
            name: "a strict router",
            headers: ["Contact: <sip:a@10.0.0.98>", "Record-Route: <sip:10.0.0.97>"],
            target: "10.0.0.97",
            uri: "sip:10.0.0.97"
        ),
        Row(
            name: "maddr",
            headers: ["Contact: <sip:a@example.org;maddr=10.0.0.98>"],
            target: "10.0.0.98",
            uri: "sip:a@example.org;maddr=10.0.0.98"
        ),
        Row(
            name: "a name that nobody knows",
            headers: ["Contact: <sip:a@phone.example>"],
            target: "10.0.0.99",
            uri: "sip:a@phone.example"
        ),
        Row(
            name: "TLS, which this version does not have",
            headers: ["Contact: <sip:a@10.0.0.98;transport=tls>"],
            target: "10.0.0.99",
            uri: "sip:a@10.0.0.98;transport=tls"
        ),
        Row(
            name: "a private address behind a public one",
            caller: "203.0.113.5",
            headers: ["Contact: <sip:a@10.0.0.98>"],
            target: "203.0.113.5",
            uri: "sip:a@10.0.0.98"
        ),
        Row(
            name: "one public address behind another",
            caller: "203.0.113.5",
            headers: ["Contact: <sip:a@203.0.113.98>"],
            target: "203.0.113.98",
            uri: "sip:a@203.0.113.98"
        ),
        Row(
            name: "apply-nat-acl",
            settings: ["apply-nat-acl": "10.0.0.98/32"],
            headers: ["Contact: <sip:a@10.0.0.98>"],
            target: "10.0.0.99",
            uri: "sip:a@10.0.0.98"
        ),
        Row(
            name: "another apply-nat-acl",
            settings: ["apply-nat-acl": "192.168.0.0/16"],
            headers: ["Contact: <sip:a@10.0.0.98>"],
            target: "10.0.0.98",
            uri: "sip:a@10.0.0.98"
        ),
        Row(
            name: "local-network-acl",
            settings: ["apply-nat-acl": "10.0.0.98/32", "local-network-acl": "10.0.0.0/8"],
            headers: ["Contact: <sip:a@10.0.0.98>"],
            target: "10.0.0.98",
            uri: "sip:a@10.0.0.98"
        ),
        Row(
            name: "aggressive-nat-detection",
            settings: ["aggressive-nat-detection": "true"],
            headers: ["Contact: <sip:a@10.0.0.98>"],
            target: "10.0.0.98",
            uri: "sip:a@10.0.0.98"
        ),
        Row(
            name: "aggressive-nat-detection with another Via",
            settings: ["aggressive-nat-detection": "true"],
            via: "10.0.0.90",
            headers: ["Contact: <sip:a@10.0.0.98>"],
            target: "10.0.0.99",
            uri: "sip:a@10.0.0.98"
        ),
    ]

    @Test(arguments: rows.indices)
    func goesTo(_ number: Int) throws {
        let row = Self.rows[number]
        let exchange = try SimulatedSwitch(seed: 1, settings: row.settings.merging(["auth-calls": "false"]) { $1 })
        exchange.start()
        let others = ["10.0.0.96", "10.0.0.97", "10.0.0.98", "203.0.113.98"].map { ($0, WirePeer(exchange, at: $0)) }
        let caller = WirePeer(exchange, at: row.caller, via: row.via)
        _ = try Self.answered(caller, row.headers)
        Self.hangUp(exchange)
        let heard = (others + [(row.caller, caller)]).compactMap { address, peer in
            peer.heard.first { $0.method == .bye }.map { (address, $0) }
        }
        #expect(heard.map(\.0) == [row.target], "\(row.name)")
        #expect(heard.first?.1.requestURIText == row.uri, "\(row.name)")
    }

    /// A re-INVITE with another Contact moves the dialog's target (RFC 3261 §12.2).
    @Test(arguments: ["INVITE", "UPDATE"])
    func targetRefresh(method: String) throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false"])
        exchange.start()
        let (caller, moved) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
        let tag = try Self.answered(caller, ["Contact: <sip:a@10.0.0.99>"])
        let answer = caller.request(
            method,
            uri: "sip:mod_sofia@10.0.0.1",
            to: "<sip:5000@10.0.0.1>;tag=\(tag)",
            fromTag: "peer",
            cseq: 2,
            ["Contact: <sip:b@10.0.0.98>", Self.type],
            body: Self.sdp
        )
        #expect(answer?.status == 200)
        Self.hangUp(exchange)
        #expect(moved.heard.map(\.requestURIText) == ["sip:b@10.0.0.98"])
        #expect(!caller.heard.contains { $0.method == .bye })
    }

    /// The ACK and what follows go to the Contact of the 2xx; a phone behind a NAT is sent everything where its
    /// registration came from.
    @Test(arguments: [("10.0.0.98", "10.0.0.98"), ("192.168.1.7", "10.0.0.99")])
    func calledPhones(contact: String, target: String) throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false", "accept-blind-reg": "true"])
        exchange.start()
        let callee = WirePeer(exchange)
        let elsewhere = WirePeer(exchange, at: "10.0.0.98")
        let registered = contact == target ? "10.0.0.99" : contact
        let register = callee.request(
            "REGISTER",
            uri: "sip:10.0.0.1",
            to: "<sip:1001@10.0.0.1>",
            ["Contact: <sip:1001@\(registered)>"]
        )
        #expect(register?.status == 200)
        let phone = SimulatedPhone(exchange, seed: 1)
        let call = phone.call("1001")
        exchange.loop.advance(by: .milliseconds(100))
        let invite = try #require(callee.heard.first { $0.method == .invite })
        callee.respond(200, to: invite, ["Contact: <sip:1001@\(contact)>", Self.type], body: Self.sdp)
        #expect(phone.heard == ["answered"])
        phone.hangUp(call)
        exchange.loop.advance(by: .milliseconds(100))
        let peer = target == "10.0.0.98" ? elsewhere : callee
        let requests = peer.heard.filter { $0.method == .ack || $0.method == .bye }.filter(\.isRequest)
        #expect(requests.map(\.requestURIText) == ["sip:1001@\(contact)", "sip:1001@\(contact)"])
    }

    /// When the connection of a request is gone, its response and whatever follows in the dialog come over a new one
    /// (RFC 3261 §18.2.2); the phone is not behind a NAT.
    @Test func brokenConnectionsAreMadeAgain() throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false"])
        exchange.start()
        let caller = WirePeer(exchange, over: .tcp)
        let tag = try Self.answered(caller, ["Contact: <sip:a@10.0.0.99;transport=tcp>"])
        exchange.network.disconnect(try #require(IPAddress("10.0.0.99")))
        Self.hangUp(exchange)
        let bye = try #require(caller.heard.first { $0.method == .bye })
        #expect(bye.toTag == "peer" && bye.fromTag == tag)
        // The dialplan answers when the connection is gone.
        let early = WirePeer(exchange, at: "10.0.0.98", over: .tcp)
        early.request("INVITE", uri: "sip:5004@10.0.0.1", callID: "two", ["Contact: <sip:a@10.0.0.98;transport=tcp>"])
        exchange.network.disconnect(try #require(IPAddress("10.0.0.98")))
        exchange.loop.advance(by: .seconds(2))
        #expect(early.heard.compactMap(\.status) == [100, 486])
    }
}
