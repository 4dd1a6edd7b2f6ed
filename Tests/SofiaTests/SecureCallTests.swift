import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Calls to `sips:` addresses and over TLS: they never go in the clear.
struct SecureCallTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"

    private struct Exchange {
        let exchange: SimulatedSwitch
        let peer: WirePeer

        init(hasTLS: Bool = true, gateway: [String: String] = [:]) throws {
            let gateway = GatewayExchange.gateway("carrier", ["register": "false"].merging(gateway) { $1 })
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: ["auth-calls": "false"].merging(hasTLS ? ["tls": "true", "tls-sip-port": "5071"] : [:]) {
                    $1
                },
                profileParts: "<gateways>\(gateway)</gateways>"
            )
            exchange.start()
            peer = WirePeer(exchange, over: .tls)
        }

        /// Calls a dial string; `nil` when no INVITE came.
        func call(_ dial: String) -> SIPMessage? {
            _ = exchange.command("bgapi originate \(dial) &park()")
            exchange.loop.advance(by: .milliseconds(200))
            return peer.heard.last { $0.method == .invite }
        }
    }

    @Test(
        arguments: [
            ("sofia/internal/sips:1000@10.0.0.99:5060", "sips:1000@10.0.0.99:5060", "<sips:mod_sofia@10.0.0.1:5071>"),
            (
                "sofia/internal/sips:1000@10.0.0.99:5060;transport=tcp", "sips:1000@10.0.0.99:5060;transport=tcp",
                "<sips:mod_sofia@10.0.0.1:5071>"
            ),
            (
                "sofia/internal/1000@10.0.0.99:5060;transport=tls", "sip:1000@10.0.0.99:5060;transport=tls",
                "<sip:mod_sofia@10.0.0.1:5071;transport=tls>"
            ),
            // By another way, which is as good.
            (
                "sofia/internal/sips:1000@elsewhere;fs_path=sip:10.0.0.99:5060%3Btransport=tls", "sips:1000@elsewhere",
                "<sips:mod_sofia@10.0.0.1:5071>"
            ),
            (
                "sofia/gateway/carrier/sips:1000@10.0.0.99:5060", "sips:1000@10.0.0.99:5060",
                "<sips:gw+carrier@10.0.0.1:5071;gw=carrier>"
            ),
        ]
    )
    func goesOverTLS(dial: String, uri: String, contact: String) throws {
        let exchange = try Exchange()
        let invite = try #require(exchange.call(dial))
        #expect(invite.requestURIText == uri && invite.first(.contact) == contact)
        #expect(invite.topVia.transport == "TLS" && exchange.peer.transports == [.tls])
    }

    /// The header To may name somebody else than the INVITE is for.
    @Test(
        arguments: [
            ("sips:1000@10.0.0.99:5060^2000@example.org", "<sip:2000@example.org>"),
            ("sips:1000@10.0.0.99:5060^sips:2000@example.org", "<sips:2000@example.org>"),
            ("sips:1000@10.0.0.99:5060^2000", "<sips:2000@10.0.0.99:5060>"),
        ]
    )
    func namesSomebodyElse(dial: String, to: String) throws {
        let exchange = try Exchange()
        let invite = try #require(exchange.call("sofia/internal/\(dial)"))
        #expect(invite.requestURIText == "sips:1000@10.0.0.99:5060" && invite.first(.to) == to)
    }

    @Test(arguments: ["sips:1000@10.0.0.99:5060^", "sips:1000@10.0.0.99:5060^sip:example.org", "^2000@example.org"])
    func isNoDestination(dial: String) throws {
        let exchange = try Exchange()
        #expect(exchange.call("sofia/internal/\(dial)") == nil && exchange.peer.heard.isEmpty)
    }

    @Test(
        arguments: [
            (false, "sofia/internal/sips:1000@10.0.0.99:5060"), (false, "sofia/internal/1000@10.0.0.99;transport=tls"),
            (true, "sofia/internal/sips:1000@10.0.0.99:5060;transport=udp"),
            (true, "sofia/internal/sips:1000@10.0.0.99;fs_path=sip:10.0.0.99"),
            (true, "sofia/internal/sips:1000@10.0.0.99:5060;transport=wss"),
        ]
    )
    func failsRatherThanGoInTheClear(hasTLS: Bool, dial: String) throws {
        let exchange = try Exchange(hasTLS: hasTLS)
        #expect(exchange.call(dial) == nil && exchange.peer.heard.isEmpty)
        #expect(exchange.exchange.softswitch.sessions.count == 0)
    }

    @Test func keepsAnOutboundProxyFromTheClear() throws {
        let plain = try Exchange(gateway: ["outbound-proxy": "10.0.0.99"])
        #expect(plain.call("sofia/gateway/carrier/sips:1000@elsewhere") == nil && plain.peer.heard.isEmpty)
        let secured = try Exchange(gateway: ["outbound-proxy": "sips:10.0.0.99:5060"])
        #expect(secured.call("sofia/gateway/carrier/sips:1000@elsewhere")?.requestURIText == "sips:1000@elsewhere")
    }

    /// A redirection of a call that was to be secret is followed where that stays so.
    @Test(arguments: [("sips:2000@10.0.0.99:5060", true), ("sip:2000@10.0.0.99:5060", false)])
    func followsWhereItStaysSecret(target: String, isFollowed: Bool) throws {
        let exchange = try Exchange()
        let invite = try #require(exchange.call("sofia/internal/sips:1000@10.0.0.99:5060"))
        exchange.peer.respond(302, to: invite, ["Contact: <\(target)>"])
        exchange.exchange.loop.advance(by: .milliseconds(200))
        let next = exchange.peer.heard.last { $0.method == .invite }
        #expect((next?.requestURIText == target) == isFollowed)
        #expect(exchange.exchange.softswitch.sessions.count == (isFollowed ? 1 : 0))
        #expect(exchange.peer.transports == [.tls])
    }

    /// A phone that registers over TLS is called over its connection: nobody listens where that comes from.
    @Test func callsAPhoneOverItsConnection() throws {
        let exchange = try Exchange().exchange
        let (caller, callee) = (
            SimulatedPhone(exchange, seed: 1), SimulatedPhone(exchange, user: "1001", over: .tls, seed: 2)
        )
        callee.register(expires: 3_600)
        exchange.loop.advance(by: .seconds(1))
        #expect(callee.heard == ["REGISTER 200"])
        let call = caller.call("1001")
        exchange.loop.advance(by: .seconds(1))
        #expect(caller.heard == ["answered"] && callee.heard.last == "called")
        caller.hangUp(call)
        exchange.loop.advance(by: .seconds(1))
        #expect(callee.heard.last == "ended")
        #expect(exchange.command("chat sip|a@10.0.0.1|1001@10.0.0.1|hello").hasPrefix("Sent"))
    }

    /// Who calls a `sips:` address of ours hears that it may go on so; its dialog's requests go over TLS.
    @Test func isCalledInSecret() throws {
        let exchange = try Exchange()
        let answer = exchange.peer.request(
            "INVITE",
            uri: "sips:5000@10.0.0.1",
            from: "<sips:1000@10.0.0.1>",
            to: "<sips:5000@10.0.0.1>",
            ["Contact: <sips:1000@10.0.0.99:5060>", "Content-Type: application/sdp"],
            body: Self.sdp
        )
        #expect(answer?.status == 200 && answer?.first(.contact) == "<sips:mod_sofia@10.0.0.1:5071>")
    }
}
