import Base
import SIP
import Testing

/// When a registration of ours is made, made again, and waited with.
struct ClientRegistrationTests {
    private static let contact = SIPURI(user: "gw+a", host: SIPHost("10.0.0.1"), port: 5060)

    private static func response(_ line: String, _ headers: [String] = []) throws -> SIPMessage {
        let lines =
            [
                "SIP/2.0 \(line)", "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1", "From: <sip:a@b>;tag=1",
                "To: <sip:a@b>;tag=2", "Call-ID: c", "CSeq: 1 REGISTER",
            ] + headers + ["Content-Length: 0", "", ""]
        return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    /// Writes down what a registration asks for and tells.
    private struct Log {
        var registration: ClientRegistration
        var now = MonotonicInstant.zero
        var lines: [String] = []

        init(_ change: (inout ClientRegistration.Policy) -> Void = { _ in }) {
            var policy = ClientRegistration.Policy()
            change(&policy)
            registration = ClientRegistration(policy, isWanted: true, seed: [1])
        }

        mutating func note(_ actions: [ClientRegistration.Action]) {
            for action in actions {
                switch action {
                case .enter(let state, let status, let phrase):
                    lines.append(state.rawValue + (status.map { " \($0) \(phrase)" } ?? ""))
                case .register(let expires, let target):
                    lines.append("for \(expires)" + (target.map { " at \($0)" } ?? ""))
                }
            }
        }

        mutating func perform(_ event: String) throws {
            let parts = event.split(separator: "|").map(String.init)
            switch parts[0] {
            case "register": note(registration.register(at: now))
            case "unregister": note(registration.unregister(at: now))
            case "lost": note(registration.lost(at: now))
            case "failed": note(registration.failed(408, at: now))
            case "due":
                now = try #require(registration.deadline)
                note(registration.timerFired(at: now))
            case "early": note(registration.timerFired(at: now))
            default:
                let message = try response(parts[0], Array(parts.dropFirst()))
                note(registration.received(message, for: contact, at: now))
            }
        }

        /// The seconds until the next deadline.
        var wait: Double? {
            registration.deadline.map { Double(($0 - now).wholeMilliseconds) / 1000 }
        }
    }

    private static let rows: [(events: [String], lines: [String])] = [
        (["register"], ["for 3600", "TRYING"]),
        (["register", "100 Trying"], ["for 3600", "TRYING"]),
        (["register", "200 OK"], ["for 3600", "TRYING", "REGISTER 200 OK", "REGED"]),
        (
            ["register", "200 OK", "early", "due"],
            [
                "for 3600", "TRYING", "REGISTER 200 OK", "REGED", "UNREGED", "for 3600", "TRYING",
            ]
        ),
        (["register", "403 No"], ["for 3600", "TRYING", "FAILED 403 No", "FAIL_WAIT"]),
        (
            ["register", "403 No", "200 OK", "due"],
            [
                "for 3600", "TRYING", "FAILED 403 No", "FAIL_WAIT", "UNREGED", "for 3600", "TRYING",
            ]
        ),
        (["register", "failed"], ["for 3600", "TRYING", "FAILED 408 ", "FAIL_WAIT"]),
        (["register", "due"], ["for 3600", "TRYING", "TIMEOUT", "FAILED 908 ", "FAIL_WAIT"]),
        (
            ["register", "423 Short|Min-Expires: 7200", "200 OK"],
            [
                "for 3600", "TRYING", "for 7200", "REGISTER 200 OK", "REGED",
            ]
        ),
        (
            ["register", "423 Short|Min-Expires: 7200", "423 Short|Min-Expires: 7200"],
            [
                "for 3600", "TRYING", "for 7200", "FAILED 423 Short", "FAIL_WAIT",
            ]
        ),
        (["register", "423 Short"], ["for 3600", "TRYING", "FAILED 423 Short", "FAIL_WAIT"]),
        (
            ["register", "423 Short|Min-Expires: 99999999999999999999"],
            [
                "for 3600", "TRYING", "FAILED 423 Short", "FAIL_WAIT",
            ]
        ),
        (
            ["register", "302 There|Contact: <sip:10.0.0.5;transport=tcp>"],
            [
                "for 3600", "TRYING", "for 3600 at sip:10.0.0.5;transport=tcp",
            ]
        ),
        (["register", "302 There|Contact: <tel:123>"], ["for 3600", "TRYING", "FAILED 302 There", "FAIL_WAIT"]),
        (["register", "302 There"], ["for 3600", "TRYING", "FAILED 302 There", "FAIL_WAIT"]),
        (
            ["register", "200 OK", "lost"],
            [
                "for 3600", "TRYING", "REGISTER 200 OK", "REGED", "FAILED", "FAIL_WAIT",
            ]
        ),
        (["lost", "failed", "200 OK", "early"], []),
        (
            ["register", "200 OK", "unregister", "200 OK", "early"],
            [
                "for 3600", "TRYING", "REGISTER 200 OK", "REGED", "UNREGISTER", "for 0", "DOWN",
            ]
        ),
        // What is on its way may arrive.
        (["register", "unregister"], ["for 3600", "TRYING", "UNREGISTER", "for 0", "DOWN"]),
        (["unregister"], ["UNREGISTER", "DOWN"]),
        (
            ["register", "403 No", "unregister", "register"],
            [
                "for 3600", "TRYING", "FAILED 403 No", "FAIL_WAIT", "UNREGISTER", "DOWN", "UNREGED", "for 3600",
                "TRYING",
            ]
        ),
    ]

    @Test(arguments: rows.indices)
    func goesItsWay(_ number: Int) throws {
        var log = Log()
        for event in Self.rows[number].events { try log.perform(event) }
        #expect(log.lines == Self.rows[number].lines)
    }

    /// Who is sent in a circle gives up.
    @Test func redirectionsEnd() throws {
        var log = Log()
        try log.perform("register")
        for _ in 0..<20 { try log.perform("302 There|Contact: <sip:10.0.0.5>") }
        #expect(log.lines.count { $0.hasPrefix("for") } == 6 && log.registration.state == .waiting)
    }

    /// The answers to one registration after the other, and how many seconds it waits then.
    private static let pauses: [(events: [String], range: ClosedRange<Double>)] = [
        (["200 OK|Contact: <sip:gw+a@10.0.0.1:5060>;expires=60"], 42...45),
        (["200 OK|Contact: <sip:other@10.0.0.9>;expires=9, <sip:gw+a@10.0.0.1:5060>;expires=60"], 42...45),
        (["200 OK|Contact: <sip:behind@192.0.2.1>;expires=60"], 42...45),
        (["200 OK|Expires: 60"], 42...45),
        (["200 OK|Contact: <sip:gw+a@10.0.0.1>|Expires: 20"], 10...10),
        (["200 OK|Contact: <sip:gw+a@10.0.0.1>;expires=0"], 1...1),
        (["200 OK|Contact: <sip:gw+a@10.0.0.1>;expires=-5"], 1...1),
        (["200 OK|Contact: <sip:gw+a@10.0.0.1>;expires=99999999999999999"], 570_000...604_785),
        (["200 OK|Contact: <sip:gw+a@10.0.0.1>;expires=99999999999999999999999"], 3405...3585),
        (["200 OK"], 3405...3585),
        (["403 No"], 30...33),
        (["403 No", "403 No"], 60...66),
        (Array(repeating: "403 No", count: 50), 600...660),
        (["503 Busy", "503 Busy", "503 Busy"], 30...33),
        (["503 Busy|Retry-After: 120 (later);duration=5"], 120...132),
        (["503 Busy|Retry-After: 5"], 30...33),
        (["503 Busy|Retry-After: soon"], 30...33),
        (["503 Busy|Retry-After: 999999999"], 3600...3960),
        (["403 No", "200 OK", "403 No"], 30...33),
        (["due"], 7...7.7),
    ]

    @Test(arguments: pauses.indices)
    func waits(_ number: Int) throws {
        var log = Log { $0.retryAfterTimeout = 7 }
        for event in Self.pauses[number].events {
            try log.perform("register")
            try log.perform(event)
        }
        let wait = try #require(log.wait)
        #expect(Self.pauses[number].range.contains(wait), "\(wait)")
    }

    /// Not everybody comes back at the same moment.
    @Test func waitsDiffer() throws {
        let waits = (0..<16).map { (seed: UInt8) -> MonotonicInstant? in
            var registration = ClientRegistration(.init(), isWanted: true, seed: [seed])
            _ = registration.register(at: .zero)
            _ = registration.failed(500, at: .zero)
            return registration.deadline
        }
        #expect(Set(waits).count > 12)
    }

    /// RFC 7616 §3.4.3 in what we send: the body counts where only that is on offer.
    @Test(arguments: [("auth", "auth"), ("auth-int", "auth-int"), ("auth-int,auth", "auth"), ("AUTH-INT", "auth-int")])
    func protectsBodies(offer: String, quality: String) throws {
        let challenge = try #require(DigestChallenge(parsing: "Digest realm=\"r\", nonce=\"n\", qop=\"\(offer)\""))
        let account = DigestAccount(username: "u", secret: .password("p"))
        let answers = ["", "x"].map { body in
            DigestCredentials(
                answering: challenge,
                account: account,
                method: .register,
                uri: "sip:b",
                body: Array(body.utf8),
                cnonce: "c",
                nonceCount: 1
            )
        }
        #expect(answers.allSatisfy { $0.qop == quality })
        #expect((answers[0].response == answers[1].response) == (quality == "auth"))
        // The MD5 of "x".
        let body = quality == "auth" ? nil : "9dd4e461268c8034f5c8564e155c67a6"
        let expected = answers[1].expectedResponse(method: .register, secret: account.secret, bodyHash: body)
        #expect(answers[1].response == expected)
    }
}
