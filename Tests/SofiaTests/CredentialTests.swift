import SIP
import Testing

/// What credentials are good for, on the wire.
struct CredentialTests {
    private static let contact = "Contact: <sip:1000@10.0.0.99>"

    /// The answer of user 1000 to a challenge of the switch's; `uri` is its digest-URI.
    private static func credentials(
        _ challenge: SIPMessage?,
        _ header: SIPHeaderName,
        method: SIPMethod,
        uri: String
    ) throws -> String {
        let challenge = try #require(challenge?.first(header).flatMap { DigestChallenge(parsing: $0) })
        return DigestCredentials(
            answering: challenge,
            account: DigestAccount(username: "1000", secret: .password("kV3qz8Rw")),
            method: method,
            uri: uri,
            cnonce: "c",
            nonceCount: 1
        ).headerValue
    }

    /// Settings, the domain that challenges, that of From and To in the REGISTER, and its outcome.
    private static let domains: [([String: String], String, String, String, Int)] = [
        ([:], "10.0.0.1", "10.0.0.1", "10.0.0.1", 200),
        ([:], "other.example", "other.example", "OTHER.example", 200),
        // From decides about the realm, To about whose calls would come here.
        ([:], "other.example", "other.example", "10.0.0.1", 403),
        ([:], "other.example", "10.0.0.1", "10.0.0.1", 403),
        (["challenge-realm": "auto_to"], "10.0.0.1", "other.example", "10.0.0.1", 200),
        (["challenge-realm": "auto_to"], "other.example", "10.0.0.1", "10.0.0.1", 403),
        (["challenge-realm": "10.0.0.1"], "10.0.0.1", "10.0.0.1", "10.0.0.1", 200),
        (["challenge-realm": "10.0.0.1"], "10.0.0.1", "10.0.0.1", "other.example", 403),
        (["challenge-realm": "10.0.0.1"], "10.0.0.1", "10.0.0.1", "alias.example", 200),
        (["force-register-domain": "10.0.0.1"], "10.0.0.1", "other.example", "other.example", 200),
    ]

    @Test(arguments: domains.indices)
    func registersInItsOwnDomainOnly(_ number: Int) throws {
        let (settings, realm, from, to, status) = Self.domains[number]
        let exchange = try SimulatedSwitch(seed: 1, settings: settings)
        exchange.start()
        let peer = WirePeer(exchange)
        let uri = "sip:10.0.0.1"
        let own = "<sip:1000@\(realm)>"
        let challenge = peer.request("REGISTER", uri: uri, from: own, to: own, [Self.contact])
        let answer = try Self.credentials(challenge, .wwwAuthenticate, method: .register, uri: uri)
        let response = peer.request(
            "REGISTER",
            uri: uri,
            from: "<sip:1000@\(from)>",
            to: "<sip:1000@\(to)>",
            cseq: 2,
            [Self.contact, "Authorization: \(answer)"]
        )
        #expect(response?.status == status)
        #expect(exchange.gauge("registrations") == (status == 200 ? 1 : 0))
    }

    /// Credentials for one number are none for another.
    @Test(arguments: [
        ("sip:5001@10.0.0.1", 486), ("sip:5001@pbx.example;transport=udp", 486), ("sip:5000@10.0.0.1", 400),
    ])
    func callsWhomTheyAreFor(uri: String, status: Int) throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let peer = WirePeer(exchange)
        let challenge = peer.request("INVITE", [Self.contact])
        let answer = try Self.credentials(challenge, .proxyAuthenticate, method: .invite, uri: uri)
        #expect(peer.request("INVITE", cseq: 2, [Self.contact, "Proxy-Authorization: \(answer)"])?.status == status)
    }
}
