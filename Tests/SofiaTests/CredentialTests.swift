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
        uri: String,
        user: String = "1000",
        nonceCount: UInt32 = 1
    ) throws -> String {
        let challenge = try #require(challenge?.first(header).flatMap { DigestChallenge(parsing: $0) })
        return DigestCredentials(
            answering: challenge,
            account: DigestAccount(username: user, secret: .password("kV3qz8Rw")),
            method: method,
            uri: uri,
            cnonce: "c",
            nonceCount: nonceCount
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

    /// Credentials are good once; the next need a higher count, and what comes again is told to ask anew (RFC 7616 §3.4.5).
    @Test func whatWasSentOnceIsNotTakenAgain() throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let peer = WirePeer(exchange)
        let uri = "sip:10.0.0.1"
        let challenge = peer.request("REGISTER", uri: uri, [Self.contact])
        func register(count: UInt32, cseq: Int) throws -> SIPMessage? {
            let answer = try Self.credentials(
                challenge,
                .wwwAuthenticate,
                method: .register,
                uri: uri,
                nonceCount: count
            )
            return peer.request("REGISTER", uri: uri, cseq: cseq, [Self.contact, "Authorization: \(answer)"])
        }
        #expect(challenge?.first(.wwwAuthenticate)?.contains("stale=true") == false)
        #expect(try register(count: 1, cseq: 2)?.status == 200)
        let again = try register(count: 1, cseq: 3)
        #expect(again?.status == 401)
        #expect(again?.first(.wwwAuthenticate)?.contains("stale=true") == true)
        #expect(try register(count: 2, cseq: 4)?.status == 200)
    }

    /// The credentials of one call are none for the next.
    @Test func aCallIsNotMadeTwice() throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let peer = WirePeer(exchange)
        let uri = "sip:5001@10.0.0.1"
        let challenge = peer.request("INVITE", [Self.contact])
        let answer = try Self.credentials(challenge, .proxyAuthenticate, method: .invite, uri: uri)
        let proof = [Self.contact, "Proxy-Authorization: \(answer)"]
        #expect(peer.request("INVITE", cseq: 2, proof)?.status == 486)
        let again = peer.request("INVITE", callID: "other", proof)
        #expect(again?.status == 407)
        #expect(again?.first(.proxyAuthenticate)?.contains("stale=true") == true)
    }

    /// A user whose directory holds the hash of name, realm and password (`a1-hash`) instead of the password.
    @Test(arguments: [("1077", 200), ("1078", 403)])
    func hashesOfPasswordsAreEnough(_ user: String, _ status: Int) throws {
        let hashes = ["1077": "0d1fcfbb2867bb39848e43b56f3fb3d9", "1078": "00000000000000000000000000000000"]
        let users = hashes.map { user, hash in
            "<user id=\"\(user)\"><params><param name=\"a1-hash\" value=\"\(hash)\"/></params></user>"
        }
        let exchange = try SimulatedSwitch(seed: 1, domainParts: users.joined())
        exchange.start()
        let peer = WirePeer(exchange)
        let (uri, own) = ("sip:10.0.0.1", "<sip:\(user)@10.0.0.1>")
        let challenge = peer.request("REGISTER", uri: uri, from: own, to: own, [Self.contact])
        let answer = try Self.credentials(challenge, .wwwAuthenticate, method: .register, uri: uri, user: user)
        let proof = [Self.contact, "Authorization: \(answer)"]
        #expect(peer.request("REGISTER", uri: uri, from: own, to: own, cseq: 2, proof)?.status == status)
    }
}
