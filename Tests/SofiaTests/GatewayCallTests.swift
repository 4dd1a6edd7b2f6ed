import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// Calls that go by way of gateways, and calls that come from there.
struct GatewayCallTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let media = ["Contact: <sip:10.0.0.99>", "Content-Type: application/sdp"]
    private static let challenge = "Digest realm=\"carrier.example\", nonce=\"n\", qop=\"auth\""

    // MARK: - Calls that go out

    private struct Outgoing {
        var parameters: [String: String] = [:]
        var variables = ""
        var dial = "sofia/gateway/carrier/4930"
        var uri = "sip:4930@10.0.0.99"
        var from = "\"Tandem\" <sip:acc@10.0.0.99>"
        var contact = "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier>"
        var header: (name: String, value: String?) = ("X-None", nil)
    }

    private static let outgoing = [
        Outgoing(),
        Outgoing(dial: "sofia/gateway/internal::carrier/4930"),
        Outgoing(
            dial: "sofia/gateway/carrier/4930;user=phone",
            contact: "<sip:gw+carrier@10.0.0.1:5060;transport=udp;gw=carrier;user=phone>"
        ),
        Outgoing(dial: "sofia/gateway/carrier/4930@10.0.0.99", uri: "sip:4930@10.0.0.99"),
        Outgoing(parameters: ["destination-prefix": "00"], uri: "sip:004930@10.0.0.99"),
        Outgoing(
            parameters: ["caller-id-in-from": "true", "cid-type": "pid"],
            dial: "{origination_caller_id_number=77,origination_caller_id_name=N}sofia/gateway/carrier/4930",
            from: "\"N\" <sip:77@10.0.0.99>",
            header: ("P-Asserted-Identity", "\"N\" <sip:77@10.0.0.99>")
        ),
        Outgoing(
            parameters: ["from-domain": "me.example", "from-user": "me"],
            dial:
                "{origination_caller_id_number=77,origination_caller_id_name=N,sip_cid_type=pid}sofia/gateway/carrier/4930",
            from: "\"N\" <sip:me@me.example>",
            header: ("P-Asserted-Identity", "\"N\" <sip:77@me.example>")
        ),
        Outgoing(
            variables: """
                <variables><variable name="sip_cid_type" value="none"/>
                <variable name="sip_h_X-Out" value="yes" direction="outbound"/>
                <variable name="sip_h_X-In" value="yes" direction="inbound"/></variables>
                """,
            header: ("X-Out", "yes")
        ),
        Outgoing(
            parameters: ["proxy": "carrier.example", "outbound-proxy": "10.0.0.99;lr"],
            uri: "sip:4930@carrier.example",
            from: "\"Tandem\" <sip:acc@carrier.example>",
            header: ("Route", "<sip:10.0.0.99;lr>")
        ),
        Outgoing(
            parameters: ["proxy": "carrier.example", "outbound-proxy": "10.0.0.99"],
            uri: "sip:4930@carrier.example",
            from: "\"Tandem\" <sip:acc@carrier.example>",
            header: ("Route", nil)
        ),
    ]

    @Test(arguments: outgoing.indices)
    func callsByWayOfIt(_ number: Int) throws {
        var row = Self.outgoing[number]
        row.parameters["register"] = "false"
        let carrier = try GatewayExchange(row.parameters, variables: row.variables)
        let dial = row.dial.contains("{") ? row.dial : "{origination_caller_id_name=Tandem}\(row.dial)"
        _ = carrier.exchange.command("bgapi originate \(dial) &park()")
        carrier.wait(1)
        let invite = try carrier.request(.invite)
        #expect(invite.requestURIText == row.uri)
        #expect(invite.first(.from)?.hasPrefix(row.from + ";tag=") == true, "\(invite.first(.from) ?? "")")
        #expect(invite.first(.contact) == row.contact && !invite.contains(SIPHeaderName("X-In")))
        #expect(
            invite.first(named: row.header.name)?.hasPrefix(row.header.value ?? "")
                == (row.header.value == nil ? nil : true)
        )
        // The password is asked for.
        carrier.peer.respond(407, to: invite, ["Proxy-Authenticate: \(Self.challenge)"])
        let second = try carrier.request(.invite)
        #expect(second.first(.proxyAuthorization)?.contains("username=\"acc\"") == true)
        carrier.peer.respond(200, to: second, Self.media, body: Self.sdp)
        #expect(try carrier.request(.ack).cseq == second.cseq)
        #expect(carrier.variable("sip_gateway_name", of: .outbound) == "carrier")
        #expect(carrier.status()["CallsOUT"] == "1" && carrier.status()["FailedCallsOUT"] == "0")
        #expect(carrier.exchange.command("show channels").contains("sofia/internal/"))
    }

    private struct Private {
        var type = "pid"
        var variables: String
        var dial = "sofia/gateway/carrier/4930"
        var from: String
        /// P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, Privacy.
        var headers: [String?]
    }

    private static let hidden = "\"Anonymous\" <sip:anonymous@10.0.0.99>"
    private static let known = "\"N\" <sip:77@10.0.0.99>"

    private static let privates = [
        Private(variables: "x=y", from: known, headers: [known, nil, nil, "none"]),
        Private(
            variables: "origination_privacy=screen:hide_name:hide_number",
            from: hidden,
            headers: [known, nil, nil, "id"]
        ),
        Private(
            variables: "origination_privacy=hide_number",
            from: "\"N\" <sip:anonymous@10.0.0.99>",
            headers: [nil, known, nil, "id"]
        ),
        Private(
            variables: "origination_privacy=screen:hide_name",
            from: "\"Anonymous\" <sip:77@10.0.0.99>",
            headers: ["\"Anonymous\" <sip:77@10.0.0.99>", nil, nil, "none"]
        ),
        Private(
            variables: "origination_privacy=screen:hide_number,origination_caller_id_name=77",
            from: hidden,
            headers: ["\"77\" <sip:77@10.0.0.99>", nil, nil, "id"]
        ),
        Private(
            variables: "origination_privacy=screen:hide_name:hide_number,sip_h_Privacy=user",
            from: hidden,
            headers: [known, nil, nil, "user"]
        ),
        Private(
            type: "rpid",
            variables: "origination_privacy=screen:hide_name:hide_number",
            from: hidden,
            headers: [nil, nil, "\(known);party=calling;screen=yes;privacy=full", nil]
        ),
        Private(
            type: "rpid",
            variables: "origination_privacy=hide_name",
            from: "\"Anonymous\" <sip:77@10.0.0.99>",
            headers: [nil, nil, "\(known);party=calling;screen=no;privacy=name", nil]
        ),
        Private(
            type: "none",
            variables: "origination_privacy=hide_name:hide_number",
            from: hidden,
            headers: [nil, nil, nil, nil]
        ),
        // Who is no carrier is told nothing that is to be hidden.
        Private(
            variables: "sip_cid_type=pid,origination_privacy=screen:hide_name:hide_number",
            dial: "sofia/internal/b@10.0.0.99",
            from: "\"Anonymous\" <sip:anonymous@10.0.0.1>",
            headers: ["\"Anonymous\" <sip:anonymous@10.0.0.1>", nil, nil, "id"]
        ),
    ]

    /// What is to be hidden is not in From; the carrier hears it, and that it is to hide it.
    @Test(arguments: privates.indices)
    func hidesCallers(_ number: Int) throws {
        let row = Self.privates[number]
        let carrier = try GatewayExchange(["register": "false", "caller-id-in-from": "true", "cid-type": row.type])
        let caller = "origination_caller_id_number=77,origination_caller_id_name=N"
        _ = carrier.exchange.command("bgapi originate {\(caller),\(row.variables)}\(row.dial) &park()")
        carrier.wait(1)
        let invite = try carrier.request(.invite)
        #expect(invite.first(.from)?.hasPrefix(row.from + ";tag=") == true, "\(invite.first(.from) ?? "")")
        let names: [SIPHeaderName] = [.pAssertedIdentity, .pPreferredIdentity, .remotePartyID, .privacy]
        #expect(names.map { invite.first($0) } == row.headers)
    }

    /// Whom a carrier sends the call to is told nothing of what it was told in confidence.
    @Test(arguments: [("screen:hide_name:hide_number", false), ("screen", true)])
    func tellsNobodyElse(_ privacy: String, _ isTold: Bool) throws {
        let carrier = try GatewayExchange(["register": "false", "cid-type": "pid"])
        let other = WirePeer(carrier.exchange, at: "10.0.0.98")
        let caller = "origination_caller_id_number=77,origination_privacy=\(privacy)"
        _ = carrier.exchange.command("bgapi originate {\(caller)}sofia/gateway/carrier/4930 &park()")
        carrier.wait(1)
        let invite = try carrier.request(.invite)
        #expect(invite.first(.pAssertedIdentity)?.contains("sip:77@") == true)
        carrier.peer.respond(302, to: invite, ["Contact: <sip:b@10.0.0.98>"])
        carrier.wait(1)
        let next = try #require(other.heard.last { $0.isRequest && $0.method == .invite })
        #expect((next.first(.pAssertedIdentity) != nil) == isTold)
    }

    /// The application `privacy`, of a call that is passed on.
    @Test(
        arguments: [
            ("full", hidden, "id"), ("number", "\"N\" <sip:anonymous@10.0.0.99>", "id"),
            ("name", "\"Anonymous\" <sip:77@10.0.0.99>", "none"), ("off", known, "none"),
        ]
    )
    func hidesWhoIsPassedOn(_ data: String, _ from: String, _ privacy: String) throws {
        let carrier = try GatewayExchange(
            ["register": "false", "caller-id-in-from": "true", "cid-type": "pid"],
            settings: ["auth-calls": "false"],
            actions: [("privacy", data), ("bridge", "sofia/gateway/carrier/4930")]
        )
        let caller = "\"N\" <sip:77@caller.example>"
        carrier.peer.request("INVITE", uri: "sip:5005@10.0.0.1", from: caller, Self.media, body: Self.sdp)
        carrier.wait(1)
        let invite = try carrier.request(.invite)
        #expect(invite.first(.from)?.hasPrefix(from + ";tag=") == true, "\(invite.first(.from) ?? "")")
        #expect(invite.first(.privacy) == privacy)
    }

    /// From may be that of the call which is passed on.
    @Test(
        arguments: [
            (["from-domain": "auto-aleg-full"], "", "\"N\" <sip:77@caller.example>"),
            (
                ["from-domain": "auto-aleg-domain", "caller-id-in-from": "true"], "",
                "\"N\" <sip:77@caller.example>"
            ),
            (["from-domain": "auto-aleg-domain"], "", "\"N\" <sip:acc@10.0.0.99>"),
            (
                ["from-domain": "auto-aleg-domain", "caller-id-in-from": "true"], "{sip_invite_domain=me.example}",
                "\"N\" <sip:77@me.example>"
            ),
            (["from-domain": "auto-aleg-full"], "{sip_invite_domain=me.example}", "\"N\" <sip:acc@10.0.0.99>"),
            ([:], "{sip_force_full_from='<sip:x@y>'}", "<sip:x@y>"),
            ([:], "{sip_from_uri=sip:x@y.example,sip_from_display=Them}", "\"Them\" <sip:x@y.example>"),
            (["caller-id-in-from": "true"], "{sip_from_uri=x@y.example}", "<sip:x@y.example>"),
            ([:], "{sip_from_uri='no address'}", "\"N\" <sip:acc@10.0.0.99>"),
        ] as [([String: String], String, String)]
    )
    func borrowsFrom(parameters: [String: String], variables: String, from: String) throws {
        let carrier = try GatewayExchange(
            ["register": "false"].merging(parameters) { $1 },
            settings: ["auth-calls": "false"],
            actions: [("bridge", "\(variables)sofia/gateway/carrier/4930")]
        )
        carrier.peer.request(
            "INVITE",
            uri: "sip:5005@10.0.0.1",
            from: "\"N\" <sip:77@caller.example>",
            ["Contact: <sip:77@10.0.0.99>", "Content-Type: application/sdp"],
            body: Self.sdp
        )
        carrier.wait(1)
        let invite = try carrier.request(.invite)
        let tag = try #require(invite.fromTag)
        #expect(invite.requestURIText == "sip:4930@10.0.0.99" && tag != "f1")
        #expect(invite.first(.from) == "\(from);tag=\(tag)")
    }

    /// A gateway with as many calls as it may have gets no more, and the next in the dial string does.
    @Test func limitsChannels() throws {
        let others = GatewayExchange.gateway("next", ["register": "false", "destination-prefix": "9"])
        let carrier = try GatewayExchange(["register": "false", "max-channels": "1"], others: others)
        let dial = "sofia/gateway/carrier/1|sofia/gateway/next/2"
        _ = carrier.exchange.command("bgapi originate \(dial) &park()")
        carrier.wait(1)
        let first = try carrier.request(.invite)
        #expect(first.requestURIText == "sip:1@10.0.0.99")
        #expect(
            carrier.exchange.command("originate sofia/gateway/carrier/1 &park()") == "-ERR NORMAL_CIRCUIT_CONGESTION\n"
        )
        #expect(carrier.status()["FailedCallsOUT"] == "1")
        _ = carrier.exchange.command("bgapi originate \(dial) &park()")
        carrier.wait(1)
        #expect(try carrier.request(.invite).requestURIText == "sip:92@10.0.0.99")
        // The place is free when the call has ended.
        carrier.peer.respond(486, to: first, [])
        carrier.wait(1)
        _ = carrier.exchange.command("bgapi originate \(dial) &park()")
        carrier.wait(1)
        #expect(try carrier.request(.invite).requestURIText == "sip:1@10.0.0.99")
    }

    /// One gateway after the other; what is wrong has a cause.
    @Test(
        arguments: [
            ("sofia/gateway/nobody/1", "INVALID_GATEWAY"), ("sofia/gateway/other::carrier/1", "INVALID_GATEWAY"),
            ("sofia/gateway/carrier", "INVALID_URL"), ("sofia/gateway/carrier/", "INVALID_URL"),
            ("sofia/gateway/carrier/a@", "INVALID_URL"), ("sofia/gateway/dead/1", "GATEWAY_DOWN"),
            ("sofia/gateway/lost/1", "NORMAL_TEMPORARY_FAILURE"), ("sofia/gateway/dead/1,sofia/gateway/nobody/1", nil),
            ("sofia/gateway/dead/1|sofia/gateway/carrier/2", ""), ("sofia/gateway/dead/1,sofia/gateway/carrier/2", ""),
        ] as [(String, String?)]
    )
    func failsWithACause(dial: String, cause: String?) throws {
        let others =
            GatewayExchange.gateway("dead", ["proxy": "nowhere.example"])
            + GatewayExchange.gateway("lost", ["proxy": "nowhere.example", "register": "false"])
        let carrier = try GatewayExchange(["register": "false"], others: others)
        guard cause != "" else {
            _ = carrier.exchange.command("bgapi originate \(dial) &park()")
            carrier.wait(1)
            #expect(try carrier.request(.invite).requestURIText == "sip:2@10.0.0.99")
            return
        }
        let answer = carrier.exchange.command("originate \(dial) &park()")
        if let cause { #expect(answer == "-ERR \(cause)\n") } else { #expect(answer.hasPrefix("-ERR ")) }
        #expect(carrier.count(.invite) == 0)
    }

    /// Wherever a call is sent, only the carrier's own realm has the password proved to it.
    @Test(arguments: [("evil.example", false), ("carrier.example", true)])
    func passwordsStay(realm: String, isProved: Bool) throws {
        let carrier = try GatewayExchange(["register": "false", "realm": "carrier.example"])
        let other = WirePeer(carrier.exchange, at: "10.0.0.98")
        _ = carrier.exchange.command("bgapi originate sofia/gateway/carrier/4930 &park()")
        carrier.wait(1)
        try carrier.peer.respond(302, to: carrier.request(.invite), ["Contact: <sip:b@10.0.0.98>"])
        let invite = try #require(other.heard.last { $0.isRequest && $0.method == .invite })
        other.respond(407, to: invite, ["Proxy-Authenticate: Digest realm=\"\(realm)\", nonce=\"n\", qop=\"auth\""])
        let last = try #require(other.heard.last { $0.isRequest && $0.method == .invite })
        #expect(last.contains(.proxyAuthorization) == isProved)
    }

    // MARK: - Calls that come in

    private struct Incoming {
        var parameters: [String: String] = [:]
        var uri = "sip:gw+carrier@10.0.0.1"
        /// Where it goes, and by which gateway.
        var place: String
        var gateway: String? = "carrier"
    }

    private static let incoming = [
        Incoming(parameters: ["extension": "5000"], place: "5000 default"),
        Incoming(parameters: ["extension": "5000", "context": "elsewhere"], place: "5000 elsewhere"),
        Incoming(parameters: ["context": "elsewhere"], place: "acc elsewhere"),
        Incoming(parameters: ["context": "elsewhere", "extension": "auto"], place: "4999 elsewhere"),
        Incoming(parameters: ["context": "elsewhere", "extension": "auto_to_user"], place: "4999 elsewhere"),
        Incoming(
            parameters: ["context": "elsewhere"],
            uri: "sip:5000@10.0.0.1;gw=carrier",
            place: "5000 elsewhere"
        ),
        Incoming(
            parameters: ["context": "elsewhere", "extension": "auto"],
            uri: "sip:5000@10.0.0.1;gw=carrier",
            place: "5000 elsewhere"
        ),
        Incoming(
            parameters: ["context": "elsewhere", "extension": "auto_to_user"],
            uri: "sip:5000@10.0.0.1;gw=carrier",
            place: "4999 elsewhere"
        ),
        Incoming(
            parameters: ["context": "elsewhere", "extension": "5001"],
            uri: "sip:5000@10.0.0.1;gw=carrier",
            place: "5001 elsewhere"
        ),
        Incoming(parameters: ["context": "elsewhere"], uri: "sip:5000@10.0.0.1", place: "5000 default", gateway: nil),
        Incoming(
            parameters: ["context": "elsewhere", "gw-auth-acl": "10.0.0.99/32"],
            place: "acc elsewhere"
        ),
        Incoming(parameters: ["gw-auth-acl": "192.0.2.0/24"], place: "403"),
    ]

    @Test(arguments: incoming.indices)
    func takesItsCalls(_ number: Int) throws {
        let row = Self.incoming[number]
        let carrier = try GatewayExchange(
            row.parameters,
            variables: "<variable name=\"from_outside\" value=\"yes\" direction=\"inbound\"/>",
            settings: ["auth-calls": "false"]
        )
        let answer = carrier.peer.request("INVITE", uri: row.uri, to: "<sip:4999@10.0.0.1>", Self.media, body: Self.sdp)
        if let status = Int(row.place) {
            #expect(answer?.status == status && carrier.status()["FailedCallsIN"] == "1")
            return
        }
        let session = try #require(carrier.exchange.softswitch.sessions.all.first)
        let place = carrier.exchange.loop.run {
            await "\(session.profile.destinationNumber) \(session.profile.context)"
        }
        #expect(place == row.place)
        #expect(carrier.variable("sip_gateway", of: .inbound) == row.gateway)
        #expect(carrier.variable("from_outside", of: .inbound) == (row.gateway == nil ? nil : "yes"))
        #expect(carrier.status()["CallsIN"] == (row.gateway == nil ? "0" : "1"))
    }
}
