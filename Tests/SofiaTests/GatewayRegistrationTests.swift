import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// How gateways register and are asked whether they are there.
struct GatewayRegistrationTests {
    private static let challenge = "Digest realm=\"carrier.example\", nonce=\"n\", qop=\"auth\""

    @Test func registersWithAPassword() throws {
        let carrier = try GatewayExchange()
        let first = try carrier.request(.register)
        #expect(first.requestURIText == "sip:10.0.0.99" && first.expires == 3600)
        #expect(
            first.first(.from)?.hasPrefix("<sip:acc@10.0.0.99>") == true && first.first(.to) == "<sip:acc@10.0.0.99>"
        )
        #expect(first.first(.contact) == "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier>")
        #expect(!first.contains(.authorization) && carrier.stateAndStatus == "TRYING DOWN")
        carrier.peer.respond(401, to: first, ["WWW-Authenticate: \(Self.challenge)"])
        let second = try carrier.request(.register)
        #expect(second.callID == first.callID && second.cseq == first.cseq + 1)
        let credentials = try #require(second.first(.authorization).flatMap { DigestCredentials(parsing: $0) })
        #expect(credentials.username == "acc" && credentials.realm == "carrier.example")
        #expect(
            credentials.response == credentials.expectedResponse(method: .register, secret: .password("Gk4vTz"))
        )
        // The nonce is too old already.
        carrier.peer.respond(401, to: second, ["WWW-Authenticate: \(Self.challenge), stale=true"])
        let third = try carrier.request(.register)
        #expect(third.cseq == second.cseq + 1)
        try carrier.accept(expires: 600)
        #expect(carrier.stateAndStatus == "REGED UP")
        #expect(
            carrier.told() == [
                "add carrier", "state carrier TRYING DOWN", "state carrier REGISTER DOWN X 200",
                "state carrier REGED UP",
            ]
        )
        carrier.wait(600)
        let refresh = try carrier.request(.register)
        #expect(refresh.callID == first.callID && refresh.cseq == third.cseq + 1)
        // Calls go there meanwhile.
        #expect(carrier.stateAndStatus == "TRYING UP")
    }

    /// A wrong password is not tried again and again, and nobody is called meanwhile.
    @Test func waitsAfterARefusal() throws {
        let carrier = try GatewayExchange()
        for _ in 0..<8 {
            let request = try carrier.request(.register)
            guard carrier.status()["State"] == "TRYING" else { break }
            carrier.peer.respond(401, to: request, ["WWW-Authenticate: \(Self.challenge)"])
        }
        #expect(carrier.count(.register) == 2 && carrier.stateAndStatus == "FAIL_WAIT DOWN")
        #expect(carrier.exchange.command("sofia status").contains("FAIL_WAIT (retry: "))
        #expect(carrier.exchange.command("originate sofia/gateway/carrier/1 &park()") == "-ERR GATEWAY_DOWN\n")
        #expect(carrier.status()["FailedCallsOUT"] == "1" && carrier.count(.invite) == 0)
        carrier.wait(34)
        #expect(carrier.count(.register) == 3)
        try carrier.accept()
        #expect(carrier.stateAndStatus == "REGED UP")
    }

    /// The registrar is gone, and comes back.
    @Test func survivesALostRegistrar() throws {
        let carrier = try GatewayExchange()
        try carrier.accept(expires: 60)
        carrier.wait(46)
        let known = carrier.count(.register)
        #expect(known > 1)
        carrier.wait(40)
        #expect(carrier.stateAndStatus == "FAIL_WAIT DOWN")
        #expect(carrier.told().contains("state carrier FAILED DOWN 408"))
        carrier.wait(34)
        #expect(carrier.stateAndStatus == "TRYING DOWN")
        try carrier.accept()
        #expect(carrier.stateAndStatus == "REGED UP")
    }

    /// Nothing that a registrar answers ends the switch, and the gateway is tried again.
    @Test(arguments: [
        (200, ["Contact: <sip:gw+carrier@10.0.0.1:5060>;expires=-1"]), (200, ["Contact: *", "Expires: x"]),
        (300, []), (302, ["Contact: <sip:%00@[::1>"]),
        (302, ["Contact: <sip:nowhere.example>"]), (302, ["Contact: <sip:a@10.0.0.99:0>"]),
        (401, ["WWW-Authenticate: Digest realm="]), (401, ["WWW-Authenticate: Basic realm=\"x\""]), (407, []),
        (423, ["Min-Expires: -1"]), (423, ["Min-Expires: 18446744073709551616"]),
        (503, ["Retry-After: -9223372036854775808"]), (503, ["Retry-After: 9223372036854775807"]), (699, []),
    ])
    func takesWhatComes(status: Int, headers: [String]) throws {
        let carrier = try GatewayExchange()
        try carrier.peer.respond(status, to: carrier.request(.register), headers)
        carrier.wait(7300)
        #expect(carrier.count(.register) > 1 && carrier.status()["Name"] == "carrier")
    }

    /// The registration goes elsewhere, and to names that are looked up.
    @Test func goesElsewhere() throws {
        let carrier = try GatewayExchange([
            "proxy": "sip.carrier.example", "register-proxy": "10.0.0.99", "from-user": "me",
        ])
        let first = try carrier.request(.register)
        #expect(first.requestURIText == "sip:sip.carrier.example")
        #expect(first.first(.from)?.hasPrefix("<sip:me@sip.carrier.example>") == true)
        let other = WirePeer(carrier.exchange, at: "10.0.0.98")
        carrier.peer.respond(302, to: first, ["Contact: <sip:10.0.0.98>"])
        #expect(other.heard.last?.method == .register && other.heard.last?.requestURIText == "sip:10.0.0.98")
    }

    /// Wherever a registration is sent, only the carrier's own realm has the password proved to it.
    @Test(arguments: [("evil.example", false), ("carrier.example", true)])
    func passwordsStay(realm: String, isProved: Bool) throws {
        let carrier = try GatewayExchange(["realm": "carrier.example"])
        let other = WirePeer(carrier.exchange, at: "10.0.0.98")
        try carrier.peer.respond(302, to: carrier.request(.register), ["Contact: <sip:10.0.0.98>"])
        let moved = try #require(other.heard.last { $0.isRequest })
        other.respond(401, to: moved, ["WWW-Authenticate: Digest realm=\"\(realm)\", nonce=\"n\", qop=\"auth\""])
        #expect(other.heard.last { $0.isRequest }?.contains(.authorization) == isProved)
    }

    /// Nobody answers for a name that is not there.
    @Test func namesThatAreNotThereFail() throws {
        let carrier = try GatewayExchange(["proxy": "nowhere.example"])
        #expect(carrier.stateAndStatus == "FAIL_WAIT DOWN")
    }

    /// A switch that ends leaves no registration behind.
    @Test func leaves() throws {
        let carrier = try GatewayExchange()
        try carrier.accept()
        let softswitch = carrier.exchange.softswitch
        carrier.exchange.loop.run { _ = await softswitch.execute(command: "unload mod_sofia") }
        carrier.exchange.loop.advance(by: .milliseconds(100))
        #expect(try carrier.request(.register).expires == 0)
    }

    // MARK: - Contacts

    @Test(
        arguments: [
            ([:], "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier>"),
            (["extension-in-contact": "true"], "<sip:acc@10.0.0.1:5060;transport=udp;gw=carrier>"),
            (
                ["extension-in-contact": "true", "extension": "4930"],
                "<sip:4930@10.0.0.1:5060;transport=udp;gw=carrier>"
            ),
            (["contact-params": "a=b;c"], "<sip:gw+carrier@10.0.0.1:5060;a=b;c;transport=udp;gw=carrier>"),
            (["contact-params": ";transport=tcp"], "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier>"),
            (["contact-host": "pbx.example"], "<sip:gw+carrier@pbx.example:5060;transport=udp;gw=carrier>"),
            (["contact-host": "sip-ip"], "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier>"),
            (["use-standard-contact": "true", "from-user": "me"], "<sip:me@10.0.0.1:5060;transport=udp>"),
        ] as [([String: String], String)]
    )
    func saysWhereItIs(parameters: [String: String], contact: String) throws {
        #expect(try GatewayExchange(parameters).request(.register).first(.contact) == contact)
    }

    @Test func namesItsFlow() throws {
        let contacts = try (0..<2).map { _ in
            try GatewayExchange(["rfc-5626": "true", "reg-id": "2"]).request(.register).first(.contact) ?? ""
        }
        #expect(contacts[0].contains(";reg-id=2;+sip.instance=\"<urn:uuid:") && contacts[0] == contacts[1])
    }

    // MARK: - Pings

    @Test func asksWhetherItIsThere() throws {
        let carrier = try GatewayExchange([
            "register": "false", "ping": "25", "ping-min": "2", "ping-max": "3", "ping-user-agent": "asker",
            "contact-in-ping": "true",
        ])
        #expect(carrier.stateAndStatus == "NOREG UP")
        // An answer, nobody, three answers of others kinds.
        for (status, state) in [
            (200, "UP"), (nil, "DOWN"), (404, "DOWN"), (405, "UP"), (200, "UP"), (503, "UP"), (nil, "DOWN"),
            (200, "UP"),
        ] as [(Int?, String)] {
            let known = carrier.count(.options)
            carrier.wait(26)
            let question = try carrier.request(.options)
            #expect(carrier.count(.options) > known && question.first(.userAgent) == "asker")
            #expect(question.requestURIText == "sip:10.0.0.99" && question.contains(.contact))
            if let status { carrier.peer.respond(status, to: question, []) } else { carrier.wait(33) }
            #expect(carrier.stateAndStatus == "NOREG \(state)", "after \(status ?? 0)")
        }
        let told = carrier.told()
        #expect(told.first == "add carrier" && told.dropFirst().first == "state carrier NOREG DOWN")
        #expect(told.count == 5)
    }

    /// A registrar that does not answer questions is registered with anew.
    @Test func registersAnewAfterSilence() throws {
        let carrier = try GatewayExchange(["ping": "25"])
        try carrier.accept()
        carrier.wait(26 + 33)
        #expect(carrier.stateAndStatus == "FAIL_WAIT DOWN")
        carrier.wait(34)
        #expect(carrier.stateAndStatus == "TRYING DOWN")
    }
}
