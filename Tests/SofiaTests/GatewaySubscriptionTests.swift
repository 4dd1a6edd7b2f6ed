import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// What gateways tell of, once they were asked to.
struct GatewaySubscriptionTests {
    private static let parts = """
        <subscriptions><subscription event="message-summary">
          <param name="expire-seconds" value="600"/><param name="retry-seconds" value="20"/>
          <param name="content-type" value="application/simple-message-summary"/>
          <param name="username-in-request" value="true"/>
        </subscription></subscriptions>
        """
    private static let accepted = [
        "Contact: <sip:mwi@10.0.0.99:5060>", "Record-Route: <sip:10.0.0.99;lr>", "Expires: 300",
    ]
    private static let body = "Messages-Waiting: yes\r\nMessage-Account: sip:acc@10.0.0.99\r\nVoice-Message: 2/8\r\n"

    private static func carrier(_ parameters: [String: String] = ["register": "false"], parts: String = parts) throws
        -> GatewayExchange
    {
        try GatewayExchange(parameters, variables: parts)
    }

    /// Sends a NOTIFY in the dialog of a SUBSCRIBE, and gives the answer.
    @discardableResult
    private static func notify(
        _ carrier: GatewayExchange,
        _ subscribe: SIPMessage,
        cseq: Int,
        event: String = "message-summary",
        state: String = "active;expires=300"
    ) -> Int? {
        carrier.peer.request(
            "NOTIFY",
            uri: "sip:gw+carrier@10.0.0.1:5060",
            from: subscribe.first(.to) ?? "",
            to: subscribe.first(.from) ?? "",
            fromTag: "wire",
            callID: subscribe.callID,
            cseq: cseq,
            [
                "Contact: <sip:mwi@10.0.0.99:5060>", "Record-Route: <sip:10.0.0.99;lr>", "Event: \(event)",
                "Subscription-State: \(state)", "Content-Type: application/simple-message-summary",
                "Call-Info: <sip:a>;b=c",
            ],
            body: body
        )?.status
    }

    @Test func subscribesAndTellsWhatComes() throws {
        let carrier = try Self.carrier()
        let notices = carrier.exchange.softswitch.events.subscribe(to: [.notifyIn]) {}
        let first = try carrier.request(.subscribe)
        #expect(first.requestURIText == "sip:acc@10.0.0.99" && first.expires == 600)
        #expect(first.first(.to) == "<sip:acc@10.0.0.99>" && first.first(.event) == "message-summary")
        #expect(first.first(.accept) == "application/simple-message-summary")
        #expect(first.first(.contact) == "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier>")
        // The first word may come before the answer.
        #expect(Self.notify(carrier, first, cseq: 1) == 200)
        carrier.peer.respond(200, to: first, Self.accepted)
        #expect(Self.notify(carrier, first, cseq: 2) == 200 && Self.notify(carrier, first, cseq: 2) == 500)
        #expect(Self.notify(carrier, first, cseq: 3, event: "presence") == 489)
        let told = notices.takeAll()
        #expect(told.count == 2)
        let event = try #require(told.first)
        let headers = [
            "event": "message-summary", "pl_data": Self.body, "port": "5060", "module_name": "mod_sofia",
            "sip_content_type": "application/simple-message-summary", "profile_name": "internal",
            "profile_uri": "sip:mod_sofia@10.0.0.1:5060", "gateway_name": "carrier", "Call-Info": "<sip:a>;b=c",
        ]
        for (name, value) in headers { #expect(event[name] == value, "\(name)") }
        // It is lengthened in its dialog, and ends with the gateway.
        #expect(carrier.count(.subscribe) == 1)
        carrier.wait(300)
        let second = try carrier.request(.subscribe)
        #expect(second.callID == first.callID && second.cseq == first.cseq + 1 && second.toTag == "wire")
        #expect(second.requestURIText == "sip:mwi@10.0.0.99:5060" && second.first(.route) == "<sip:10.0.0.99;lr>")
        carrier.peer.respond(200, to: second, Self.accepted)
        #expect(carrier.exchange.command("sofia profile internal killgw carrier").hasPrefix("+OK"))
        carrier.wait(1)
        let last = try carrier.request(.subscribe)
        #expect(last.expires == 0 && last.toTag == "wire" && last.cseq == second.cseq + 1)
        #expect(notices.takeAll().isEmpty)
    }

    /// Who has an account subscribes once it is registered, answers challenges, and does so again when it was lost.
    @Test func waitsForTheRegistration() throws {
        let carrier = try Self.carrier([:])
        #expect(carrier.count(.subscribe) == 0)
        try carrier.accept()
        carrier.peer.respond(
            401,
            to: try carrier.request(.subscribe),
            ["WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"n\", qop=\"auth\""]
        )
        let proved = try carrier.request(.subscribe)
        #expect(proved.contains(.authorization))
        carrier.peer.respond(200, to: proved, Self.accepted)
        for word in ["unregister", "register"] {
            #expect(carrier.exchange.command("sofia profile internal \(word) carrier") == "+OK\n")
        }
        let count = carrier.count(.subscribe)
        carrier.exchange.loop.advance(by: .milliseconds(100))
        #expect(carrier.count(.subscribe) == count)
        try carrier.accept()
        let next = try carrier.request(.subscribe)
        #expect(carrier.count(.subscribe) == count + 1)
        #expect(next.toTag == "wire" && next.cseq == proved.cseq + 1)
    }

    @Test func comesBackAfterARefusal() throws {
        let carrier = try Self.carrier()
        let first = try carrier.request(.subscribe)
        carrier.peer.respond(403, to: first, [])
        carrier.wait(15)
        #expect(carrier.count(.subscribe) == 1)
        carrier.wait(10)
        let second = try carrier.request(.subscribe)
        #expect(carrier.count(.subscribe) == 2 && second.callID != first.callID && second.toTag == nil)
        carrier.peer.respond(200, to: second, Self.accepted)
        #expect(Self.notify(carrier, second, cseq: 1, state: "terminated;reason=deactivated") == 200)
        carrier.wait(25)
        #expect(carrier.count(.subscribe) == 3)
    }

    /// What cannot be used is left out, and said.
    @Test func readsItsSettings() throws {
        let carrier = try Self.carrier(
            parts: """
                <subscriptions>
                  <subscription event=""/><subscription event="a b"/>
                  <subscription event="x"><param name="retry-seconds" value="9"/></subscription>
                </subscriptions>
                """
        )
        let only = try carrier.request(.subscribe)
        #expect(carrier.count(.subscribe) == 1 && only.first(.event) == "x" && only.expires == 3600)
        #expect(only.requestURIText == "sip:10.0.0.99" && !only.contains(.accept))
    }

    /// A NOTIFY that nobody has asked for: programs hear of it where the profile says so.
    @Test(arguments: [(true, "", "yes acc@10.0.0.1"), (true, "loopback.auto", ""), (false, "", "")])
    func forwardsWhatNobodyAskedFor(isOn: Bool, list: String, told: String) throws {
        var settings = ["forward-unsolicited-mwi-notify": "\(isOn)"]
        if !list.isEmpty { settings["apply-inbound-acl"] = list }
        let carrier = try GatewayExchange(["register": "false"], settings: settings)
        let events = carrier.exchange.softswitch.events.subscribe(to: [.messageWaiting]) {}
        let answer = carrier.peer.request(
            "NOTIFY",
            uri: "sip:acc@10.0.0.1",
            to: "<sip:acc@10.0.0.1>",
            ["Event: message-summary"],
            body: Self.body
        )
        #expect(answer?.status == 200)
        let heard = events.takeAll().map { "\($0["MWI-Messages-Waiting"] ?? "") \($0["MWI-Message-Account"] ?? "")" }
        #expect(heard == [told].filter { !$0.isEmpty })
        #expect(carrier.peer.request("NOTIFY", uri: "sip:acc@10.0.0.1", ["Event: presence"])?.status == 481)
    }
}
