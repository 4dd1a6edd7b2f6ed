import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// What a 3xx to an INVITE of ours does (RFC 3261 §8.1.3.4).
struct RedirectionTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let elsewhere = "<sip:b@10.0.0.98>"

    /// 1000 calls an extension that calls somebody at 10.0.0.99; there is somebody at 10.0.0.98 too, and 1001 is
    /// registered.
    private final class Call {
        let exchange: SimulatedSwitch
        let caller: SimulatedPhone
        let handle: CallHandle
        let peer: WirePeer
        let other: WirePeer
        let phone: SimulatedPhone
        private let session: Session?

        init(_ dialVariables: String = "", settings: [String: String] = [:]) throws {
            exchange = try SimulatedSwitch(
                seed: 1,
                settings: settings,
                actions: [
                    ("set", "continue_on_fail=true"), ("bridge", "{x=y\(dialVariables)}sofia/internal/a@10.0.0.99"),
                    ("park", ""),
                ]
            )
            exchange.start()
            (peer, other) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
            phone = SimulatedPhone(exchange, user: "1001", seed: 1)
            phone.register(expires: 3600)
            exchange.loop.advance(by: .milliseconds(100))
            caller = SimulatedPhone(exchange, seed: 99)
            handle = caller.call("5005")
            exchange.loop.advance(by: .milliseconds(100))
            session = exchange.softswitch.sessions.all.first { $0.direction == .inbound }
        }

        func invite(to peer: WirePeer? = nil) throws -> SIPMessage {
            try #require((peer ?? self.peer).heard.last { $0.isRequest && $0.method == .invite })
        }

        func redirect(_ contacts: [String], _ headers: [String] = [], status: Int = 302) throws {
            try peer.respond(status, to: invite(), contacts.map { "Contact: \($0)" } + headers)
            exchange.loop.advance(by: .milliseconds(100))
        }

        func variable(_ name: String) -> String? {
            exchange.loop.run { [session] in await session?.variable(name) } ?? nil
        }

        /// Where the caller is.
        var place: String? {
            exchange.loop.run { [session] in
                guard let session else { return nil }
                return await "\(session.profile.destinationNumber) \(session.profile.context) \(session.state)"
            } ?? nil
        }
    }

    /// The call is made again where the first address says, as the same channel.
    @Test(arguments: [300, 301, 302, 305])
    func follows(status: Int) throws {
        let call = try Call(",origination_uuid=b,sip_h_X-Kept=yes")
        let first = try call.invite()
        try call.redirect(
            ["\"B\" <sip:b@10.0.0.98;user=phone;fs_path=sip%3A10.0.0.97?Subject=x>;q=0.5", "<sip:c@10.0.0.97>"],
            ["Diversion: <sip:a@10.0.0.99>;reason=unconditional"],
            status: status
        )
        let second = try call.invite(to: call.other)
        #expect(second.requestURIText == "sip:b@10.0.0.98;user=phone")
        #expect(second.to == first.to && second.callID == first.callID)
        #expect(second.fromTag != first.fromTag && second.topBranch != first.topBranch)
        #expect(second.first(named: "X-Kept") == "yes" && !second.bodyText.isEmpty)
        call.other.respond(
            200,
            to: second,
            ["Contact: \(Self.elsewhere)", "Content-Type: application/sdp"],
            body: Self.sdp
        )
        #expect(call.caller.heard.last == "answered")
        #expect(call.variable("bridge_uuid") == "b")
        #expect(call.variable("sip_redirect_count") == "2")
        #expect(call.variable("sip_redirected_to")?.hasPrefix("\"B\" <sip:b@10.0.0.98") == true)
        #expect(call.variable("sip_redirect_contact_user_1") == "c")
        #expect(call.variable("sip_redirect_contact_host_1") == "10.0.0.97")
        #expect(call.variable("sip_redirect_dialstring_1") == "sofia/internal/sip:c@10.0.0.97")
        #expect(call.variable("sip_redirected_by") == "<sip:a@10.0.0.99>;reason=unconditional")
        #expect(call.exchange.softswitch.sessions.count == 2)
        call.caller.hangUp(call.handle)
        call.exchange.loop.advance(by: .seconds(1))
        #expect(call.other.heard.last { $0.isRequest }?.method == .bye)
        #expect(!call.peer.heard.contains { $0.method == .bye })
    }

    /// What is no use is a failure with a cause.
    private struct Failure {
        var contacts: [String]
        var variables = ""
        var cause: String
        /// The variable that shall have a value on the caller.
        var variable: (String, String?) = ("sip_redirect_count", "1")
    }

    private static let failures = [
        Failure(contacts: [], cause: "NORMAL_UNSPECIFIED", variable: ("sip_redirect_count", "0")),
        Failure(contacts: ["<tel:+4930123>"], cause: "DESTINATION_OUT_OF_ORDER"),
        Failure(contacts: ["<mailto:a@b>"], cause: "DESTINATION_OUT_OF_ORDER"),
        Failure(contacts: ["<sips:b@10.0.0.98>"], cause: "NORMAL_TEMPORARY_FAILURE"),
        Failure(contacts: ["<sip:10.0.0.1>"], cause: "DESTINATION_OUT_OF_ORDER"),
        Failure(contacts: ["<sip:b@10.0.0.98;transport=tls>"], cause: "NORMAL_TEMPORARY_FAILURE"),
        Failure(contacts: ["<sip:b@nowhere.example>"], cause: "NORMAL_TEMPORARY_FAILURE"),
        // Where it was already.
        Failure(contacts: ["<sip:a@10.0.0.99>"], cause: "EXCHANGE_ROUTING_ERROR"),
        Failure(
            contacts: [elsewhere],
            variables: ",outbound_redirect_fatal=true",
            cause: "REQUESTED_CHAN_UNAVAIL",
            variable: ("sip_redirect_count", nil)
        ),
    ]

    @Test(arguments: failures.indices)
    func fails(_ number: Int) throws {
        let row = Self.failures[number]
        let call = try Call(row.variables)
        try call.redirect(row.contacts)
        #expect(call.variable("originate_failed_cause") == row.cause)
        #expect(call.variable(row.variable.0) == row.variable.1)
        #expect(call.place == "5005 default park" && call.other.heard.isEmpty)
        #expect(call.exchange.softswitch.sessions.count == 1)
    }

    /// An address here is routed as the caller's own; with `manual-redirect` the dialplan has every address.
    @Test(
        arguments: [
            ([:], "", "<sip:1001@10.0.0.1>", "1001 default execute"),
            ([:], "", "<sip:1001@other.example>", "1001 default execute"),
            ([:], "", "<sip:1001@10.0.0.1:5060>", "1001 default execute"),
            (["manual-redirect": "true"], ",sip_redirect_context=elsewhere", elsewhere, "b elsewhere park"),
            (
                ["manual-redirect": "true"], ",sip_redirect_context=default,sip_redirect_dialplan=XML",
                "<sip:1001@10.0.0.98>", "1001 default execute"
            ),
            (["manual-redirect": "true"], ",outbound_redirect_info=true", elsewhere, "5005 default park"),
        ] as [([String: String], String, String, String)]
    )
    func sendsTheCallerElsewhere(settings: [String: String], variables: String, contact: String, place: String) throws {
        let call = try Call(variables + ",origination_uuid=b", settings: settings)
        try call.redirect([contact])
        #expect(call.place == place)
        #expect((call.phone.heard.last == "called") == place.hasPrefix("1001"))
        #expect(call.exchange.softswitch.sessions["b"] == nil && call.other.heard.isEmpty)
        #expect(call.variable("sip_redirected_to") == contact)
        call.caller.hangUp(call.handle)
        call.exchange.loop.advance(by: .seconds(1))
        #expect(call.exchange.softswitch.sessions.count == 0)
    }

    /// The context `redirected`, which this dialplan does not have.
    @Test func usesAContextOfItsOwn() throws {
        let call = try Call(settings: ["manual-redirect": "true"])
        try call.redirect([Self.elsewhere])
        #expect(call.caller.heard.last == "rejected 404")
    }

    /// All addresses in one dial string, one after the other or together; nothing in them means anything there.
    @Test(arguments: [
        (
            "", "sofia/internal/sip:b%2Csofia@10.0.0.98|sofia/internal/sip:c@10.0.0.97;transport=tcp",
            "transport=tcp"
        ),
        (
            ",sip_redirect_fork=true,sip_redirect_profile=outside",
            "sofia/outside/sip:b%2Csofia@10.0.0.98,sofia/outside/sip:c@10.0.0.97;transport=tcp", "transport=tcp"
        ),
    ])
    func tellsDialStrings(variables: String, text: String, parameters: String) throws {
        let call = try Call(",outbound_redirect_info=true" + variables, settings: ["manual-redirect": "true"])
        try call.redirect(["<sip:b,sofia@10.0.0.98;fs_path=x>", "<sip:c@10.0.0.97;transport=tcp>"])
        #expect(call.variable("sip_redirect_dialstring") == text)
        #expect(call.variable("sip_redirect_contact_params_1") == parameters)
    }

    /// Text of the far end never becomes an expression.
    @Test func expressionsDoNothing() throws {
        let call = try Call(",outbound_redirect_info=true", settings: ["manual-redirect": "true"])
        try call.redirect(["\"${global_setvar(a=b)}\" <sip:%24%7Bglobal_setvar(a=b)%7D@10.0.0.98>"])
        #expect(call.variable("sip_redirect_contact_user_0") == "%{global_setvar(a=b)}")
        #expect(call.variable("sip_redirected_to")?.contains("${") == false)
    }

    /// A call that is sent on and on fails after five times, and one to oneself when it was passed on too often.
    @Test func endsChains() throws {
        let call = try Call()
        var count = 0
        while count < 20, call.variable("originate_failed_cause") == nil {
            count += 1
            try call.redirect(["<sip:a\(count)@10.0.0.99>"])
        }
        #expect(count == 6 && call.variable("originate_failed_cause") == "EXCHANGE_ROUTING_ERROR")
        #expect(call.exchange.softswitch.sessions.count == 1)
    }

    @Test func endsCircles() throws {
        let call = try Call()
        var count = 0
        while count < 2 * Originator.forwardLimit, call.variable("originate_failed_cause") == nil {
            count += 1
            try call.redirect(["<sip:5005@10.0.0.1>"])
        }
        #expect(count < Originator.forwardLimit && call.place == "5005 default park")
        #expect(call.variable("originate_failed_cause") == "EXCHANGE_ROUTING_ERROR")
        #expect(call.exchange.softswitch.sessions.count == 1)
    }

    /// The caller goes while the name of the new host is looked up, and while that rings.
    @Test(arguments: ["<sip:b@slow.example>", elsewhere])
    func callerGoes(contact: String) throws {
        let call = try Call()
        call.exchange.network.names["slow.example"] = [try #require(IPAddress("10.0.0.98"))]
        call.exchange.network.lookUpTime = { _ in .seconds(1) }
        try call.redirect([contact])
        call.caller.hangUp(call.handle)
        call.exchange.loop.advance(by: .seconds(40))
        #expect(call.exchange.softswitch.sessions.count == 0)
        #expect(call.other.heard.isEmpty == (contact != Self.elsewhere))
    }

    /// A command's call has no caller to be sent elsewhere: it follows every address.
    @Test(arguments: [[:], ["manual-redirect": "true"]])
    func withoutACaller(settings: [String: String]) throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: settings)
        exchange.start()
        let (peer, other) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
        _ = exchange.command("bgapi originate sofia/internal/a@10.0.0.99 &park()")
        exchange.loop.advance(by: .milliseconds(100))
        let invite = try #require(peer.heard.last { $0.method == .invite })
        peer.respond(302, to: invite, ["Contact: \(Self.elsewhere)"])
        exchange.loop.advance(by: .milliseconds(100))
        #expect(other.heard.last?.requestURIText == "sip:b@10.0.0.98")
    }
}
