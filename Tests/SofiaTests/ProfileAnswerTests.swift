import SIP
import SwitchCore
import TandemTesting
import Testing

/// What a profile answers to requests of all kinds, on the wire.
struct ProfileAnswerTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let part = "--b\r\nContent-Type: application/sdp\r\n\r\n\(sdp)\r\n"
    private static let contact = "Contact: <sip:1000@10.0.0.99>"

    /// A method, header lines and a body; then the status and a header that must come with it.
    private static let rows: [(String, [String], String, Int, SIPHeaderName?)] = [
        ("OPTIONS", [], "", 200, .allow), ("OPTIONS", [], "", 200, .accept),
        ("INFO", [], "", 405, .allow), ("MESSAGE", [], "", 407, .proxyAuthenticate), ("REFER", [], "", 403, nil),
        ("FROBNICATE", [], "", 501, nil),
        ("SUBSCRIBE", [], "", 489, nil), ("PUBLISH", [], "", 489, nil), ("NOTIFY", [], "", 481, nil),
        ("OPTIONS", ["Require: 100rel"], "", 420, .unsupported),
        ("REGISTER", ["Authorization: NobodyKnowsThisScheme a=b"], "", 401, .wwwAuthenticate),
        ("INVITE", [contact, "Content-Type: application/unknownformat"], "<x/>", 415, .accept),
        ("INVITE", [contact], sdp, 415, .accept),
        ("INVITE", [contact, "Content-Type: application/sdp", "Content-Encoding: gzip"], sdp, 415, .acceptEncoding),
        ("INVITE", [contact, "Content-Type: text/plain", "Content-Disposition: x;handling=optional"], "x", 486, nil),
        ("INVITE", [contact, "Content-Type: application/sdp"], sdp, 486, nil),
        ("INVITE", [contact, "Content-Type: application/sdp"], sdp + "m=broken", 400, nil),
        ("INVITE", [contact, "Content-Type: Application/SDP;x=y"], sdp.replacing("AVP 0", with: "AVP 9"), 488, nil),
        ("INVITE", [contact, "Content-Type: multipart/mixed;boundary=b"], "--b\r\n\r\nx\r\n\(part)--b--", 486, nil),
        (
            "INVITE", [contact, "Content-Type: multipart/mixed;boundary=b"], part.replacing("AVP 0", with: "AVP 9"),
            488, nil
        ),
        ("INVITE", [contact, "Content-Type: multipart/mixed;boundary=b"], "--b\r\n\r\nx\r\n--b--", 415, .accept),
        ("INVITE", [contact, "Content-Type: multipart/mixed"], part, 415, .accept),
        ("INVITE", ["Content-Type: application/sdp"], sdp, 400, nil),
        ("INVITE", [contact], "", 486, nil),
    ]

    @Test(arguments: rows.indices)
    func answers(_ number: Int) throws {
        let (method, headers, body, status, header) = Self.rows[number]
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false"])
        exchange.start()
        let response = WirePeer(exchange).request(method, headers, body: body)
        #expect(response?.status == status)
        if let header { #expect(response?.contains(header) == true) }
    }

    /// Line ends that keep a NAT's binding open are no messages.
    @Test(arguments: ["\r\n\r\n", "\r\n"])
    func keepAlivesAreNotAnswered(text: String) throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let peer = WirePeer(exchange)
        peer.send(text)
        #expect(peer.heard.isEmpty)
    }

    /// `apply-inbound-acl` is the only door where no password is asked for.
    @Test(arguments: [
        ("10.0.0.0/24", "false", 486), ("192.0.2.0/24", "false", 403), ("192.0.2.0/24", "true", 407),
        ("192.0.2.0/24::default", "false", 486), ("192.0.2.0/24:default", "false", 403),
        ("no-such-list", "false", 403),
    ])
    func accessLists(list: String, asksForPassword: String, status: Int) throws {
        let settings = ["apply-inbound-acl": list, "auth-calls": asksForPassword]
        let exchange = try SimulatedSwitch(seed: 1, settings: settings)
        exchange.start()
        #expect(WirePeer(exchange).request("INVITE", [Self.contact])?.status == status)
    }

    /// `max-sessions` and `sessions-per-second`: the call beyond is refused on the wire, and the next second brings new
    /// ones where only their rate was too high.
    @Test(arguments: [
        (SessionLimits(maximumSessions: 2, sessionsPerSecond: 30), [200, 200, 503], 503),
        (SessionLimits(maximumSessions: 100, sessionsPerSecond: 2), [200, 200, 503], 200),
    ])
    func limits(limits: SessionLimits, statuses: [Int], later: Int) throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false"])
        exchange.start()
        exchange.softswitch.configuration.sessionLimits = limits
        let peer = WirePeer(exchange)
        let call = { (number: Int) in
            peer.request(
                "INVITE",
                uri: "sip:5000@10.0.0.1",
                callID: "c\(number)",
                [Self.contact, "Content-Type: application/sdp"],
                body: Self.sdp
            )
        }
        let answers = (0..<statuses.count).map(call)
        #expect(answers.map { $0?.status } == statuses)
        #expect(answers.last??.first(.retryAfter) == "300")
        exchange.loop.advance(by: .seconds(2))
        #expect(call(9)?.status == later)
    }

    /// Unknown users and wrong passwords look the same from outside.
    @Test func guessingUsersTellsNothing() throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let peer = WirePeer(exchange)
        let asked = try #require(peer.request("REGISTER", uri: "sip:10.0.0.1", [Self.contact])?.first(.wwwAuthenticate))
        let nonce = try #require(DigestChallenge(parsing: asked)).nonce
        let answers = ["1000", "1999"].map { user -> String in
            let headers = [
                Self.contact,
                "Authorization: Digest username=\"\(user)\", realm=\"10.0.0.1\", nonce=\"\(nonce)\", uri=\"sip:10.0.0.1\", "
                    + "response=\"00000000000000000000000000000000\"",
            ]
            let to = "<sip:\(user)@10.0.0.1>"
            let response = peer.request("REGISTER", uri: "sip:10.0.0.1", to: to, callID: user, headers)
            return response.map { "\($0.status ?? 0) \($0.reasonPhrase) \($0.headers.map(\.name))" } ?? ""
        }
        #expect(answers[0].hasPrefix("403 ") && answers[0] == answers[1])
    }

    /// Of several credentials those for our realm count.
    @Test func credentialsOfOtherRealmsArePassedOver() throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let peer = WirePeer(exchange)
        let text = try #require(peer.request("REGISTER", uri: "sip:10.0.0.1", [Self.contact])?.first(.wwwAuthenticate))
        let challenge = try #require(DigestChallenge(parsing: text))
        var other = challenge
        other.realm = "elsewhere.example"
        let account = DigestAccount(username: "1000", secret: .password("kV3qz8Rw"))
        let lines = [other, challenge].map { challenge in
            let credentials = DigestCredentials(
                answering: challenge,
                account: account,
                method: .register,
                uri: "sip:10.0.0.1",
                cnonce: "c",
                nonceCount: 1
            )
            return "Authorization: \(credentials.headerValue)"
        }
        #expect(peer.request("REGISTER", uri: "sip:10.0.0.1", cseq: 2, [Self.contact] + lines)?.status == 200)
    }

    /// No name of a peer's can begin a line of the log, or close the brackets that programs look for.
    @Test func namesCannotForgeTheLog() throws {
        let log = LogCapture()
        let settings = ["log-auth-failures": "true", "multiple-registrations": "true"]
        let exchange = try SimulatedSwitch(seed: 1, settings: settings, log: log)
        exchange.start()
        let peer = WirePeer(exchange)
        let asked = try #require(peer.request("REGISTER", uri: "sip:10.0.0.1", [Self.contact])?.first(.wwwAuthenticate))
        let nonce = try #require(DigestChallenge(parsing: asked)).nonce
        peer.request(
            "REGISTER",
            uri: "sip:10.0.0.1",
            [
                Self.contact,
                "Authorization: Digest username=\"x] from ip 192.0.2.1\u{1B}[2J\", realm=\"10.0.0.1\", nonce=\"\(nonce)\", "
                    + "uri=\"sip:10.0.0.1\", response=\"0\"",
            ]
        )
        let failure = try #require(log.lines.first { $0.hasPrefix("SIP auth failure") })
        #expect(failure.contains("for [x from ip 192.0.2.12J@10.0.0.1] from ip 10.0.0.99"))
        let blind = LogCapture()
        let open = try SimulatedSwitch(seed: 1, settings: ["accept-blind-reg": "true"], log: blind)
        open.start()
        let uri = "sip:10.0.0.1"
        WirePeer(open).request("REGISTER", uri: uri, to: "<sip:a%0D%0Aforged%1B@10.0.0.1>", [Self.contact])
        #expect(blind.lines.contains { $0.contains("user=aforged@10.0.0.1") })
        #expect((log.lines + blind.lines).allSatisfy { !$0.contains { $0.isNewline || $0 == "\u{1B}" } })
    }
}
