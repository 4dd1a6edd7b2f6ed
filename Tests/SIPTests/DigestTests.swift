import Base
import SIP
import Testing

/// Digest authentication: the RFCs' examples, and what a verifier must refuse.
struct DigestTests {
    @Test(arguments: [
        // RFC 2617 §3.5, RFC 7616 §3.9.1.
        (
            "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            "Circle Of Life"
        ),
        (
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\"",
            "Circle of Life"
        ),
        (
            "digest  username = \"Mufasa\",realm=\"http-auth@example.org\",, uri=\"/dir/index.html\", algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=\"auth\", response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"",
            "Circle of Life"
        ),
    ])
    func examples(_ header: String, _ password: String) throws {
        let credentials = try #require(DigestCredentials(parsing: header))
        let response = credentials.expectedResponse(method: .other("GET"), secret: .password(password))
        #expect(response == credentials.response)
        #expect(DigestCredentials(parsing: credentials.headerValue) == credentials)
    }

    @Test(arguments: [
        "", "Digest", "Basic dXNlcjpwYXNz", "Digest username=\"a", "Digest username=\"a\"",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", algorithm=MD6",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth-int, nc=00000001, cnonce=\"c\"",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth, nc=1, cnonce=\"c\"",
        "Digest username=\"a\", username=\"b\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\"",
        "Digest username=\"a\\", "Digest =,=,=", "Digest \"\"\"",
    ])
    func malformedCredentialsAreRefused(_ header: String) {
        #expect(DigestCredentials(parsing: header) == nil)
    }

    /// A client that answers challenges as it is told to.
    private struct Client {
        var verifier: DigestVerifier
        var account = DigestAccount(username: "1000", secret: .password("secret"))
        var now = MonotonicInstant.zero

        mutating func challenge(_ index: Int = 0) throws -> DigestChallenge {
            let challenges = verifier.challenges(realm: "example.org", at: now)
            return try #require(DigestChallenge(parsing: challenges[index]))
        }

        mutating func verify(
            _ challenge: DigestChallenge,
            count: UInt32 = 1,
            secret: DigestSecret = .password("secret")
        ) -> DigestVerdict {
            let credentials = DigestCredentials(
                answering: challenge,
                account: account,
                method: .register,
                uri: "sip:example.org",
                cnonce: "c",
                nonceCount: count
            )
            return verifier.verify(credentials, method: .register, secret: secret, at: now)
        }
    }

    private func client(_ change: (inout DigestVerifierConfiguration) -> Void = { _ in }) -> Client {
        var configuration = DigestVerifierConfiguration()
        configuration.algorithms = [.sha256, .md5]
        change(&configuration)
        return Client(verifier: DigestVerifier(configuration: configuration, secretKey: Array(0..<32)))
    }

    @Test
    func secretsAndAlgorithms() throws {
        var client = client()
        for index in 0...1 { #expect(client.verify(try client.challenge(index)) == .accepted) }
        #expect(client.verify(try client.challenge(), secret: .password("wrong")) == .refused)
        // MD5 of 1000:example.org:secret
        let hash = DigestSecret.a1Hash("175A0349E95C068FC6E6552D453D3B6B")
        #expect(client.verify(try client.challenge(1), secret: hash) == .accepted)
        var other = self.client { $0.algorithms = [.sha256] }
        var weaker = try other.challenge()
        weaker.algorithm = .md5
        #expect(other.verify(weaker) == .refused)
        var session = self.client { $0.algorithms = [.md5Session, .sha256Session] }
        for index in 0...1 { #expect(session.verify(try session.challenge(index)) == .accepted) }
    }

    @Test
    func countsAreUsedOnce() throws {
        var client = client()
        let challenge = try client.challenge()
        let attempts: [(UInt32, DigestVerdict)] = [
            (1, .accepted), (1, .stale), (3, .accepted), (2, .accepted), (2, .stale), (0, .stale),
            (100, .accepted), (30, .stale), (40, .accepted), (40, .stale), (.max, .accepted), (.max, .stale),
            (101, .stale),
        ]
        for (count, verdict) in attempts { #expect(client.verify(challenge, count: count) == verdict, "\(count)") }
    }

    @Test
    func noncesGrowOld() throws {
        var client = client()
        let challenge = try client.challenge()
        client.now = .zero + .seconds(60)
        #expect(client.verify(challenge) == .accepted)
        client.now = .zero + .seconds(61)
        #expect(client.verify(challenge, count: 2) == .stale)
        // Nonces of another verifier, and forged ones.
        var other = Client(
            verifier: DigestVerifier(configuration: .init(), secretKey: Array(1..<33)),
            now: client.now
        )
        var foreign = try other.challenge()
        #expect(client.verify(foreign) == .stale)
        foreign.nonce = "abc"
        #expect(client.verify(foreign) == .stale)
        var elsewhere = try client.challenge()
        elsewhere.realm = "example.com"
        #expect(client.verify(elsewhere) == .stale)
    }

    @Test
    func legacyCredentialsUseTheirNonceUp() throws {
        var client = client()
        var challenge = try client.challenge()
        challenge.qop = []
        #expect(client.verify(challenge) == .accepted)
        #expect(client.verify(challenge) == .stale)
        challenge.qop = ["auth"]
        #expect(client.verify(challenge, count: 7) == .stale)
        var strict = self.client { $0.allowsLegacy = false }
        challenge = try strict.challenge()
        challenge.qop = []
        #expect(strict.verify(challenge) == .refused)
    }

    @Test
    func theTableIsBounded() throws {
        var client = client { $0.nonceLimit = 10 }
        let challenges = try (0..<20).map { _ in try client.challenge() }
        #expect(challenges.allSatisfy { client.verify($0) == .accepted })
        #expect(client.verifier.rememberedNonces == 10)
        // Forgotten is not unused.
        #expect(challenges.allSatisfy { client.verify($0) == .stale })
    }

    /// Method, Request-URI, digest-URI, and whether one means the other (RFC 7616 §3.4.6).
    @Test(arguments: [
        ("INVITE", "sip:5000@10.0.0.1", "sip:5000@10.0.0.1", true),
        ("INVITE", "sip:5000@10.0.0.1:5080;transport=tcp", "sip:5000@pbx.example", true),
        ("INVITE", "sip:%35000@10.0.0.1", "sip:5000@10.0.0.1", true),
        ("INVITE", "sip:+4930@10.0.0.1;user=phone", "tel:+4930", true),
        ("INVITE", "sip:5000@10.0.0.1", "sip:10.0.0.1", true),
        ("INVITE", "sip:5000@10.0.0.1", "sip:5001@10.0.0.1", false),
        ("INVITE", "sip:10.0.0.1", "sip:5001@10.0.0.1", false),
        ("INVITE", "sip:5000@10.0.0.1", "", false),
        ("INVITE", "sip:5000@10.0.0.1", "nonsense", false),
        ("REGISTER", "sip:10.0.0.1", "sip:1000@10.0.0.1", true),
        ("REGISTER", "sip:10.0.0.1", "sip:pbx.example", true),
        ("REGISTER", "sip:10.0.0.1", "<>", false),
        ("REGISTER", "sip:[::1]:5060", "sip:::1:5060", true),
        ("INVITE", "sip:5000@[::1]:5060", "sip:::1:5060", true),
        ("INVITE", "sip:5000@[::1]:5060", "sip:5000@::1:5060", true),
        ("INVITE", "sip:5000@[::1]:5060", "sip:5001@::1:5060", false),
    ])
    func digestURIs(method: String, requestURI: String, uri: String, isMeant: Bool) throws {
        let text = """
            \(method) \(requestURI) SIP/2.0\r
            Via: SIP/2.0/UDP h;branch=z9hG4bK1\r
            From: <sip:a@h>;tag=1\r
            To: <sip:b@h>\r
            Call-ID: 1\r
            CSeq: 1 \(method)\r
            \r

            """
        let credentials = try #require(
            DigestCredentials(
                parsing: "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"\(uri)\", response=\"0\""
            )
        )
        #expect(credentials.isMeant(for: try SIPMessage(parsing: Array(text.utf8))) == isMeant)
    }
}
